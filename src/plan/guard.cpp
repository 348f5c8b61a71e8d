// SPDX-License-Identifier: Apache-2.0
#include "plan/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "plan/names.h"
#include "plan/order.h"
#include "plan/replacement.h"

namespace landfast {
namespace {

std::string place_of(const Store& store) {
  return store.volume.empty() ? store.path : store.volume;
}

/// Collects what is guarded, then who is concerned, then what stands against it.
class Guarding {
 public:
  Guarding(const Project& project, const World& world, const History& history,
           const Decisions& decisions, std::int64_t deployment)
      : project_(project),
        world_(world),
        history_(history),
        decisions_(decisions),
        deployment_(deployment) {}

  [[nodiscard]] std::vector<Store> at_stake() const {
    std::vector<Store> stores;
    for (const auto& store : world_.stores)
      if (is_at_stake(store)) stores.push_back(store);
    return stores;
  }

  Result<GuardPlan> plan() {
    for (const auto& store : world_.stores) consider(store);
    if (plan_.empty()) return std::move(plan_);
    for (const auto& guard : plan_.guards) concern(guard.store);
    add_sharers();
    add_joined();
    for (const auto& guard : plan_.guards) check(guard);
    check_fenced();
    check_disk();
    if (!errors_.empty()) {
      auto first = std::move(errors_.front());
      first.more.assign(std::make_move_iterator(errors_.begin() + 1),
                        std::make_move_iterator(errors_.end()));
      return fail(std::move(first));
    }
    tell();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool is_at_stake(const Store& store) const {
    return store.kind != StoreKind::redis_cache && !store.path.empty() &&
           project_.services.contains(store.service) && !is_made_now(store) &&
           !causes_of(store).empty();
  }

  void consider(const Store& store) {
    if (!is_at_stake(store) || is_empty(store)) return;
    PlannedGuard guard;
    guard.store = store;
    guard.aside = aside_name(store.volume, deployment_);
    guard.causes = causes_of(store);
    if (const auto facts = world_.volume_facts.find(store.path);
        facts != world_.volume_facts.end()) {
      guard.bytes = facts->second.bytes;
      guard.reflink = facts->second.reflink;
    }
    if (store.kind == StoreKind::files && !guards_files(store, guard)) return;
    plan_.guards.push_back(std::move(guard));
  }

  /// Files on a bind mount are the user's own folder; many bytes of files are not copied either.
  bool guards_files(const Store& store, const PlannedGuard& guard) {
    const auto most =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, project_.landfast.guard.files));
    if (store.volume.empty()) {
      plan_.notes.push_back(fmt::format(
          "{} (files of {}, a folder of the host) is not guarded: what changes in it stays",
          store.path, store.service));
      return false;
    }
    if (guard.bytes <= most || guard.reflink) return true;
    plan_.notes.push_back(fmt::format(
        "{} (files of {}) is not guarded: {} is more than guard.files ({}), and its filesystem "
        "cannot share blocks; what changes in it stays",
        store.volume, store.service, human_bytes(guard.bytes), human_bytes(most)));
    return false;
  }

  [[nodiscard]] bool is_made_now(const Store& store) const {
    return !store.volume.empty() && missing_volumes(project_, world_).contains(store.volume);
  }
  /// Nothing in it that could be lost.
  [[nodiscard]] bool is_empty(const Store& store) const {
    const auto facts = world_.volume_facts.find(store.path);
    return facts != world_.volume_facts.end() && facts->second.files == 0;
  }

  [[nodiscard]] std::vector<std::string> causes_of(const Store& store) const {
    const auto reaching = reaches(project_, store);
    std::vector<std::string> causes;
    bool declared = false;
    for (const auto& name : reaching) {
      const auto& service = project_.services.at(name);
      declared = declared || service.landfast.migrate;
      const auto d = decisions_.find(name);
      if (service.landfast.migrate && d != decisions_.end() && d->second.renews())
        causes.push_back(fmt::format("{} runs", name));
    }
    for (const auto& name : reaching) {
      const auto& service = project_.services.at(name);
      const bool covered = declared && name != store.service;
      if (covered || service.landfast.migrate || service.landfast.migrate_none) continue;
      if (changes_image(service)) causes.push_back(fmt::format("the image of {} changes", name));
    }
    return causes;
  }

