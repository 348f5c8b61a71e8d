// SPDX-License-Identifier: Apache-2.0
#include "app/stack.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/sources.h"
#include "base/text.h"
#include "compose/load.h"
#include "plan/names.h"
#include "watch/render_error.h"

namespace landfast {
namespace {

constexpr std::size_t input_limit = std::size_t{16} << 20;

StackInputs inputs_of(const Project& project) {
  StackInputs inputs;
  inputs.name = project.name;
  inputs.working_dir = project.working_dir;
  inputs.files = project.config_files;
  inputs.env_files = project.env_files;
  inputs.profiles = project.profiles;
  return inputs;
}

/// A project that cannot be loaded is a bad file, whatever the reason: nothing was touched.
Error as_bad_file(Error error) {
  error.code = Code::invalid;
  return error;
}

Result<Target> load_with(const LoadRequest& request) {
  const DiskFiles disk;
  const RecordingFiles files(disk);
  auto project = load(request, files);
  if (!project) return fail(std::move(project).error());
  Target target;
  target.name = project->name;
  target.inputs = inputs_of(*project);
  target.project = std::move(*project);
  target.request = request;
  target.seen = files.seen();
  return target;
}

bool names_files(const Call& call) {
  const auto& environment = call.around.environment;
  const auto it = environment.find("COMPOSE_FILE");
  return !call.arguments.files.empty() || (it != environment.end() && !it->second.empty());
}

bool no_file_here(const Error& error) { return error.code == Code::not_found && !error.mark; }

/// What a stack of this name, or the only one of this folder, was deployed with.
Task<Result<std::optional<StackInputs>>> remembered(Call call) {
  CO_TRY(auto* journal, call.wiring.journal());
  CO_TRY(const auto stacks, co_await journal->stacks());
  std::optional<StackInputs> found;
  for (const auto& stack : stacks) {
    const bool meant = call.arguments.project ? stack.name == *call.arguments.project
                                              : stack.working_dir == call.around.cwd;
    if (!meant || stack.files.empty()) continue;
    if (found) co_return std::optional<StackInputs>{};
    found = stack;
  }
  co_return found;
}

/// Services that a command line names are switched on with their profiles, as Compose does.
bool loads_services(Command command) {
  return command == Command::deploy || command == Command::update || command == Command::plan ||
         command == Command::run;
}

std::string listed(const std::vector<std::string>& items) {
  return items.empty() ? std::string("none") : printable(join(items, ", "));
}

}  // namespace

Error no_stack(const Call& call) {
  Error e;
  e.code = Code::invalid;
  e.text = fmt::format("there is no compose file in {} or above it", call.around.cwd);
  if (call.arguments.project)
    e.text = fmt::format("the stack {} is not known here, and {}",
                         in_quotes(*call.arguments.project), e.text);
  e.hint = "name the file with -f, or go to its folder; landfast status lists all stacks";
  return e;
}

Result<LoadRequest> load_request(const Call& call) {
  const auto& a = call.arguments;
  LoadRequest request;
  request.cwd = call.around.cwd;
  request.home = call.around.home;
  request.files = a.files;
  request.project_directory = a.project_directory;
  request.env_files = a.env_files;
  request.project_name = a.project;
  request.profiles = a.profiles;
  if (loads_services(a.command)) request.services = a.services;
  request.environment = call.around.environment;
  if (std::find(a.files.begin(), a.files.end(), "-") != a.files.end()) {
    TRY(request.standard_input, read_standard_input(input_limit));
  }
  return request;
}

LoadRequest with_inputs(LoadRequest request, const StackInputs& inputs) {
  request.files = inputs.files;
  request.project_directory = inputs.working_dir;
  request.project_name = inputs.name;
  if (request.env_files.empty()) request.env_files = inputs.env_files;
  for (const auto& profile : inputs.profiles)
    if (std::find(request.profiles.begin(), request.profiles.end(), profile) ==
        request.profiles.end())
      request.profiles.push_back(profile);
  return request;
}

Task<Result<std::optional<Target>>> locate_target(Call call) {
  using Found = std::optional<Target>;
  CO_TRY(const auto request, load_request(call));
  if (names_files(call) || !call.arguments.project) {
    auto target = load_with(request);
    if (target) co_return Found(std::move(*target));
    if (names_files(call) || !no_file_here(target.error()))
      co_return fail(as_bad_file(std::move(target).error()));
  }
  CO_TRY(const auto inputs, co_await remembered(call));
  if (!inputs && !call.arguments.project) co_return Found{};
  auto target = load_with(inputs ? with_inputs(request, *inputs) : request);
  if (target) co_return Found(std::move(*target));
  if (!inputs && no_file_here(target.error())) co_return Found{};
  co_return fail(as_bad_file(std::move(target).error()));
}

Task<Result<Target>> load_target(Call call) {
  CO_TRY(auto target, co_await locate_target(call));
  if (!target) co_return fail(no_stack(call));
  co_return std::move(*target);
}

Task<Result<Target>> find_target(Call call) {
  const bool by_name = call.arguments.project && !names_files(call);
  auto target = co_await locate_target(call);
  if (target && *target) co_return std::move(**target);
  if (!by_name) co_return fail(target ? no_stack(call) : std::move(target).error());
  if (!target)
    call.output.note(fmt::format("{}: going by the containers alone", target.error().text));
  Target bare;
  bare.name = *call.arguments.project;
  bare.inputs.name = bare.name;
  co_return bare;
}

Result<Target> labelled_target(const Call& call, const std::string& name,
                               const std::vector<Container>& containers) {
  const Container* newest = nullptr;  // a later call of compose may have named other files
  for (const auto& c : containers)
    if (c.label(label::project) == name && (newest == nullptr || newest->created < c.created))
      newest = &c;
  if (newest == nullptr)
    return fail(Code::invalid, fmt::format("there is no stack {} on this engine", in_quotes(name)),
                "landfast status lists all stacks");
  StackInputs inputs;
  inputs.name = name;
  inputs.working_dir = newest->label(label::working_dir);
  inputs.files = split(newest->label(label::config_files), ',');
  if (const auto env = newest->label(label::environment_file); !env.empty())
    inputs.env_files = split(env, ',');
  const bool from_pipe =
      std::find(inputs.files.begin(), inputs.files.end(), "-") != inputs.files.end();
  if (inputs.working_dir.empty() || newest->label(label::config_files).empty() || from_pipe)
    return fail(Code::invalid,
                fmt::format("the containers of {} do not say which compose file they are of",
                            in_quotes(name)),
                "go to its folder and run: landfast adopt");
  TRY(auto request, load_request(call));
  request.cwd = inputs.working_dir;
  auto target = load_with(with_inputs(std::move(request), inputs));
  if (!target) return fail(as_bad_file(std::move(target).error()));
  return target;
}

Task<Result<std::optional<std::string>>> find_stack_name(Call call) {
  using Name = std::optional<std::string>;
  if (call.arguments.project && !names_files(call)) co_return Name(call.arguments.project);
  CO_TRY(auto request, load_request(call));
  request.services.clear();
  auto target = load_with(request);
  if (target) co_return Name(target->name);
  if (names_files(call)) co_return fail(as_bad_file(std::move(target).error()));
  // A folder whose file is broken or gone still has its containers.
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto all, co_await engine->containers(ContainerFilter{}));
  for (const auto& c : all)
    if (c.label(label::working_dir) == call.around.cwd) co_return Name(c.label(label::project));
  if (no_file_here(target.error())) co_return Name{};
  co_return fail(as_bad_file(std::move(target).error()));
}

