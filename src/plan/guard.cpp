// SPDX-License-Identifier: Apache-2.0
#include "plan/guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/path.h"
#include "base/text.h"
#include "plan/guard_facts.h"
#include "plan/names.h"
#include "plan/order.h"
#include "plan/replacement.h"

namespace landfast {
namespace {

/// Less is copied behind the fence within a second or two.
constexpr std::uint64_t worth_a_first_copy = std::uint64_t{256} << 20;

std::string_view text_of(const boost::json::object& object, std::string_view key) {
  const auto* v = object.if_contains(key);
  return v != nullptr && v->is_string() ? std::string_view(v->as_string()) : std::string_view{};
}

/// The oldest copy that was set aside since a release's deployment: what it left.
const VolumeState* oldest_since(const std::string& stack, const World& world, const Store& store,
                                std::int64_t deployment) {
  const VolumeState* oldest = nullptr;
  for (const auto* v : asides_of(world.volumes, stack, store.place()))  // newest first
    if (aside_deployment(*v) > deployment) oldest = v;
  return oldest;
}

/// Collects what is guarded, then who is concerned, then what stands against it.
class Guarding {
 public:
  Guarding(const Project& project, const World& world, const History& history,
           const Decisions& decisions, std::optional<std::int64_t> data_of)
      : project_(project),
        world_(world),
        history_(history),
        decisions_(decisions),
        data_of_(data_of) {}

  [[nodiscard]] DataAtStake at_stake() const {
    DataAtStake stake;
    for (const auto& store : world_.stores) {
      if (const auto* kept = kept_of(store); kept != nullptr) {
        stake.stores.push_back(store);
        stake.stores.push_back(as_store(*kept, store));
        continue;
      }
      if (!is_at_stake(store)) continue;
      stake.stores.push_back(store);
      for (auto& cause : causes_of(store)) stake.migrating.insert(std::move(cause.service));
    }
    return stake;
  }

