// SPDX-License-Identifier: Apache-2.0
#include "plan/guard_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "plan/names.h"

namespace landfast {
namespace {

namespace json = boost::json;

std::string text(const json::object& facts, std::string_view key) {
  const auto* v = facts.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string{};
}

json::object to_json(const VolumeIdentity& identity) {
  return {{"device", identity.device}, {"inode", identity.inode}};
}

std::optional<VolumeIdentity> identity_in(const json::object& facts, std::string_view key) {
  const auto* v = facts.if_contains(key);
  if (v == nullptr || !v->is_object()) return std::nullopt;
  const auto* device = v->as_object().if_contains("device");
  const auto* inode = v->as_object().if_contains("inode");
  if (device == nullptr || inode == nullptr || !device->is_number() || !inode->is_number())
    return std::nullopt;
  return VolumeIdentity{device->to_number<std::uint64_t>(), inode->to_number<std::uint64_t>()};
}

const Container* find(const World& world, const std::string& id) {
  const auto it = std::find_if(world.containers.begin(), world.containers.end(),
                               [&](const auto& c) { return c.id == id; });
  return it == world.containers.end() ? nullptr : &*it;
}

std::string label_of(const std::map<std::string, std::string>& labels, const char* key) {
  const auto it = labels.find(key);
  return it == labels.end() ? std::string{} : it->second;
}

const json::object* recorded_networks(const json::object& facts) {
  const auto* networks = facts.if_contains("networks");
  return networks != nullptr && networks->is_object() ? &networks->as_object() : nullptr;
}

void add_names(const json::value& endpoint, const std::string& id, std::set<std::string>& names) {
  if (!endpoint.is_object()) return;
  const auto* aliases = endpoint.as_object().if_contains("Aliases");
  if (aliases == nullptr || !aliases->is_array()) return;
  for (const auto& alias : aliases->as_array())
    if (alias.is_string() && !id.starts_with(std::string_view(alias.as_string())))
      names.emplace(alias.as_string());
}

json::array list_of(const std::set<std::string>& names) {
  json::array list;
  for (const auto& name : names) list.emplace_back(name);
  return list;
}

/// DBState of PostgreSQL's pg_control (src/include/catalog/pg_control.h), at byte 16.
constexpr std::size_t control_state = 16;
constexpr unsigned char shut_down = 1, shut_down_in_recovery = 2;

std::string not_shut_down(const VolumeContent& content) {
  constexpr std::string_view name = "global/pg_control";
  for (const auto& file : content.files) {
    const bool is_control = file.path == name || file.path.ends_with("/" + std::string(name));
    if (!is_control) continue;
    if (file.head.size() <= control_state) return "its control file cannot be read";
    const auto state = static_cast<unsigned char>(file.head[control_state]);
    if (state != shut_down && state != shut_down_in_recovery)
      return "its control file does not say \"shut down\"";
    return {};
  }
  return "its control file was not found";
}

}  // namespace

json::object to_json(const ExchangeFacts& facts) {
  return {{"volume", facts.volume},
          {"aside", facts.aside},
          {"original", to_json(facts.original)},
          {"copy", to_json(facts.copy)}};
}

std::optional<ExchangeFacts> exchange_facts(const json::object& facts) {
  const auto original = identity_in(facts, "original");
  const auto copy = identity_in(facts, "copy");
  ExchangeFacts found{text(facts, "volume"), text(facts, "aside"), {}, {}};
  if (!original || !copy || found.volume.empty() || found.aside.empty()) return std::nullopt;
  found.original = *original;
  found.copy = *copy;
  return found;
}

Exchanged exchanged(const ExchangeFacts& facts, const VolumeIdentity& volume_now,
                    const VolumeIdentity& aside_now) {
  if (volume_now == facts.original && aside_now == facts.copy) return Exchanged::no;
  if (volume_now == facts.copy && aside_now == facts.original) return Exchanged::yes;
  return Exchanged::neither;
}

json::object fence_facts(const Container& container, const std::string& stack) {
  json::object networks;
  for (const auto& entry : container.networks)
    if (!is_fence(stack, entry.key()))
      networks[entry.key()] = recorded_endpoint(entry.value(), container.id);
  return {{"id", container.id}, {"networks", std::move(networks)}};
}

json::object recorded_endpoint(const json::value& endpoint, const std::string& container_id) {
  json::object kept;
  if (!endpoint.is_object()) return kept;
  for (const auto* key : {"IPAMConfig", "Links", "DriverOpts", "GwPriority"})
    if (const auto* v = endpoint.as_object().if_contains(key); v != nullptr && !v->is_null())
      kept[key] = *v;
  std::set<std::string> names;
  add_names(endpoint, container_id, names);
  if (!names.empty()) kept["Aliases"] = list_of(names);
  return kept;
}

json::object fence_endpoint(const Container& container) {
  std::set<std::string> names;
  for (const auto& entry : container.networks) add_names(entry.value(), container.id, names);
  const auto host = text(container.config, "Hostname");
  if (!host.empty() && !container.id.starts_with(host)) names.insert(host);
  return {{"Aliases", list_of(names)}};
}

namespace {

bool misses_networks(const Container& container, const json::object& facts,
                     const std::string& fence) {
  const auto* networks = recorded_networks(facts);
  if (networks == nullptr) return false;
  return std::any_of(networks->begin(), networks->end(), [&](const auto& entry) {
    return entry.key() != fence && !container.networks.contains(entry.key());
  });
}

}  // namespace

bool is_fenced(const Container& container, const json::object& facts, const std::string& fence) {
  return container.networks.contains(fence) || misses_networks(container, facts, fence);
}

std::vector<Step> unfencing(const std::string& stack, std::int64_t deployment,
                            const std::vector<FenceRecord>& records, const World& world,
                            DeploymentState state, const std::string& prefix) {
  std::vector<Step> steps;
  const auto fence = fence_name(stack, deployment);
  const bool committed = state == DeploymentState::committed;
  Step gone;
  for (const auto& record : records) {
    const auto* c = find(world, text(*record.facts, "id"));
    if (c == nullptr) continue;
    const bool inside =
        committed ? misses_networks(*c, *record.facts, fence) : is_fenced(*c, *record.facts, fence);
    if (!inside) continue;
    Step s;
    s.id = fmt::format("{}{}:unfence", prefix, c->name);
    s.kind = StepKind::unfence_container;
    s.state = state;
    s.service = c->label(label::service);
    s.number = container_number(*c);
    s.name = c->name;
    s.container_id = c->id;
    s.cause = "its networks as they were";
    s.facts = *record.facts;
    gone.after.push_back(s.id);
    steps.push_back(std::move(s));
  }
  const bool there = std::any_of(world.networks.begin(), world.networks.end(), [&](const auto& n) {
    return n.name == fence && label_of(n.labels, label::stack) == stack;
  });
  if (!there || committed) return steps;
  gone.id = prefix + "fence:remove";
  gone.kind = StepKind::remove_fence;
  gone.state = state;
  gone.name = fence;
  gone.cause = "nobody is fenced any more";
  steps.push_back(std::move(gone));
  return steps;
}

std::vector<const NetworkState*> outdated_fences(const std::string& stack, std::int64_t deployment,
                                                 const World& world,
                                                 const std::set<std::string>& renewed) {
  std::vector<const NetworkState*> outdated, used;
  for (const auto& n : world.networks) {
    if (!is_fence(stack, n.name) || n.name == fence_name(stack, deployment)) continue;
    const auto ends = std::count_if(world.containers.begin(), world.containers.end(), [&](auto& c) {
      return c.networks.contains(n.name) && c.status == ContainerStatus::running &&
             !renewed.contains(c.name);
    });
    (ends < 2 ? outdated : used).push_back(&n);
  }
  const auto deployment_of = [](const NetworkState* fence) {
    const auto name = generation_name(fence->name);
    return name ? name->deployment : 0;
  };
  std::sort(used.begin(), used.end(),
            [&](const auto* a, const auto* b) { return deployment_of(a) < deployment_of(b); });
  for (std::size_t i = 0; i + most_old_fences < used.size(); ++i) outdated.push_back(used[i]);
  return outdated;
}

json::object fence_body(const std::string& stack, std::int64_t deployment) {
  return {{"Name", fence_name(stack, deployment)},
          {"CheckDuplicate", true},
          {"Driver", "bridge"},
          {"Internal", true},
          {"Labels", json::object{{label::role, "fence"},
                                  {label::stack, stack},
                                  {label::deployment, std::to_string(deployment)}}}};
}

json::object aside_body(const Step& step, const std::string& stack, std::int64_t deployment,
                        int keeps) {
  const auto why = fmt::format("the data before deployment {} ({})", deployment, step.cause);
  json::object body{{"Name", step.name},
                    {"Driver", "local"},
                    {"Labels", json::object{{label::role, "aside"},
                                            {label::of, step.key},
                                            {label::keeps, std::to_string(std::max(1, keeps))},
                                            {label::why, why},
                                            {label::stack, stack},
                                            {label::deployment, std::to_string(deployment)}}}};
  if (!step.folder.empty())
    body["DriverOpts"] = json::object{{"type", "none"}, {"o", "bind"}, {"device", step.folder}};
  return body;
}

std::string set_aside_for(const VolumeState& volume, const std::string& stack) {
  return label_of(volume.labels, label::stack) == stack ? label_of(volume.labels, label::of)
                                                        : std::string{};
}

std::int64_t aside_deployment(const VolumeState& volume) {
  const auto name = generation_name(volume.name);
  return name ? name->deployment : 0;
}

std::vector<const VolumeState*> asides_of(const std::vector<VolumeState>& volumes,
                                          const std::string& stack, const std::string& volume) {
  std::vector<const VolumeState*> found;
  for (const auto& v : volumes)
    if (set_aside_for(v, stack) == volume) found.push_back(&v);
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
    return aside_deployment(*a) > aside_deployment(*b);
  });
  return found;
}

