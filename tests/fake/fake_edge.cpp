// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_edge.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/tar_read.h"

namespace landfast {
namespace {

constexpr int subscription = -8;  // FakeEngine's own count upward from 0, FakeVolumes has -7
constexpr std::size_t kept_tables = 32;
constexpr const char* edge_label = "landfast.edge";
constexpr const char* refusing = "127.0.0.1:1";

tl::unexpected<Error> silent(const std::string& edge) {
  Error e;
  e.code = Code::unavailable;
  e.text = fmt::format("the edge {} does not answer", edge);
  e.retryable = true;
  return fail(std::move(e));
}

std::string slot_key(const std::string& edge, const std::string& target, std::string_view slot) {
  return fmt::format("{} {} {}", edge, target, slot);
}

bool is_site_name(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == name.npos;
}

/// The files of a folder's archive, by path.
Result<std::vector<std::string>> files_of(const std::string& tar) {
  std::string root;
  std::vector<std::string> paths;
  TRY_VOID(each_member(tar, [&](const TarEntry& m) -> Status {
    const bool is_first = root.empty();
    if (is_first) root = m.path + "/";
    const bool is_inside = m.path.starts_with(root) && m.path.find("/../") == m.path.npos;
    if (is_first ? m.type != '5' : !is_inside)
      return fail(Code::invalid, m.path + " is no path within a folder");
    if (m.type == '0') paths.push_back(m.path);
    return {};
  }));
  return paths;
}

bool is_own_address(const std::string& address) {
  const auto colon = address.find(':');
  return address.starts_with("lf-") && colon != address.npos && colon + 1 < address.size() &&
         address.find_first_not_of("0123456789", colon + 1) == address.npos;
}

}  // namespace

FakeEdge::FakeEdge(SimulatedClock& clock, FakeDaemon& daemon) : clock_(clock), daemon_(daemon) {
  daemon_.subscribers[subscription] = [this](const EngineEvent& e) { on_event(e); };
}
FakeEdge::~FakeEdge() { daemon_.subscribers.erase(subscription); }

/// The process starts with what is recorded; its requests end with it, and others with whom they
/// reached.
void FakeEdge::on_event(const EngineEvent& event) {
  if (event.type != "container") return;
  if (event.action == "start") {
    const auto* c = daemon_.find(event.id);
    if (c == nullptr || c->label(edge_label).empty()) return;
    const auto disk = disks_.find(std::string(c->label(edge_label)));
    loaded_.erase(c->id);
    if (disk != disks_.end() && disk->second.table) loaded_[c->id] = *disk->second.table;
  }
  if (event.action != "die") return;
  loaded_.erase(event.id);
  std::erase_if(open_, [&](const auto& entry) {
    const auto& o = entry.second;
    if (o.container == event.id) ++cut_off_;
    return o.container == event.id || process(o.edge) == nullptr;
  });
}

const FakeContainer* FakeEdge::process(const std::string& edge) const {
  for (const auto* c : daemon_.all())
    if (c->label(edge_label) == edge && c->up() && loaded_.contains(c->id)) return c;
  return nullptr;
}

const FakeContainer* FakeEdge::reached(const FakeContainer& edge, const EdgeTarget& target,
                                       const std::string& address) const {
  const auto alias = address.substr(0, address.find(':'));
  for (const auto* c : daemon_.all()) {
    if (!c->up() || !daemon_.listens(*c, target.port)) continue;
    for (const auto& [network, endpoint] : c->endpoints)
      if (edge.endpoints.contains(network) &&
          std::ranges::find(endpoint.aliases, alias) != endpoint.aliases.end())
        return c;
  }
  return nullptr;
}

ServedRequest FakeEdge::request(const std::string& edge, const std::string& target) const {
  ServedRequest r;
  const auto* p = process(edge);
  if (p == nullptr) return r;
  const auto* t = loaded_.at(p->id).target(target);
  const auto* s = slot(edge, target);
  r.how = Served::unknown;
  if (t == nullptr || s == nullptr) return r;
  r.how = Served::maintenance;
  if (s->word == SlotWord::down) return r;
  r.how = Served::held;
  if (s->word == SlotWord::hold) return r;
  for (const auto& address : s->addresses(s->word == SlotWord::a ? SlotName::a : SlotName::b))
    if (t->port == 0) {
      r.how = has(edge, address) ? Served::answered : Served::unknown;
      r.container = address;
    } else if (const auto* c = reached(*p, *t, address)) {
      r.how = Served::answered;
      r.container = c->id;
      return r;
    }
  return r;
}

ServedRequest FakeEdge::open(const std::string& edge, const std::string& target) {
  auto r = request(edge, target);
  if (r.how != Served::answered) return r;
  r.id = next_++;
  const auto word = slot(edge, target)->word;
  open_[r.id] = {edge, target, r.container, word == SlotWord::a ? SlotName::a : SlotName::b};
  return r;
}

void FakeEdge::finish(std::uint64_t id) { open_.erase(id); }

const SlotState* FakeEdge::slot(const std::string& edge, const std::string& target) const {
  const auto disk = disks_.find(edge);
  if (disk == disks_.end()) return nullptr;
  const auto it = disk->second.slots.find(target);
  return it == disk->second.slots.end() ? nullptr : &it->second;
}

const RouteTable* FakeEdge::recorded(const std::string& edge) const {
  const auto disk = disks_.find(edge);
  return disk == disks_.end() || !disk->second.table ? nullptr : &*disk->second.table;
}

std::vector<std::string> FakeEdge::edges() const {
  std::vector<std::string> names;
  for (const auto& [name, disk] : disks_) names.push_back(name);
  return names;
}

std::vector<std::string> FakeEdge::sites(const std::string& edge) const {
  std::vector<std::string> names;
  if (const auto disk = disks_.find(edge); disk != disks_.end())
    for (const auto& [name, files] : disk->second.sites) names.push_back(name);
  return names;
}

bool FakeEdge::has(const std::string& edge, const std::string& site) const {
  const auto disk = disks_.find(edge);
  return disk != disks_.end() && disk->second.sites.contains(site);
}

void FakeEdge::drop_unused_sites(Disk& disk) const {
  std::erase_if(disk.sites, [&](const auto& site) {
    return std::ranges::none_of(disk.slots, [&](const auto& slot) {
      return slot.second.a.front() == site.first || slot.second.b.front() == site.first;
    });
  });
}

std::string FakeEdge::named(const std::string& edge, const std::string& target) const {
  const auto* table = recorded(edge);
  const auto* t = table == nullptr ? nullptr : table->target(target);
  return t == nullptr ? target : fmt::format("{}/{}/{}", t->stack, t->service, t->port);
}

Status FakeEdge::begin(std::string call, const std::string& what) {
  calls.push_back(call + " " + what);
  if (frozen_) violations_.push_back(calls.back());
  if (refuse)
    if (auto error = refuse(call)) return fail(std::move(*error));
  return {};
}

Status FakeEdge::end(std::string_view call) {
  if (lose_answer)
    if (auto error = lose_answer(call)) return fail(std::move(*error));
  return {};
}

Status FakeEdge::acknowledged(const std::string& edge) const {
  if (process(edge) == nullptr) return silent(edge);
  return {};
}

Result<SlotState*> FakeEdge::slot_of(const std::string& edge, const std::string& target) {
  const auto disk = disks_.find(edge);
  const auto known = disk != disks_.end() && disk->second.slots.contains(target);
  if (!known) return fail(Code::not_found, fmt::format("{} does not know {}", edge, target));
  return &disk->second.slots.at(target);
}

Task<Result<EdgeFacts>> FakeEdge::facts(std::string edge) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("facts", edge));
  EdgeFacts f;
  f.folder = "/var/lib/landfast/edge/" + edge;
  f.table.edge = edge;
  if (const auto disk = disks_.find(edge); disk != disks_.end()) {
    f.slots = disk->second.slots;
    if (disk->second.table) f.table = *disk->second.table;
    if (disk->second.table) f.recorded = revision_of(f.table);
  }
  if (const auto* p = process(edge)) {
    f.running = true;
    f.version = "2.11.4";
    f.revision = revision_of(loaded_.at(p->id));
  }
  CO_TRY_VOID(end("facts"));
  co_return f;
}

