// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "plan/create_body.h"
#include "port/engine.h"

namespace landfast {

/// What a create call cannot say on every engine: connects the new container to its other networks
/// and puts its files into it.
Task<Status> finish_creation(Engine& engine, std::string id, const CreateRequest& request);

/// A container of the image for `create_to_look` whose files are read, and that is never started.
[[nodiscard]] CreateRequest never_started(const std::string& stack, const std::string& image_id);

/// A container that is there only to look into an image or to ask it something; one of that name
/// that a killed call has left is removed first. Returns its id.
Task<Result<std::string>> create_to_look(Engine& engine, std::string name, CreateRequest request);

}  // namespace landfast