  Result<GuardPlan> plan() {
    if (data_of_) plan_.data_before = returns_to(project_, world_, *data_of_);
    for (const auto& store : world_.stores) consider(store);
    tell_pending();
    check_return();
    if (plan_.empty() && errors_.empty()) return std::move(plan_);
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

  [[nodiscard]] const VolumeState* kept_of(const Store& store) const {
    return data_of_ ? oldest_since(project_.name, world_, store, *data_of_) : nullptr;
  }

  /// Data outside the engine's own folder is set aside beside itself: on the same filesystem.
  [[nodiscard]] std::string folder_of(const Store& store) const {
    const auto volume = std::find_if(world_.volumes.begin(), world_.volumes.end(),
                                     [&](const auto& v) { return v.name == store.volume; });
    const bool is_bound = volume != world_.volumes.end() && !bound_folder(volume->raw).empty();
    if (!store.volume.empty() && !is_bound) return {};
    return aside_name(store.path, history_.next_deployment);
  }

  /// The volume that its data is set aside in; of a bind mount too, so that the engine lists it.
  [[nodiscard]] std::string aside_of(const Store& store) const {
    const auto of = store.volume.empty() ? fmt::format("{}_bind-{}", project_.name,
                                                       sha256_hex(store.path).substr(0, 8))
                                         : store.volume;
    return aside_name(of, history_.next_deployment);
  }

  [[nodiscard]] const VolumeFacts* facts_at(const std::string& path) const {
    const auto it = world_.volume_facts.find(path);
    return it == world_.volume_facts.end() ? nullptr : &it->second;
  }

  static Store as_store(const VolumeState& volume, const Store& like) {
    Store store = like;
    store.volume = volume.name;
    store.path = volume.mountpoint;
    return store;
  }

  /// A copy of `source`, which is in the folder `path`, takes the place of the store's data.
  [[nodiscard]] PlannedGuard guard_of(const Store& store, std::string source,
                                      const std::string& path) const {
    PlannedGuard guard;
    guard.store = store;
    guard.source = std::move(source);
    guard.aside = aside_of(store);
    guard.folder = folder_of(store);
    if (const auto* facts = facts_at(path); facts != nullptr) {
      guard.bytes = facts->bytes;
      guard.reflink = facts->reflink;
    }
    guard.first_copy = !guard.reflink && guard.bytes >= worth_a_first_copy && is_in_use(store);
    return guard;
  }

  [[nodiscard]] bool is_in_use(const Store& store) const {
    return std::any_of(world_.containers.begin(), world_.containers.end(), [&](const auto& c) {
      return c.status == ContainerStatus::running && mounts(c, store);
    });
  }

  /// The data as that release left it takes the place of today's.
  void bring_back(const Store& store, const VolumeState& kept) {
    auto guard = guard_of(store, kept.name, kept.mountpoint);
    guard.causes.push_back(
        fmt::format("the data before deployment {} comes back", aside_deployment(kept)));
    plan_.guards.push_back(std::move(guard));
  }

  /// What the copies hold must be what the release left: nothing has migrated it in between.
  void check_return() {
    if (!data_of_) return;
    if (plan_.data_before == 0) {
      Error e;
      e.code = Code::invalid;
      e.text = "the data of that release is not set aside any longer";
      e.hint =
          "landfast volumes shows what is (x-landfast.guard.keep says how many); --keep-data goes "
          "on with today's data";
      errors_.push_back(std::move(e));
      return;
    }
    if (migrations_before(plan_.data_before) == migrations_before(*data_of_ + 1)) return;
    Error e;
    e.code = Code::invalid;
    e.text = fmt::format(
        "the oldest data that is set aside is from before deployment {}, and was migrated after "
        "that release: it does not suit it",
        plan_.data_before);
    e.hint = fmt::format("roll back to the release before deployment {}; landfast history shows it",
                         plan_.data_before);
    errors_.push_back(std::move(e));
  }

  [[nodiscard]] std::set<std::pair<std::int64_t, std::string>> migrations_before(
      std::int64_t deployment) const {
    std::set<std::pair<std::int64_t, std::string>> found;
    for (const auto& run : runs_before(history_, deployment))
      if (run.migration) found.emplace(run.deployment, run.service);
    return found;
  }

  void consider(const Store& store) {
    if (const auto* kept = kept_of(store); kept != nullptr) return bring_back(store, *kept);
    if (!is_at_stake(store) || is_empty(store)) return;
    auto guard = guard_of(store, store.place(), store.path);
    for (const auto& cause : causes_of(store)) guard.causes.push_back(cause.text);
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
    const auto* facts = facts_at(store.path);
    return facts != nullptr && facts->files == 0 && !facts->cut;
  }

  struct Cause {
    std::string service, text;
  };

  [[nodiscard]] std::vector<Cause> causes_of(const Store& store) const {
    const auto reaching = reaches(project_, store);
    std::vector<Cause> causes;
    bool declared = false;
    for (const auto& name : reaching) {
      const auto& service = project_.services.at(name);
      declared = declared || service.landfast.migrate;
      const auto d = decisions_.find(name);
      if (service.landfast.migrate && d != decisions_.end() && d->second.renews() &&
          !nothing_pending(name))
        causes.push_back({name, fmt::format("{} runs", name)});
    }
    for (const auto& name : reaching) {
      const auto& service = project_.services.at(name);
      const bool covered = declared && name != store.service;
      if (covered || service.landfast.migrate || service.landfast.migrate_none) continue;
      if (changes_image(service) && !nothing_pending(name))
        causes.push_back({name, fmt::format("the image of {} changes", name)});
    }
    return causes;
  }

  [[nodiscard]] bool nothing_pending(const std::string& service) const {
    const auto asked = world_.migrations.find(service);
    return asked != world_.migrations.end() && asked->second.none;
  }

  /// Why data is not fenced although an image changes, or is although a tool is known.
  void tell_pending() {
    for (const auto& [service, pending] : world_.migrations)
      plan_.notes.push_back(pending.none
                                ? fmt::format("{} migrates nothing: {}", service, pending.why)
                                : fmt::format("what {} migrates: {}", service, pending.why));
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
                         store.place(), why);
    if (const auto it = project_.services.find(store.service); it != project_.services.end())
      e.mark = it->second.mark;
    e.path = "services." + store.service;
    e.hint = std::move(hint);
    return e;
  }

