// SPDX-License-Identifier: Apache-2.0
#include "plan/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/content_digest.h"
#include "plan/edge_names.h"
#include "plan/leave.h"
#include "plan/names.h"
#include "plan/order.h"
#include "plan/reasons.h"
#include "plan/tunnel.h"

namespace landfast {
namespace {

std::string why_not_running(const Container& c) {
  switch (c.status) {
  case ContainerStatus::created:
    return "it was never started";
  case ContainerStatus::paused:
    return "it is paused";
  case ContainerStatus::dead:
    return "the engine calls it dead";
  default:
    return fmt::format("it has stopped (exit code {})", c.exit_code);
  }
}

/// One pass over the services, dependencies first; what is decided feeds what comes after.
struct Decider {
  const Project& project;
  const World& world;
  const History& history;
  const DeployOptions& options;
  std::map<std::string, std::vector<const Container*>> existing;
  std::set<std::string> new_volumes;
  std::vector<OneShotRun> effective_runs;  ///< whose effect the data still has
  Decisions decisions;
  std::map<std::string, std::string> owners;

  Result<ServiceDecision> decide_service(const Service& service) {
    ServiceDecision d;
    d.service = &service;
    d.one_shot = is_one_shot(project, service);
    const auto& old = existing[service.name];
    if (options.leave) return leave_service(service, old, std::move(d));
    const auto wanted = static_cast<std::size_t>(std::max(service.replicas, 0));
    int highest = 0;
    for (std::size_t i = 0; i < old.size(); ++i) {
      ContainerDecision c;
      c.old = old[i];
      c.number = container_number(*old[i]);
      highest = std::max(highest, c.number);
      if (i >= wanted) {
        c.action = Action::remove;
        c.causes.push_back(fmt::format("the file wants {}", wanted));
        if (old[i]->label(label::config_hash) == service_config_hash(service, owners))
          c.drift.push_back(fmt::format("{}: the file wants {}", old[i]->name, wanted));
      } else {
        TRY_VOID(decide_container(service, d.one_shot, c));
      }
      d.containers.push_back(std::move(c));
    }
    for (auto i = old.size(); i < wanted; ++i) {
      ContainerDecision c;
      c.number = ++highest;
      c.action = d.one_shot && done_before(service) ? Action::done : Action::create;
      if (c.action == Action::create) c.causes.push_back("there is none");
      if (c.action == Action::create && !d.one_shot && was_removed(service))
        c.drift.push_back("its container was removed");
      d.containers.push_back(std::move(c));
    }
    return d;
  }

  /// Leaving: what is there stays as it is, but for what depends on our own folder.
  Result<ServiceDecision> leave_service(const Service& service,
                                        const std::vector<const Container*>& old,
                                        ServiceDecision d) {
    for (const auto* container : old) {
      ContainerDecision c;
      c.old = container;
      c.number = container_number(*container);
      TRY_VOID(leave_container(service, c));
      d.containers.push_back(std::move(c));
    }
    return d;
  }

  Status leave_container(const Service& service, ContainerDecision& c) {
    TRY(auto reasons, reasons_to_replace(project, service, *c.old, world, history, owners));
    if (!lives_by_copies(project, service))
      for (const auto& copy : mounted_copies(*c.old, project.name))
        c.causes.push_back(fmt::format("{} comes from the user's own file again", copy.target));
    for (const auto& port : service.ports)
      if (is_taken_over(service, port.published, port.protocol) &&
          alias_on_edge(*c.old, project.name))
        c.causes.push_back(fmt::format("it publishes port {} itself again", port.published));
    for (const auto& [network, names] : names_behind_edge(project, service))
      if (!answers_itself(*c.old, network, service.name))
        c.causes.push_back(
            fmt::format("it answers to {} in {} itself again", service.name, network));
    shares_with_new(service, c);
    if (!c.causes.empty()) {
      c.action = Action::replace;
      c.idle = !runs(*c.old);
      c.causes.insert(c.causes.end(), reasons.replace.begin(), reasons.replace.end());
    } else {
      if (!reasons.policy.empty()) c.action = Action::policy;
      if (!reasons.policy.empty()) c.causes.push_back(reasons.policy);
      c.differs = std::move(reasons.replace);
    }
    return {};
  }