  /// Against what served last: its container's image, else the one of the release.
  [[nodiscard]] bool changes_image(const Service& service) const {
    const auto d = decisions_.find(service.name);
    if (d == decisions_.end() || !d->second.renews()) return false;
    const auto image = world_.images.find(service.image);
    const auto wanted = image == world_.images.end() ? std::string() : image->second.id;
    for (const auto& c : d->second.containers)
      if (c.old != nullptr) return c.old->image_id != wanted;
    if (!history_.current) return true;
    const auto released = history_.current->services.find(service.name);
    return released == history_.current->services.end() || released->second.image_id != wanted;
  }

  void concern(const Store& store) {
    plan_.stores.insert(store.service);
    for (auto& name : reaches(project_, store)) plan_.fenced.insert(std::move(name));
    plan_.fenced.insert(store.service);
    for (const auto& c : world_.containers)
      if (mounts(c, store) && project_.services.contains(c.label(label::service)))
        plan_.fenced.insert(c.label(label::service));
  }

  /// Who is in the network of another is fenced where that one is.
  void add_sharers() {
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& name : std::set<std::string>(plan_.fenced))
        for (const auto& owner : namespace_owners(project_.services.at(name)))
          if (project_.services.contains(owner)) grew |= plan_.fenced.insert(owner).second;
    }
  }

  void add_joined() {
    for (const auto& name : plan_.fenced) {
      const auto& service = project_.services.at(name);
      if (service.landfast.migrate) continue;  // it keeps its own networks
      for (const auto& [other, used] : project_.services)
        if (!plan_.fenced.contains(other) && used.network_mode.empty() && !used.landfast.migrate &&
            uses(service, other))
          plan_.joined.insert(other);
    }
  }

  Error refusal(const Store& store, std::string why, std::string hint) const {
    Error e;
    e.code = Code::invalid;
    e.text = fmt::format("the data of {} ({}) has to be guarded and cannot be: {}", store.service,
                         place_of(store), why);
    if (const auto it = project_.services.find(store.service); it != project_.services.end())
      e.mark = it->second.mark;
    e.path = "services." + store.service;
    e.hint = std::move(hint);
    return e;
  }

  void check(const PlannedGuard& guard) {
    const auto& store = guard.store;
    const auto facts = world_.volume_facts.find(store.path);
    const std::string unguarded = fmt::format(
        "{}; to go on without a guard, on your own backup: x-landfast: {{migrate: none}} on what "
        "changes",
        join(guard.causes, ", "));
    if (store.volume.empty())
      errors_.push_back(refusal(store, "it is on a folder of the host (bind mount)", unguarded));
    else if (facts == world_.volume_facts.end())
      errors_.push_back(refusal(store, store.path + " cannot be looked into from here", unguarded));
    else if (!facts->second.cannot_exchange.empty())
      errors_.push_back(refusal(store, facts->second.cannot_exchange, unguarded));
    if (const auto users = world_.foreign_volume_users.find(store.volume);
        users != world_.foreign_volume_users.end() && !users->second.empty())
      errors_.push_back(
          refusal(store, fmt::format("{} of another stack uses it too", join(users->second, ", ")),
                  "stop that first: it would go on writing to data that is being migrated"));
    for (const auto& c : world_.containers)
      if (mounts(c, store) && c.status == ContainerStatus::running &&
          !project_.services.contains(c.label(label::service)))
        errors_.push_back(refusal(
            store, fmt::format("{}, which this call does not know, uses it too", c.name),
            fmt::format("docker stop {}, or deploy with the profile that it belongs to", c.name)));
  }

  void check_fenced() {
    for (const auto& name : plan_.fenced) {
      const auto& service = project_.services.at(name);
      if (const auto d = decisions_.find(name);
          d != decisions_.end() && d->second.has(Action::await))
        refuse(service, fmt::format("{} is still running", name), "wait until it has ended");
      if (service.network_mode == "host" || service.network_mode.starts_with("container:"))
        refuse(service,
               fmt::format("{} is in a network that cannot be fenced (network_mode: {})", name,
                           service.network_mode),
               "give it a network of the stack, or, on your own backup, x-landfast: {migrate: "
               "none} on what changes");
    }
  }

  void refuse(const Service& service, std::string text, std::string hint) {
    Error e;
    e.code = Code::invalid;
    e.text =
        fmt::format("data that {} reaches has to be guarded and cannot be: {}", service.name, text);
    e.mark = service.mark;
    e.path = "services." + service.name;
    e.hint = std::move(hint);
    errors_.push_back(std::move(e));
  }

  void check_disk() {
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> devices;  // needed, free
    for (const auto& guard : plan_.guards) {
      const auto facts = world_.volume_facts.find(guard.store.path);
      if (facts == world_.volume_facts.end()) continue;
      auto& [needed, free] = devices[facts->second.identity.device];
      if (!guard.reflink) needed += guard.bytes;
      free = facts->second.free_bytes;
    }
    for (const auto& [device, sizes] : devices) {
      if (sizes.first <= sizes.second) continue;
      Error e;
      e.code = Code::invalid;
      e.text = fmt::format(
          "the copy of the data that this deploy can change needs {}, and {} are "
          "free",
          human_bytes(sizes.first), human_bytes(sizes.second));
      e.hint = "make room: landfast volumes shows what was set aside, docker system df what else";
      errors_.push_back(std::move(e));
    }
  }

  void tell() {
    for (const auto& guard : plan_.guards) {
      const auto takes = guard.reflink
                             ? std::string("blocks are shared: at once")
                             : fmt::format("{} more on the disk", human_bytes(guard.bytes));
      plan_.risks.push_back(
          fmt::format("the data of {} ({}, {}, {}) is fenced and migrated on a "
                      "copy: {} ({})",
                      guard.store.service, to_string(guard.store.kind), place_of(guard.store),
                      human_bytes(guard.bytes), join(guard.causes, ", "), takes));
    }
    std::vector<std::string> down;
    for (const auto& name : plan_.fenced)
      if (!project_.services.at(name).landfast.migrate) down.push_back(name);
    plan_.risks.push_back(fmt::format(
        "{} {} down from the copy until the release is committed: no request is answered by data "
        "that may still be undone",
        join(down, ", "), down.size() == 1 ? "is" : "are"));
    plan_.notes.push_back(
        "until then the fenced services reach each other and what they use, not the internet");
    plan_.notes.push_back(
        "the original that is set aside is on the same disk: it guards against this deploy, not "
        "against the loss of the disk");
  }

  const Project& project_;
  const World& world_;
  const History& history_;
  const Decisions& decisions_;
  std::int64_t deployment_;
  GuardPlan plan_;
  std::vector<Error> errors_;
};

