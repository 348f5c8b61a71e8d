// SPDX-License-Identifier: Apache-2.0
#include "run/guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/guard.h"
#include "plan/guard_facts.h"
#include "plan/names.h"
#include "plan/undo.h"
#include "run/claim.h"
#include "run/edges.h"
#include "run/hooks.h"
#include "run/network_removal.h"
#include "run/remove_volume.h"

namespace landfast {
namespace {

using Outcome = Result<std::string>;
namespace json = boost::json;

constexpr std::chrono::seconds shortest_grace{120};  // for a store to write all that it holds

std::string text(const json::object& object, std::string_view key) {
  const auto* v = object.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string{};
}

/// A volume by its name, or the folder of a bind mount by its path.
Result<VolumeState> named(const std::vector<VolumeState>& volumes, const std::string& name) {
  if (name.starts_with('/')) {
    VolumeState folder;
    folder.mountpoint = name;
    return folder;
  }
  const auto it =
      std::find_if(volumes.begin(), volumes.end(), [&](const auto& v) { return v.name == name; });
  if (it == volumes.end()) return fail(Code::not_found, fmt::format("the volume {} is gone", name));
  return *it;
}

/// A volume of the step and the one that is set aside for it.
struct Pair {
  VolumeState volume, aside;
};

Task<Result<Pair>> volumes_of(const Session& session, const Step& step) {
  CO_TRY(const auto volumes, co_await session.ports.engine.volumes());
  Pair pair;
  CO_TRY(pair.volume, named(volumes, step.key));
  CO_TRY(pair.aside, named(volumes, step.name));
  co_return pair;
}

/// Whoever runs with one of the two mounted would go on writing to a directory under another name.
Task<Status> check_unused(const Session& session, const Step& step) {
  ContainerFilter filter;
  filter.all = false;
  filter.brief = true;
  CO_TRY(const auto running, co_await session.ports.engine.containers(std::move(filter)));
  CO_TRY(const auto pair, co_await volumes_of(session, step));
  Store volume, aside;
  volume.volume = pair.volume.name;
  volume.path = pair.volume.mountpoint;
  aside.volume = pair.aside.name;
  aside.path = pair.aside.mountpoint;
  for (const auto& c : running)
    if (has_processes(c) && (mounts(c, volume) || mounts(c, aside)))
      co_return fail(
          Code::conflict,
          fmt::format("{} runs with the volume {}, which nobody may use now", c.name, step.key),
          fmt::format("docker stop {}, then: landfast recover", c.name));
  co_return Status{};
}

std::string target_of(const Session& session, const Step& step) {
  const auto it = session.created.find(slot_of(step));
  return it == session.created.end() || !step.container_id.empty() ? step.container_id : it->second;
}

Task<Result<json::object>> exchange_facts_now(const Session& session, const Step& step) {
  CO_TRY(const auto pair, co_await volumes_of(session, step));
  ExchangeFacts facts{step.key, step.name, {}, {}};
  CO_TRY(facts.original, session.ports.volumes.identity(pair.volume.mountpoint));
  CO_TRY(facts.copy, session.ports.volumes.identity(pair.aside.mountpoint));
  co_return to_json(facts);
}

Task<Result<json::object>> fence_facts_now(const Session& session, const Step& step) {
  CO_TRY(const auto container, co_await session.ports.engine.container(target_of(session, step)));
  co_return fence_facts(container, session.plan.stack);
}

/// Folders that a server of a first deployment will keep its data in, and that are empty so far.
Task<json::array> folders_to_fill(const Session& session, const Step& step) {
  json::array paths;
  for (const auto& store : session.world.stores) {
    if (store.service != step.service || !store.volume.empty() || !is_server(store.kind)) continue;
    VolumeState folder;
    folder.mountpoint = store.path;
    const auto facts = co_await session.ports.volumes.facts(std::move(folder));
    const bool is_absent =
        !facts && facts.error().code == Code::not_found && session.world.sees_volumes;
    if (is_absent || (facts && facts->files == 0)) paths.emplace_back(store.path);
  }
  co_return paths;
}

/// PostgreSQL's fast shutdown is SIGINT; its images say so, unless somebody built one without.
bool needs_sigint(const Container& c, StoreKind kind) {
  return kind == StoreKind::postgres && text(c.config, "StopSignal").empty();
}

std::chrono::seconds grace_of(const Container& c) {
  const auto* own = c.config.if_contains("StopTimeout");
  const auto seconds = own != nullptr && own->is_int64() ? own->as_int64() : 0;
  return std::max(shortest_grace, std::chrono::seconds(seconds));
}

Task<Status> end_store(const Session& session, const Step& step, const Container& container) {
  auto& engine = session.ports.engine;
  const auto grace = grace_of(container);
  if (has_processes(container) && needs_sigint(container, step.store)) {
    auto asked = co_await engine.kill_container(container.id, "SIGINT");
    if (!asked && asked.error().code != Code::conflict) co_return asked;
    auto ended =
        co_await race(engine.wait_container(container.id), session.ports.clock.sleep(grace));
    if (ended.index() == 0) CO_TRY_VOID(std::get<0>(std::move(ended)));
  }
  co_return co_await engine.stop_container(container.id, grace);
}

Task<Result<VolumeContent>> content_of(const Session& session, const Step& step) {
  CO_TRY(const auto volumes, co_await session.ports.engine.volumes());
  CO_TRY(auto volume, named(volumes, step.key));
  co_return co_await session.ports.volumes.content(std::move(volume));
}

/// What is in the place of a copy already is somebody's own: the copy would empty it.
Task<Status> check_free(const Session& session, const std::string& path) {
  VolumeState folder;
  folder.mountpoint = path;
  const auto facts = co_await session.ports.volumes.facts(std::move(folder));
  if (!facts && facts.error().code == Code::not_found) co_return Status{};
  if (facts && facts->files == 0) co_return Status{};
  co_return fail(Code::conflict, fmt::format("{} is there already and is not landfast's", path),
                 "give it another name, or remove it by hand");
}

/// The networks that a container had before it was fenced, as this run or the journal knows them.
const json::object* networks_before(const Session& session, const Step& step) {
  const auto* facts = &step.facts;
  if (facts->empty()) {
    const auto it = session.facts.find(slot_of(step) + ":fence");
    if (it == session.facts.end()) return nullptr;
    facts = &it->second;
  }
  const auto* networks = facts->if_contains("networks");
  return networks != nullptr && networks->is_object() ? &networks->as_object() : nullptr;
}

}  // namespace

Task<Result<json::object>> facts_before(Session& session, const Step& step) {
  auto facts = undo_facts(step, session.world);
  json::object seen;
  if (step.kind == StepKind::exchange_volumes) {
    CO_TRY(seen, co_await exchange_facts_now(session, step));
  } else if (step.kind == StepKind::fence_container) {
    CO_TRY(seen, co_await fence_facts_now(session, step));
  } else if (step.kind == StepKind::create_container && session.plan.first_deployment) {
    auto paths = co_await folders_to_fill(session, step);
    if (!paths.empty()) seen["fills"] = std::move(paths);
  } else {
    CO_TRY(seen, co_await edge_facts_before(session, step));
  }
  for (auto& entry : seen) facts[entry.key()] = std::move(entry.value());
  session.facts[step.id] = facts;
  co_return facts;
}

Task<Outcome> create_fence(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  CO_TRY(const auto known, co_await engine.networks());
  for (const auto& n : known)
    if (n.name == step.name) co_return n.id;
  auto body = fence_body(session.plan.stack, session.plan.deployment);
  co_return co_await engine.create_network(std::move(body));
}

Task<Outcome> set_aside(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  // Before the volume that tells of the folder: an undo removes both.
  if (!step.folder.empty()) CO_TRY_VOID(co_await check_free(session, step.folder));
  auto body = aside_body(step, session.plan.stack, session.plan.deployment,
                         session.project->landfast.guard.keep);
  CO_TRY_VOID(co_await engine.create_volume(std::move(body)));
  if (!step.folder.empty()) CO_TRY_VOID(session.ports.volumes.make_folder(step.folder));
  CO_TRY(const auto volumes, co_await engine.volumes());
  CO_TRY(const auto made, named(volumes, step.name));
  const auto of = made.labels.find(label::of);
  const auto by = made.labels.find(label::deployment);
  const bool ours = of != made.labels.end() && of->second == step.key && by != made.labels.end() &&
                    by->second == std::to_string(session.plan.deployment);
  if (!ours)
    co_return fail(Code::conflict,
                   fmt::format("the volume {} is there already and is not landfast's", step.name),
                   "give it another name, or remove it by hand");
  CO_TRY_VOID(co_await hold_asides(session.ports, session.plan.stack, session.world, {}));
  co_return step.name;
}

Task<Outcome> stop_clean(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  RestartPolicy none;
  none.name = "no";
  CO_TRY_VOID(co_await engine.set_restart_policy(step.container_id, none));
  CO_TRY(const auto before, co_await engine.container(step.container_id));
  if (before.status == ContainerStatus::created) co_return "it never ran";
  if (has_processes(before))
    CO_TRY_VOID(co_await run_hooks(session, step, step.container_id, Hook::pre_stop));
  CO_TRY_VOID(co_await end_store(session, step, before));
  CO_TRY(const auto ended, co_await engine.container(step.container_id));
  VolumeContent content;
  if (step.store == StoreKind::postgres) {
    CO_TRY(content, co_await content_of(session, step));
  }
  const auto wrong = not_clean(step.store, ended.exit_code, content);
  if (wrong.empty()) co_return "stopped, its files are whole";
  co_return fail(
      Code::failed,
      fmt::format("{} did not stop cleanly: {}; its data was not touched", step.service, wrong),
      fmt::format("see why: landfast logs {}; a longer stop_grace_period helps where it "
                  "was killed",
                  step.service));
}

namespace {

/// The folders of a copy, and what the plan says of it.
struct Copy {
  std::string from, to;
  const PlannedGuard* guard = nullptr;
};

Task<Result<Copy>> copy_of(const Session& session, const Step& step) {
  CO_TRY(const auto volumes, co_await session.ports.engine.volumes());
  CO_TRY(const auto source, named(volumes, step.source));
  CO_TRY(const auto aside, named(volumes, step.name));
  Copy copy{source.mountpoint, aside.mountpoint, nullptr};
  for (const auto& guard : session.plan.guards)
    if (guard.aside == step.name) copy.guard = &guard;
  if (copy.guard == nullptr)
    co_return fail(Code::corrupt, fmt::format("{} is not in the plan", step.name));
  co_return copy;
}

OnCopied copy_progress(const Session& session, const Step& step, std::uint64_t total) {
  return [&session, &step, total](std::uint64_t bytes) {
    auto e = session.event(EventKind::step_progress, &step);
    e.text = "copying";
    e.current = bytes;
    e.total = total;
    session.on_event(e);
  };
}

/// What comes first: the end of the copying, or the halt of the walk.
template <class T>
Task<T> unless_halted(const Session& session, Task<T> copying) {
  Signal never;
  auto& halt = session.halt != nullptr ? *session.halt : never;
  auto first = co_await race(std::move(copying), halt.wait());
  if (first.index() == 1) co_return fail(Code::cancelled, "interrupted");
  co_return std::get<0>(std::move(first));
}

}  // namespace

Task<Outcome> first_copy(Session& session, const Step& step) {
  CO_TRY(const auto copy, co_await copy_of(session, step));
  const auto begin = session.ports.clock.now();
  auto copying = session.ports.volumes.copy_in_use(copy.from, copy.to,
                                                   copy_progress(session, step, copy.guard->bytes));
  CO_TRY_VOID(co_await unless_halted(session, std::move(copying)));
  co_return fmt::format("{} in {}", human_bytes(copy.guard->bytes),
                        human_duration(session.ports.clock.now() - begin));
}

Task<Outcome> copy_volume(Session& session, const Step& step) {
  CO_TRY(const auto copy, co_await copy_of(session, step));
  CO_TRY_VOID(co_await check_unused(session, step));
  const auto begin = session.ports.clock.now();
  auto& volumes = session.ports.volumes;
  auto progress = copy_progress(session, step, copy.guard->bytes);
  auto bytes = copy.guard->bytes;
  if (copy.guard->first_copy) {
    auto copying = volumes.finish_copy(copy.from, copy.to, std::move(progress));
    CO_TRY(bytes, co_await unless_halted(session, std::move(copying)));
  } else {
    auto copying = volumes.copy(copy.from, copy.to, std::move(progress));
    CO_TRY_VOID(co_await unless_halted(session, std::move(copying)));
  }
  co_return fmt::format("{} in {}", human_bytes(bytes),
                        human_duration(session.ports.clock.now() - begin));
}

Task<Outcome> exchange_volumes(Session& session, const Step& step) {
  const bool back = step.state == DeploymentState::undoing;
  const auto recorded = exchange_facts(step.facts.empty() ? session.facts[step.id] : step.facts);
  if (!recorded)
    co_return fail(Code::corrupt,
                   fmt::format("what {} was exchanged with is not recorded", step.key));
  CO_TRY(const auto pair, co_await volumes_of(session, step));
  auto& volumes = session.ports.volumes;
  CO_TRY(const auto volume_now, volumes.identity(pair.volume.mountpoint));
  CO_TRY(const auto aside_now, volumes.identity(pair.aside.mountpoint));
  const auto now = exchanged(*recorded, volume_now, aside_now);
  if (now == Exchanged::neither)
    co_return fail(
        Code::failed,
        fmt::format("the directories of {} and {} are not those that were recorded: {} is now "
                    "inode {}, {} inode {}; recorded were {} (the original) and {} (the copy)",
                    step.key, step.name, pair.volume.mountpoint, volume_now.inode,
                    pair.aside.mountpoint, aside_now.inode, recorded->original.inode,
                    recorded->copy.inode),
        "nothing was exchanged: bring the recorded directories back to these two places");
  const auto wanted = back ? Exchanged::no : Exchanged::yes;
  if (now == wanted) co_return back ? "the original is in its place" : "exchanged";
  CO_TRY_VOID(co_await check_unused(session, step));
  CO_TRY_VOID(volumes.exchange(pair.volume.mountpoint, pair.aside.mountpoint));
  co_return back ? "the original is in its place" : "exchanged";
}

Task<Outcome> fence_container(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  const auto fence = fence_name(session.plan.stack, session.plan.deployment);
  CO_TRY(const auto container, co_await engine.container(target_of(session, step)));
  if (container.networks.contains("none")) co_return "it has no network";
  if (!container.networks.contains(fence)) {
    auto endpoint = fence_endpoint(container);
    CO_TRY_VOID(co_await engine.connect_network(fence, container.id, std::move(endpoint)));
  }
  if (step.keeps_networks) co_return "joined the fence";
  for (const auto& entry : container.networks)
    if (entry.key() != fence)
      CO_TRY_VOID(
          co_await engine.disconnect_network(std::string(entry.key()), container.id, false));
  co_return "fenced";
}

Task<Outcome> unfence_container(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  const auto fence = fence_name(session.plan.stack, session.plan.deployment);
  const auto* before = networks_before(session, step);
  if (before == nullptr)
    co_return fail(Code::corrupt,
                   fmt::format("the networks of {} before the fence are not recorded", step.name));
  auto found = co_await engine.container(target_of(session, step));
  if (!found && found.error().code == Code::not_found) co_return "it is gone";
  CO_TRY(const auto container, std::move(found));
  for (const auto& entry : *before) {
    if (container.networks.contains(entry.key()) || entry.key() == fence) continue;
    auto endpoint = recorded_endpoint(entry.value(), container.id);
    CO_TRY_VOID(co_await engine.connect_network(std::string(entry.key()), container.id,
                                                std::move(endpoint)));
  }
  if (step.state == DeploymentState::undoing && container.networks.contains(fence))
    CO_TRY_VOID(co_await engine.disconnect_network(fence, container.id, false));
  co_return "has its networks";
}

Task<Outcome> remove_fence(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  ContainerFilter all;
  all.brief = true;
  CO_TRY(const auto containers, co_await engine.containers(std::move(all)));
  for (const auto& c : containers)
    if (c.networks.contains(step.name))
      CO_TRY_VOID(co_await engine.disconnect_network(step.name, c.id, true));
  CO_TRY(const auto networks, co_await engine.networks());
  Outcome done = "removed";
  for (const auto& n : networks) {
    if (n.name != step.name) continue;
    done = co_await remove_network(session, step, n.id);
    if (!done) break;
  }
  co_return done;
}

Task<Outcome> empty_folder(Session& session, const Step& step) {
  ContainerFilter all;
  all.brief = true;
  CO_TRY(const auto containers, co_await session.ports.engine.containers(std::move(all)));
  Store place;
  place.path = step.name;
  for (const auto& c : containers)
    if (mounts(c, place)) co_return fmt::format("{} has it mounted: what is in it stays", c.name);
  CO_TRY_VOID(co_await session.ports.volumes.empty(step.name));
  co_return "emptied";
}

Task<Outcome> drop_aside(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  CO_TRY(const auto volumes, co_await engine.volumes());
  const auto found = named(volumes, step.name);
  if (!found) co_return "it is gone";
  const auto of = found->labels.find(label::of);
  if (of == found->labels.end() || of->second != step.key)
    co_return fail(Code::conflict,
                   fmt::format("{} was not set aside for {}: it stays", step.name, step.key));
  if (const auto recorded = exchange_facts(step.facts)) {
    CO_TRY(const auto now, session.ports.volumes.identity(found->mountpoint));
    if (now != recorded->copy)
      co_return fail(Code::failed,
                     fmt::format("{} does not hold the copy, so it stays", step.name));
  }
  CO_TRY_VOID(co_await hold_asides(session.ports, session.plan.stack, session.world, step.name));
  CO_TRY_VOID(co_await remove_aside(session.ports, *found));
  co_return "removed";
}

}  // namespace landfast