Task<Result<std::unique_ptr<StackLock>>> take_lock(Call call, std::string stack,
                                                   std::string command) {
  CO_TRY(auto* host, call.wiring.host());
  auto lock = host->lock(stack, host->self(command));
  if (lock || lock.error().code != Code::locked) co_return lock;
  // A watcher that recovers what a killed deployer left behind ends by itself, soon.
  if (!call.arguments.queue && !lock.error().retryable) {
    auto error = std::move(lock).error();
    if (error.hint.empty()) error.hint = "wait for it with --queue";
    co_return fail(std::move(error));
  }
  call.output.note(lock.error().text + ": waiting");
  auto freed = host->lock_when_free(std::move(stack), host->self(std::move(command)));
  auto either = race(std::move(freed), call.stop.wait());
  auto winner = co_await either;
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  co_return fail(Code::cancelled, "interrupted while waiting; nothing was touched");
}

Secret record_of(const Target& target, const std::map<std::string, std::string>& images) {
  return record_bytes(recorded_inputs(target.request, target.seen, *target.project, images));
}

std::vector<std::string> input_changes(const StackInputs& before, const StackInputs& now) {
  std::vector<std::string> changes;
  const auto compare = [&changes](const char* what, const auto& was, const auto& is) {
    if (was != is)
      changes.push_back(
          fmt::format("{}: {} this time, {} last time", what, listed(is), listed(was)));
  };
  compare("folder", std::vector{before.working_dir}, std::vector{now.working_dir});
  compare("compose files", before.files, now.files);
  compare("env files", before.env_files, now.env_files);
  compare("profiles", before.profiles, now.profiles);
  return changes;
}

void show_warnings(const Call& call, const Project& project) {
  for (const auto& warning : project.warnings) {
    const auto place = warning.mark ? place_text(*warning.mark, call.around.cwd) + ": " : "";
    call.output.note(place + warning.text);
  }
}

}  // namespace landfast