std::int64_t number_of(const VolumeState& volume) {
  const auto name = generation_name(volume.name);
  return name ? name->deployment : 0;
}

}  // namespace

bool mounts(const Container& container, const Store& store) {
  return std::any_of(container.mounts.begin(), container.mounts.end(), [&](const auto& item) {
    if (!item.is_object()) return false;
    const auto* key = item.as_object().if_contains(store.volume.empty() ? "Source" : "Name");
    return key != nullptr && key->is_string() &&
           key->as_string() == (store.volume.empty() ? store.path : store.volume);
  });
}

Result<GuardPlan> plan_guards(const Project& project, const World& world, const History& history,
                              const Decisions& decisions, std::int64_t deployment) {
  return Guarding(project, world, history, decisions, deployment).plan();
}

std::vector<Store> stores_at_stake(const Project& project, const World& world,
                                   const History& history, const Decisions& decisions) {
  return Guarding(project, world, history, decisions, 0).at_stake();
}

void add_fenced(const Project& project, const World& world, const GuardPlan& guard,
                Decisions& decisions, std::vector<std::string>& order) {
  const auto existing = service_containers(world);
  for (const auto& name : guard.fenced) {
    if (decisions.contains(name)) continue;
    ServiceDecision d;
    d.service = &project.services.at(name);
    d.one_shot = is_one_shot(project, *d.service);
    if (const auto it = existing.find(name); it != existing.end())
      for (const auto* old : it->second) {
        ContainerDecision c;
        c.old = old;
        c.number = container_number(*old);
        d.containers.push_back(std::move(c));
      }
    decisions.emplace(name, std::move(d));
    order.push_back(name);
  }
}

std::vector<const VolumeState*> outdated_asides(const Project& project, const World& world,
                                                const PlannedGuard& guard) {
  std::vector<const VolumeState*> found;
  for (const auto& v : world.volumes) {
    const auto of = v.labels.find(label::of);
    const auto stack = v.labels.find(label::stack);
    if (of != v.labels.end() && of->second == guard.store.volume && stack != v.labels.end() &&
        stack->second == project.name && v.name != guard.aside)
      found.push_back(&v);
  }
  std::sort(found.begin(), found.end(),
            [](const auto* a, const auto* b) { return number_of(*a) > number_of(*b); });
  const auto stay = static_cast<std::size_t>(std::max(1, project.landfast.guard.keep)) - 1;
  found.erase(found.begin(),
              found.begin() + static_cast<std::ptrdiff_t>(std::min(stay, found.size())));
  return found;
}

}  // namespace landfast
