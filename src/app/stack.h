// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/call.h"
#include "compose/recorded_inputs.h"
#include "model/project.h"
#include "port/host.h"

namespace landfast {

/// The stack that a call means.
struct Target {
  std::string name;
  std::optional<Project> project;            ///< nullopt: known by its containers alone
  StackInputs inputs;                        ///< what will be remembered of this call
  LoadRequest request;                       ///< what the project was loaded with
  std::map<std::string, RecordedFile> seen;  ///< what that load read
};

/// The loader's request for this call: its flags, folder and environment.
[[nodiscard]] Result<LoadRequest> load_request(const Call& call);
/// The same with what a stack remembers in place of files, folder and profiles.
[[nodiscard]] LoadRequest with_inputs(LoadRequest request, const StackInputs& inputs);

/// The stack and its project: the files of the call or the folder; with -p NAME and no -f those
/// that the stack remembers; nullopt where the call means none. A file that cannot be loaded is an
/// error (exit 2).
Task<Result<std::optional<Target>>> locate_target(Call call);

/// The same for commands that need a project: none is an error too.
Task<Result<Target>> load_target(Call call);

/// The same, but a stack without a readable file is known by its containers: for verbs with -p.
Task<Result<Target>> find_target(Call call);

/// The error of a call that means no stack.
[[nodiscard]] Error no_stack(const Call& call);

/// The stack `name` by what Compose's labels on its containers say of folder, files and env files.
/// `invalid` where they say nothing of use, or the files cannot be loaded.
[[nodiscard]] Result<Target> labelled_target(const Call& call, const std::string& name,
                                             const std::vector<Container>& containers);

/// Only the stack's name, from -p, the files or the folder, without the journal; nullopt where the
/// call means none.
Task<Result<std::optional<std::string>>> find_stack_name(Call call);

/// Takes the stack's lock; with --queue waits for it. `locked` names the holder.
Task<Result<std::unique_ptr<StackLock>>> take_lock(Call call, std::string stack,
                                                   std::string command);

/// Every input of the target's project as bytes, for the release that it becomes. Its content must
/// have been attached.
[[nodiscard]] Secret record_of(const Target& target,
                               const std::map<std::string, std::string>& images);

/// What this call's inputs change against the remembered ones, one line each.
[[nodiscard]] std::vector<std::string> input_changes(const StackInputs& before,
                                                     const StackInputs& now);

/// Shows what a load found on the way.
void show_warnings(const Call& call, const Project& project);

}  // namespace landfast