Task<Result<RouteTable>> FakeEdge::table(std::string edge, std::string revision) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("table", edge + " " + revision));
  if (const auto disk = disks_.find(edge); disk != disks_.end())
    for (const auto& t : disk->second.applied)
      if (revision_of(t) == revision) co_return t;
  co_return fail(Code::not_found, fmt::format("{} never served {}", edge, revision));
}

Task<Status> FakeEdge::apply(RouteTable table, std::string replaces) {
  co_await clock_.sleep(latency);
  const auto edge = table.edge;
  CO_TRY_VOID(begin("apply", edge));
  auto& disk = disks_[edge];
  const auto now = disk.table ? revision_of(*disk.table) : std::string();
  if (now != replaces && now != revision_of(table)) {
    Error e;
    e.code = Code::conflict;
    e.text = fmt::format("{} was changed meanwhile", edge);
    e.retryable = true;
    co_return fail(std::move(e));
  }
  if (const auto why = validate ? validate(table) : std::string(); !why.empty())
    co_return fail(Code::invalid, why);
  std::erase_if(disk.slots, [&](const auto& s) { return table.target(s.first) == nullptr; });
  for (const auto& t : table.targets) {
    const auto count = static_cast<std::size_t>(std::max(1, t.replicas));
    auto& slot = disk.slots[t.id];
    slot.a.resize(count, refusing);
    slot.b.resize(count, refusing);
  }
  disk.table = table;
  const bool has_sites =
      std::ranges::any_of(table.targets, [](const EdgeTarget& t) { return t.port == 0; });
  if (!has_sites) disk.sites.clear();
  if (now != revision_of(table)) disk.applied.push_back(table);
  if (disk.applied.size() > kept_tables) disk.applied.erase(disk.applied.begin());
  if (const auto* p = process(edge)) loaded_[p->id] = table;
  changed();
  co_await clock_.sleep(latency);
  co_return end("apply");
}