  /// Replacing a container replaces what shares its namespaces or volumes.
  void shares_with_new(const Service& service, ContainerDecision& c) const {
    for (const auto& owner : namespace_owners(service))
      if (renews(owner))
        c.causes.push_back(fmt::format("it shares {} with its new container", owner));
  }

  Status decide_container(const Service& service, bool one_shot, ContainerDecision& c) {
    Reasons reasons;
    if (!awaits_owner(service)) {
      TRY(reasons, reasons_to_replace(project, service, *c.old, world, history, owners));
    }
    c.causes = std::move(reasons.replace);
    if (reasons.same_file) {
      note_drift(c, c.causes);
      if (!reasons.policy.empty()) note_drift(c, {reasons.policy});
    }
    if (options.force_recreate) c.causes.insert(c.causes.begin(), "--force-recreate");
    shares_with_new(service, c);
    if (!c.causes.empty()) {
      const bool done =
          one_shot && !options.force_recreate && !runs(*c.old) && done_before(service);
      c.action = done ? Action::done : Action::replace;
      if (done) c.causes.clear();
    } else if (one_shot) {
      decide_one_shot(service, c);
    } else if (!runs(*c.old) && !ended_well(service, *c.old)) {
      c.action = Action::start;
      c.causes.push_back(why_not_running(*c.old));
    } else if (!reasons.policy.empty()) {
      c.action = Action::policy;
      c.causes.push_back(reasons.policy);
    }
    if (c.action == Action::start && reasons.same_file) note_drift(c, c.causes);
    return {};
  }

  [[nodiscard]] bool renews(const std::string& service) const {
    const auto it = decisions.find(service);
    return it != decisions.end() && it->second.renews();
  }

  /// Until its owner has a container there is nothing that it could be compared with.
  [[nodiscard]] bool awaits_owner(const Service& service) const {
    const auto names = namespace_owners(service);
    return std::any_of(names.begin(), names.end(),
                       [&](const auto& owner) { return !owners.contains(owner) && renews(owner); });
  }

  static void note_drift(ContainerDecision& c, const std::vector<std::string>& causes) {
    for (const auto& cause : causes) c.drift.push_back(fmt::format("{}: {}", c.old->name, cause));
  }

  /// A service that the current release has, as the file still wants it, and no container is left.
  [[nodiscard]] bool was_removed(const Service& service) const {
    if (!history.current || history.closed) return false;
    const auto it = history.current->services.find(service.name);
    return it != history.current->services.end() &&
           it->second.config_hash == service_config_hash(service, {});
  }

  void decide_one_shot(const Service& service, ContainerDecision& c) const {
    auto again = runs(*c.old) ? std::string() : why_again(service, *c.old);
    c.action = runs(*c.old) ? Action::await : again.empty() ? Action::done : Action::replace;
    if (!again.empty()) c.causes.push_back(std::move(again));
  }

  /// Why a one-shot that has ended runs once more, "" where what it did is there.
  [[nodiscard]] std::string why_again(const Service& service, const Container& c) const {
    if (data_is_new(service)) return "the data that it prepares is new";
    if (effect_is_gone(service, c)) return "its data went back to before it ran";
    if (c.status == ContainerStatus::exited && c.exit_code == 0) return {};
    return why_not_running(c);
  }

  /// A container that is not to be restarted and ended with 0 by itself did what it should. One
  /// that somebody stopped looks the same: the journal knows which have run to their end.
  [[nodiscard]] bool ended_well(const Service& service, const Container& c) const {
    const bool no_policy = service.restart.empty() || service.restart == "no";
    if (!no_policy || c.status != ContainerStatus::exited || c.exit_code != 0) return false;
    return !history.current || done_before(service);
  }