std::vector<const VolumeState*> older_asides(const std::vector<VolumeState>& volumes,
                                             const std::string& stack, const std::string& volume,
                                             const std::string& newest, std::size_t keep) {
  auto found = asides_of(volumes, stack, volume);
  std::erase_if(found, [&](const auto* v) { return v->name == newest; });
  const auto stay = std::min(std::max<std::size_t>(1, keep) - 1, found.size());
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(stay));
  return found;
}

std::vector<const VolumeState*> asides_let_go(const std::vector<VolumeState>& volumes,
                                              const std::string& stack, std::int64_t deployment) {
  std::vector<const VolumeState*> gone;
  for (const auto& v : volumes) {
    const auto place = set_aside_for(v, stack);
    const auto keeps = label_of(v.labels, label::keeps);
    std::size_t stay = 0;
    std::from_chars(keeps.data(), keeps.data() + keeps.size(), stay);
    if (place.empty() || stay == 0 || aside_deployment(v) != deployment) continue;
    if (asides_of(volumes, stack, place).front()->name != v.name) continue;
    const auto older = older_asides(volumes, stack, place, v.name, stay);
    gone.insert(gone.end(), older.begin(), older.end());
  }
  return gone;
}

std::vector<std::string> asides_of(const std::vector<VolumeState>& volumes,
                                   const std::string& stack) {
  std::vector<std::string> names;
  for (const auto& v : volumes)
    if (!set_aside_for(v, stack).empty()) names.push_back(v.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string not_clean(StoreKind kind, int exit_code, const VolumeContent& content) {
  if (!is_server(kind)) return {};
  if (kind == StoreKind::postgres) return not_shut_down(content);
  if (exit_code == 0) return {};
  return fmt::format("it ended with exit code {}", exit_code);
}

}  // namespace landfast