Task<Status> FakeEdge::add_site(std::string edge, std::string site, std::string tar) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("add_site", fmt::format("{} {}", edge, site)));
  if (!is_site_name(site)) co_return fail(Code::invalid, site + " is no name of a site");
  CO_TRY(auto paths, files_of(tar));
  disks_[edge].sites.emplace(site, std::move(paths));
  changed();
  co_await clock_.sleep(latency);
  co_return end("add_site");
}

Task<Result<bool>> FakeEdge::has_site(std::string edge, std::string site) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("has_site", edge));
  const bool is_there = has(edge, site);
  CO_TRY_VOID(end("has_site"));
  co_return is_there;
}

Task<Status> FakeEdge::set_address(std::string edge, std::string target, SlotName slot,
                                   std::vector<std::string> addresses) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("set_address", fmt::format("{} {} {}", named(edge, target), to_string(slot),
                                               fmt::join(addresses, ","))));
  CO_TRY(auto* state, slot_of(edge, target));
  const auto* table = recorded(edge);
  const auto* known = table == nullptr ? nullptr : table->target(target);
  const bool is_site = known != nullptr && known->port == 0;
  for (const auto& address : addresses)
    if (is_site ? !is_site_name(address) : !is_own_address(address))
      co_return fail(Code::invalid, fmt::format("{} is no address of a container", address));
  proven_.erase(slot_key(edge, target, to_string(slot)));
  (slot == SlotName::a ? state->a : state->b) = std::move(addresses);
  changed();
  if (is_site) {
    const auto& site = state->addresses(slot).front();
    if (!has(edge, site))
      co_return fail(Code::not_found, fmt::format("{} has no site {}", edge, site));
    drop_unused_sites(disks_[edge]);
  }
  co_await clock_.sleep(latency);
  co_return end("set_address");
}

Task<Status> FakeEdge::switch_to(std::string edge, std::string target, SlotWord word) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("switch_to", fmt::format("{} {}", named(edge, target), to_string(word))));
  CO_TRY(auto* state, slot_of(edge, target));
  const bool serves = word == SlotWord::a || word == SlotWord::b;
  if (serves && !proven_.contains(slot_key(edge, target, to_string(word))))
    unproven_.push_back(calls.back());
  state->word = word;
  changed();
  co_await clock_.sleep(latency);
  CO_TRY_VOID(end("switch_to"));
  co_return acknowledged(edge);
}

Task<Result<int>> FakeEdge::probe(std::string edge, std::string target, SlotName slot,
                                  std::string path) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("probe", fmt::format("{} {} {}", named(edge, target), to_string(slot), path)));
  CO_TRY(const auto* state, slot_of(edge, target));
  const auto* p = process(edge);
  if (p == nullptr) co_return silent(edge);
  const auto* t = loaded_.at(p->id).target(target);
  if (t == nullptr) co_return 404;
  for (const auto& address : state->addresses(slot))
    if (t->port == 0 ? !has(edge, address) : reached(*p, *t, address) == nullptr)
      co_return t->port == 0 ? 404 : 502;
  proven_.insert(slot_key(edge, target, to_string(slot)));
  co_await clock_.sleep(latency);
  CO_TRY_VOID(end("probe"));
  co_return 200;
}

Task<Result<std::int64_t>> FakeEdge::in_flight(std::string edge, std::string target,
                                               SlotName slot) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("in_flight", fmt::format("{} {}", named(edge, target), to_string(slot))));
  if (process(edge) == nullptr) co_return silent(edge);
  co_await clock_.sleep(latency);
  CO_TRY_VOID(end("in_flight"));
  co_return static_cast<std::int64_t>(std::ranges::count_if(open_, [&](const auto& entry) {
    const auto& o = entry.second;
    return o.edge == edge && o.target == target && o.slot == slot;
  }));
}

Task<Status> FakeEdge::forget(std::string edge) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("forget", edge));
  if (const auto disk = disks_.find(edge); disk != disks_.end()) {
    disk->second.table.reset();
    disk->second.slots.clear();
    disk->second.sites.clear();
  }
  changed();
  co_await clock_.sleep(latency);
  co_return end("forget");
}

}  // namespace landfast
