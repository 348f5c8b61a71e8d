// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "run/session.h"

namespace landfast {

/// `do_step` between its intent and its outcome in the journal, told as events. Gates change
/// nothing and are not journaled.
Task<Status> journaled_step(Session& session, const Step& step);

/// `do_step` told as events, without a journal: verbs and undo.
Task<Status> told_step(Session& session, const Step& step);

}  // namespace landfast
