// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/call.h"
#include "app/edge_text.h"
#include "app/folder_note.h"
#include "app/sources.h"
#include "app/stack.h"
#include "app/status_text.h"
#include "base/text.h"
#include "compose/load.h"
#include "model/driven_nginx.h"
#include "plan/decide.h"
#include "plan/drift.h"
#include "plan/edge_body.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/tunnel.h"
#include "plan/tunnel_text.h"
#include "run/make_plan.h"
#include "run/verify.h"

namespace landfast {
namespace {

/// Most time that a tunnel gets to say how it is.
constexpr std::chrono::milliseconds one_answer{500};

std::size_t width_of(const Call& call) {
  return call.around.output_is_terminal ? screen_size().columns - 1 : 0;
}

Task<Result<std::vector<Container>>> containers_of(Call call, std::string stack) {
  CO_TRY(auto* engine, call.wiring.engine());
  ContainerFilter filter;
  filter.project = std::move(stack);
  co_return co_await engine->containers(std::move(filter));
}

Ending list_stacks(Call call) {
  CO_TRY(auto* journal, call.wiring.journal());
  CO_TRY(const auto containers, co_await containers_of(call, ""));
  CO_TRY(const auto known, co_await journal->stacks());
  auto lines = stack_lines(containers, known);
  for (auto& line : lines) {
    CO_TRY(const auto history, co_await journal->history(line.name));
    if (history.current && !history.closed) line.release = history.current->number;
    line.ours = line.ours || line.release;
  }
  call.output.json(stacks_json(lines));
  call.output.say(stacks_text(lines, width_of(call), call.output.style()));
  co_return ExitStatus::done;
}

/// Keeps what was asked for; a name that neither the file nor the engine knows is an error.
Status keep_services(StackStatus& status, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return {};
  const auto is_wanted = [&wanted](const std::string& name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  std::vector<std::string> known = status.missing;
  for (const auto& c : status.containers) known.push_back(c.label(label::service));
  for (const auto& name : wanted)
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto near = nearest(name, known);
      return fail(Code::invalid, fmt::format("there is no service {}", in_quotes(name)),
                  near ? fmt::format("did you mean {}?", *near) : std::string());
    }
  std::erase_if(status.containers,
                [&](const Container& c) { return !is_wanted(c.label(label::service)); });
  std::erase_if(status.missing, [&](const std::string& name) { return !is_wanted(name); });
  return {};
}

std::vector<std::string> without_container(const Project& project,
                                           const std::vector<Container>& containers) {
  std::vector<std::string> missing;
  for (const auto& [name, service] : project.services)
    if (service.replicas > 0 &&
        std::none_of(containers.begin(), containers.end(),
                     [&](const Container& c) { return c.label(label::service) == name; }))
      missing.push_back(name);
  return missing;
}

std::set<std::string> one_shots_of(const Project& project) {
  std::set<std::string> names;
  for (const auto* services : {&project.services, &project.disabled})
    for (const auto& [name, service] : *services)
      if (is_one_shot(project, service)) names.insert(name);
  return names;
}

/// How the stack differs from its release without anybody having deployed; what cannot be told is
/// a note, for status has to show what runs in any case.
Task<void> look_for_drift(Call call, Project& project, StackStatus& status) {
  const auto ports = call.wiring.ports();
  if (!ports) co_return;
  const auto read = attach_content(project, DiskFiles());
  auto world = co_await observe(**ports, status.name, &project);
  if (!read || !world) {
    status.notes.push_back("whether others changed something cannot be told: " +
                           (read ? world.error().text : read.error().text));
    co_return;
  }
  status.notes = neighbour_notes(*world);
  for (auto& note : edge_image_notes(*world, status.name)) status.notes.push_back(std::move(note));
  DeployOptions options;
  const auto plan = co_await make_plan(**ports, project, *world, status.history, options);
  if (plan)
    status.drift = drift_of(*plan);
  else
    status.notes.push_back("a deploy would be refused: " + plan.error().text);
}

/// What the edges that serve the stack have to say.
Task<Status> add_edge_notes(Call call, StackStatus& status) {
  CO_TRY(auto* edge, call.wiring.edge());
  for (const auto& name :
       {std::string(shared_edge), own_edge(status.name), nginx_edge(status.name)}) {
    CO_TRY(auto facts, co_await edge->facts(name));
    const auto listing = edge_listing(std::move(facts), status.name);
    for (auto& note : edge_notes(listing, now_utc())) status.notes.push_back(std::move(note));
    if (status.history.unfinished) continue;
    for (auto& note : closed_notes(listing, status.containers))
      status.notes.push_back(std::move(note));
  }
  co_return Status{};
}

/// Asks the tunnel once, as a deploy would.
Task<TunnelStatus> look_at_tunnel(Call call, const Project& project) {
  TunnelStatus tunnel;
  tunnel.name = tunnel_name(project);
  if (!tunnel_is_on_host(project)) tunnel.service = project.landfast.tunnel->service;
  tunnel.says = tunnel.service.empty() ? "on this host, not asked" : "not asked: see its own state";
  const auto check = tunnel_check(project);
  const auto ports = call.wiring.ports();
  if (!ports || !check) co_return tunnel;
  VerifyRequest request{.project = project, .check = *check, .limit = one_answer};
  const auto answer = co_await await_check(**ports, std::move(request));
  tunnel.connected = answer.has_value();
  tunnel.says = answer ? "connected" : answer.error().text;
  co_return tunnel;
}

/// With -p from a folder that holds some other stack's file, that file says nothing.
bool is_another_folders(const Target& target, const std::vector<Container>& containers) {
  if (containers.empty()) return false;
  const auto folder = containers.front().label(label::working_dir);
  return !folder.empty() && folder != target.inputs.working_dir;
}

}  // namespace

Ending show_status(Call call) {
  CO_TRY(auto found, co_await locate_target(call));
  if (!found && !call.arguments.project) co_return co_await list_stacks(call);
  StackStatus status;
  status.name = found ? found->name : *call.arguments.project;
  CO_TRY(status.containers, co_await containers_of(call, status.name));
  CO_TRY(auto* journal, call.wiring.journal());
  CO_TRY(status.history, co_await journal->history(status.name));
  const bool by_name = call.arguments.project && call.arguments.files.empty();
  const bool unknown = status.containers.empty() && !status.history.current;
  if (found && by_name && (unknown || is_another_folders(*found, status.containers))) found.reset();
  if (found) {
    status.folder = found->inputs.working_dir;
    status.missing = without_container(*found->project, status.containers);
    status.one_shots = one_shots_of(*found->project);
    CO_TRY(const auto* ports, call.wiring.ports());
    CO_TRY(auto note, co_await folder_note(*ports, *found, status.history));
    status.note = note.value_or("");
    if (status.history.current && !status.history.closed)
      co_await look_for_drift(call, *found->project, status);
    for (auto& line : tunnel_notes(*found->project)) status.notes.push_back(std::move(line));
    if (found->project->landfast.tunnel)
      status.tunnel = co_await look_at_tunnel(call, *found->project);
  } else if (!status.containers.empty()) {
    status.folder = status.containers.front().label(label::working_dir);
  } else if (!status.history.current) {
    co_return fail(Code::invalid, fmt::format("there is no stack {}", in_quotes(status.name)),
                   "landfast status lists all stacks");
  }
  CO_TRY_VOID(co_await add_edge_notes(call, status));
  CO_TRY_VOID(keep_services(status, call.arguments.services));
  call.output.json(status_json(status));
  call.output.say(status_text(status, now_utc(), width_of(call), call.output.style()));
  co_return ExitStatus::done;
}

}  // namespace landfast