  void check(const PlannedGuard& guard) {
    const auto& store = guard.store;
    const auto* facts = facts_at(store.path);
    const std::string unguarded = fmt::format(
        "{}; to go on without a guard, on your own backup: x-landfast: {{migrate: none}} on what "
        "changes",
        join(guard.causes, ", "));
    if (facts == nullptr)
      errors_.push_back(refusal(store, store.path + " cannot be looked into from here", unguarded));
    else if (!facts->cannot_exchange.empty())
      errors_.push_back(refusal(store, facts->cannot_exchange, unguarded));
    if (const auto users = world_.foreign_volume_users.find(store.place());
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

  /// A copy that is made while its store runs holds for a while what goes, and what has come.
  static std::uint64_t disk_for(const PlannedGuard& guard) {
    if (guard.reflink) return 0;
    return guard.first_copy ? guard.bytes + guard.bytes / 10 : guard.bytes;
  }

  void check_disk() {
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> devices;  // needed, free
    for (const auto& guard : plan_.guards) {
      const auto* facts = facts_at(guard.store.path);
      if (facts == nullptr) continue;
      auto& [needed, free] = devices[facts->identity.device];
      needed += disk_for(guard);
      free = facts->free_bytes;
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

  void tell_return(const PlannedGuard& guard) {
    const auto kept = std::find_if(world_.volumes.begin(), world_.volumes.end(),
                                   [&](const auto& v) { return v.name == guard.source; });
    const auto* created =
        kept == world_.volumes.end() ? nullptr : kept->raw.if_contains("CreatedAt");
    const auto since = created != nullptr && created->is_string()
                           ? fmt::format(", {}", std::string_view(created->as_string()))
                           : std::string();
    plan_.risks.push_back(fmt::format(
        "the data of {} ({}, {}) goes back to {} (before deployment {}{}): what was written since "
        "then is not in it. Today's is set aside as {}",
        guard.store.service, to_string(guard.store.kind), guard.store.place(), guard.source,
        plan_.data_before, since, guard.aside));
  }

  /// Where the disk shares no blocks, most is copied before anything is stopped.
  static std::string cost_of(const PlannedGuard& guard) {
    if (guard.reflink) return "blocks are shared: at once";
    return fmt::format("{} more on the disk{}", human_bytes(guard.bytes),
                       guard.first_copy ? ", most of it copied while it serves" : "");
  }

  void tell() {
    for (const auto& guard : plan_.guards) {
      if (guard.source != guard.store.place()) {
        tell_return(guard);
        continue;
      }
      plan_.risks.push_back(
          fmt::format("the data of {} ({}, {}, {}) is fenced and migrated on a "
                      "copy: {} ({})",
                      guard.store.service, to_string(guard.store.kind), guard.store.place(),
                      human_bytes(guard.bytes), join(guard.causes, ", "), cost_of(guard)));
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
  std::optional<std::int64_t> data_of_;
  GuardPlan plan_;
  std::vector<Error> errors_;
};

}  // namespace

bool mounts(const Container& container, const Store& store) {
  return std::any_of(container.mounts.begin(), container.mounts.end(), [&](const auto& item) {
    if (!item.is_object()) return false;
    const auto& mount = item.as_object();
    if (!store.volume.empty() && text_of(mount, "Name") == store.volume) return true;
    const auto source = text_of(mount, "Source");
    if (store.path.empty() || text_of(mount, "Type") == "volume") return false;
    if (store.volume.empty() && source == store.path) return true;
    const auto* writable = mount.if_contains("RW");
    const bool reads = writable != nullptr && writable->is_bool() && !writable->as_bool();
    // Who has a folder around a volume finds what has its name; one inside it stays where it is.
    const bool inside = source == store.path || is_inside(source, store.path);
    return !reads && (inside || (store.volume.empty() && is_inside(store.path, source)));
  });
}

std::int64_t returns_to(const Project& project, const World& world, std::int64_t data_of) {
  std::int64_t before = 0;
  for (const auto& store : world.stores)
    if (const auto* kept = oldest_since(project.name, world, store, data_of); kept != nullptr)
      before = before == 0 ? aside_deployment(*kept) : std::min(before, aside_deployment(*kept));
  return before;
}

Result<GuardPlan> plan_guards(const Project& project, const World& world, const History& history,
                              const Decisions& decisions, std::optional<std::int64_t> data_of) {
  return Guarding(project, world, history, decisions, data_of).plan();
}

DataAtStake data_at_stake(const Project& project, const World& world, const History& history,
                          const Decisions& decisions, std::optional<std::int64_t> data_of) {
  return Guarding(project, world, history, decisions, data_of).at_stake();
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
  return older_asides(world.volumes, project.name, guard.store.place(), guard.aside,
                      static_cast<std::size_t>(std::max(1, project.landfast.guard.keep)));
}

}  // namespace landfast
