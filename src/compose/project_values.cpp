// SPDX-License-Identifier: Apache-2.0
#include "compose/project_values.h"

#include <algorithm>

#include "compose/go_text.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace json = boost::json;
namespace {

/// Reads attributes of an object; what is absent reads as empty.
class View {
 public:
  explicit View(const json::object& object) : object_(object) {}

  [[nodiscard]] std::string text(std::string_view key) const {
    const auto* value = object_.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  }
  [[nodiscard]] bool flag(std::string_view key) const {
    const auto* value = object_.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
  }
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view key) const {
    const auto* value = object_.if_contains(key);
    if (value == nullptr) return {};
    if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
    if (!value->is_int64()) return {};
    return value->get_int64();
  }
  [[nodiscard]] const json::object* object(std::string_view key) const {
    const auto* value = object_.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    for (const auto& item : array(key))
      if (item.is_string()) out.emplace_back(item.get_string());
    return out;
  }
  [[nodiscard]] const json::array& array(std::string_view key) const {
    static const json::array none;
    const auto* value = object_.if_contains(key);
    return value == nullptr || !value->is_array() ? none : value->get_array();
  }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> duration(std::string_view key) const {
    const auto written = text(key);
    if (written.empty()) return {};
    const auto parsed = parse_duration(written);
    if (!parsed) return {};
    return *parsed;
  }

 private:
  const json::object& object_;
};

void take_dependencies(const View& from, Service& to) {
  const auto* all = from.object("depends_on");
  if (all == nullptr) return;
  for (const auto& [name, value] : *all) {
    const View v(value.get_object());
    Dependency d;
    d.service = name;
    const auto condition = v.text("condition");
    if (condition == "service_healthy") d.condition = DependencyCondition::healthy;
    if (condition == "service_completed_successfully")
      d.condition = DependencyCondition::completed_successfully;
    d.required = v.flag("required");
    d.restart = v.flag("restart");
    to.depends_on.push_back(std::move(d));
  }
}

void take_health(const View& from, Service& to) {
  const auto* check = from.object("healthcheck");
  if (check == nullptr) return;
  const View v(*check);
  to.has_healthcheck = true;
  auto& h = to.healthcheck;
  h.test = v.texts("test");
  h.disabled = v.flag("disable") || (!h.test.empty() && h.test[0] == "NONE");
  h.interval = v.duration("interval");
  h.timeout = v.duration("timeout");
  h.start_period = v.duration("start_period");
  h.start_interval = v.duration("start_interval");
  if (const auto retries = v.number("retries"))
    h.retries = static_cast<int>(std::min<std::int64_t>(*retries, INT32_MAX));
}

void take_ports(const View& from, Service& to) {
  for (const auto& item : from.array("ports")) {
    const View v(item.get_object());
    PublishedPort p;
    p.host_ip = v.text("host_ip");
    p.published = v.text("published");
    p.target = static_cast<std::uint16_t>(v.number("target").value_or(0));
    if (auto protocol = v.text("protocol"); !protocol.empty()) p.protocol = std::move(protocol);
    to.ports.push_back(std::move(p));
  }
}

MountKind mount_kind(std::string_view type) {
  if (type == "bind") return MountKind::bind;
  if (type == "tmpfs") return MountKind::tmpfs;
  if (type == "image") return MountKind::image;
  if (type == "npipe") return MountKind::npipe;
  if (type == "cluster") return MountKind::cluster;
  return MountKind::volume;
}

void take_mounts(const View& from, Service& to) {
  for (const auto& item : from.array("volumes")) {
    const View v(item.get_object());
    ServiceMount m;
    m.kind = mount_kind(v.text("type"));
    m.source = v.text("source");
    m.target = v.text("target");
    m.read_only = v.flag("read_only");
    m.canonical = item.get_object();
    to.mounts.push_back(std::move(m));
  }
}

std::vector<FileGrant> grants(const View& from, std::string_view key, std::string_view folder) {
  std::vector<FileGrant> out;
  for (const auto& item : from.array(key)) {
    const View v(item.get_object());
    FileGrant g;
    g.source = v.text("source");
    g.target = v.text("target");
    if (g.target.empty()) g.target = "/" + g.source;
    if (!g.target.starts_with('/')) g.target = std::string(folder) + g.target;
    g.uid = v.text("uid");
    g.gid = v.text("gid");
    if (const auto mode = parse_int(v.text("mode"), 8)) g.mode = static_cast<std::uint32_t>(*mode);
    out.push_back(std::move(g));
  }
  return out;
}

void take_networks(const View& from, Service& to) {
  const auto* all = from.object("networks");
  if (all == nullptr) return;
  std::vector<std::pair<std::int64_t, std::string>> keys;
  for (const auto& [key, value] : *all) {
    const auto priority = value.is_object() ? View(value.get_object()).number("priority") : 0;
    keys.emplace_back(-priority.value_or(0), key);
  }
  std::ranges::sort(keys);
  for (auto& [priority, key] : keys) to.networks.push_back(std::move(key));
}

void take_texts(const View& from, Service& to) {
  if (const auto* environment = from.object("environment"))
    for (const auto& [key, value] : *environment)
      to.environment.emplace(key, value.is_string()
                                      ? std::optional(Secret(std::string(value.get_string())))
                                      : std::nullopt);
  if (const auto* labels = from.object("labels"))
    for (const auto& [key, value] : *labels)
      to.labels.emplace(key, value.is_string() ? std::string(value.get_string()) : "");
}

int replicas_of(const View& from) {
  auto count = from.number("scale");
  if (const auto* deploy = from.object("deploy"); !count && deploy != nullptr)
    count = View(*deploy).number("replicas");
  return static_cast<int>(std::clamp<std::int64_t>(count.value_or(1), 0, 100'000));
}

}  // namespace

Service service_of(const std::string& name, const std::string& project, json::object canonical) {
  Service s;
  const View v(canonical);
  s.name = name;
  s.image = v.text("image");
  if (const auto* build = v.object("build")) {
    s.has_build = true;
    s.build = *build;
    if (s.image.empty()) s.image = project + "-" + name;
  }
  s.pull_policy = v.text("pull_policy");
  s.platform = v.text("platform");
  s.container_name = v.text("container_name");
  s.profiles = v.texts("profiles");
  s.replicas = replicas_of(v);
  s.expose = v.texts("expose");
  s.network_mode = v.text("network_mode");
  s.restart = v.text("restart");
  s.stop_grace_period = v.duration("stop_grace_period");
  s.configs = grants(v, "configs", "/");
  s.secrets = grants(v, "secrets", "/run/secrets/");
  take_dependencies(v, s);
  take_health(v, s);
  take_ports(v, s);
  take_mounts(v, s);
  take_networks(v, s);
  take_texts(v, s);
  s.canonical = Canonical(std::move(canonical));
  return s;
}

}  // namespace landfast::compose