  /// A migration is done once for each image and model; what is `first` once; any other one-shot
  /// while it is the last.
  [[nodiscard]] bool done_before(const Service& service) const {
    const auto image = world.images.find(service.image);
    if (image == world.images.end() || data_is_new(service)) return false;
    const auto model =
        service_config_hash(service, owners) + ":" + content_digest(project, service);
    for (const auto& run : effective_runs) {  // newest first
      if (run.service != service.name) continue;
      if (service.landfast.first) return true;
      if (run.image_id == image->second.id && run.model_hash == model) return true;
      // What prepares something else than a store's schema may have been overwritten since.
      if (!service.landfast.migrate) return false;
    }
    return false;
  }

  /// Its container ran to its end, and a rollback took the data back to before that.
  [[nodiscard]] bool effect_is_gone(const Service& service, const Container& c) const {
    const auto by = c.label(label::deployment);
    const auto ran = [&](const std::vector<OneShotRun>& runs) {
      return std::any_of(runs.begin(), runs.end(), [&](const auto& run) {
        return run.service == service.name && std::to_string(run.deployment) == by;
      });
    };
    return ran(history.one_shots) && !ran(effective_runs);
  }

  /// Something that the one-shot reaches begins empty with this plan: what it did before is gone.
  [[nodiscard]] bool data_is_new(const Service& service) const {
    for (const auto& name : with_dependencies(project, {service.name})) {
      const auto& reached = project.services.at(name);
      bool has_volume = false;
      for (const auto& mount : reached.mounts) {
        if (mount.kind != MountKind::volume || mount.source.empty()) continue;
        has_volume = true;
        const auto it = project.volumes.find(mount.source);
        if (it != project.volumes.end() && new_volumes.contains(it->second.name)) return true;
      }
      const auto d = decisions.find(name);
      if (name != service.name && !has_volume && d != decisions.end() && !d->second.one_shot &&
          d->second.has(Action::create))
        return true;
    }
    return false;
  }
};

}  // namespace

bool ServiceDecision::has(Action action) const {
  return std::any_of(containers.begin(), containers.end(),
                     [&](const auto& c) { return c.action == action; });
}

bool ServiceDecision::changes() const {
  return std::any_of(containers.begin(), containers.end(), [](const auto& c) {
    return c.action != Action::keep && c.action != Action::done;
  });
}

bool is_one_shot(const Project& project, const Service& service) {
  if (service.landfast.migrate || service.landfast.first) return true;
  for (const auto& [name, other] : project.services)
    for (const auto& d : other.depends_on)
      if (d.service == service.name && d.condition == DependencyCondition::completed_successfully)
        return true;
  return false;
}

std::map<std::string, std::vector<const Container*>> service_containers(const World& world) {
  std::map<std::string, std::vector<const Container*>> by_service;
  for (const auto& c : world.containers)
    if (c.label(label::one_off) != "True" && !generation_name(c.name))
      by_service[c.label(label::service)].push_back(&c);
  for (auto& [name, list] : by_service)
    std::sort(list.begin(), list.end(), [](const Container* a, const Container* b) {
      return std::pair(container_number(*a), a->id) < std::pair(container_number(*b), b->id);
    });
  return by_service;
}

std::set<std::string> missing_volumes(const Project& project, const World& world) {
  std::set<std::string> missing;
  for (const auto& [key, volume] : project.volumes)
    if (!volume.external && std::none_of(world.volumes.begin(), world.volumes.end(),
                                         [&](const auto& v) { return v.name == volume.name; }))
      missing.insert(volume.name);
  return missing;
}

Result<Decisions> decide(const Project& project, const World& world, const History& history,
                         const DeployOptions& options, const std::vector<std::string>& order) {
  Decider decider{project,
                  world,
                  history,
                  options,
                  service_containers(world),
                  missing_volumes(project, world),
                  runs_before(history),
                  {},
                  {}};
  for (const auto& [name, list] : decider.existing)
    if (!list.empty()) decider.owners[name] = list.front()->id;
  for (const auto& name : order) {
    TRY(auto decision, decider.decide_service(project.services.at(name)));
    decider.decisions.emplace(name, std::move(decision));
  }
  return std::move(decider.decisions);
}

}  // namespace landfast
