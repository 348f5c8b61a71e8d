// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "run/session.h"

namespace landfast {

// The steps that guard data (plan/guard_steps.h) and their inverses. Each looks before it acts, so
// that it may be repeated; an exchange is told by the two directories themselves, never guessed.

/// What must be known of a step before it runs, for its undo: as `undo_facts`, and for those that
/// fence, exchange or move traffic what the engine, the disk and the edge show now. It stays in the
/// session too.
[[nodiscard]] Task<Result<boost::json::object>> facts_before(Session& session, const Step& step);

[[nodiscard]] Task<Result<std::string>> create_fence(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> set_aside(Session& session, const Step& step);
/// Fails where the store did not end so that its files are whole; nothing was touched then.
[[nodiscard]] Task<Result<std::string>> stop_clean(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> first_copy(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> copy_volume(Session& session, const Step& step);
/// Also the undo: then `step.facts` says what was recorded.
[[nodiscard]] Task<Result<std::string>> exchange_volumes(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> fence_container(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> unfence_container(Session& session, const Step& step);
/// Any network: whoever is still attached is detached first.
[[nodiscard]] Task<Result<std::string>> remove_fence(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> drop_aside(Session& session, const Step& step);
/// Empties the folder `step.name` of the host, unless a container has it mounted.
[[nodiscard]] Task<Result<std::string>> empty_folder(Session& session, const Step& step);

}  // namespace landfast
