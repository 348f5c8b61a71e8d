// SPDX-License-Identifier: Apache-2.0
#include "model/config_hash.h"

#include "base/digest.h"
#include "model/json_text.h"

namespace landfast {
namespace {

namespace json = boost::json;
using Containers = std::map<std::string, std::string>;

/// `service:x` → `container:<id>`, where the container of x is known.
void replace_namespace(json::object& service, std::string_view key, const Containers& containers) {
  auto* value = service.if_contains(key);
  if (value == nullptr || !value->is_string()) return;
  const std::string_view text = value->get_string();
  if (!text.starts_with("service:")) return;
  const auto it = containers.find(std::string(text.substr(8)));
  if (it != containers.end()) value->get_string() = "container:" + it->second;
}

/// `x[:mode]` → the id, `container:y[:mode]` → y.
void replace_volumes_from(json::object& service, const Containers& containers) {
  auto* value = service.if_contains("volumes_from");
  if (value == nullptr || !value->is_array()) return;
  for (auto& item : value->get_array()) {
    const std::string text(item.get_string());
    if (text.starts_with("container:")) {
      item.get_string() = text.substr(10);
      continue;
    }
    const auto it = containers.find(text.substr(0, text.find(':')));
    if (it != containers.end()) item.get_string() = it->second;
  }
}

}  // namespace

std::string service_hash(const Canonical& service, const Containers& containers) {
  auto copy = service.reveal();
  for (const std::string_view key : {"build", "pull_policy", "scale", "depends_on", "profiles"})
    copy.stable_erase(key);
  if (auto* deploy = copy.if_contains("deploy"); deploy != nullptr && deploy->is_object())
    deploy->get_object().stable_erase("replicas");
  for (const std::string_view key : {"network_mode", "ipc", "pid"})
    replace_namespace(copy, key, containers);
  if (!containers.empty()) replace_volumes_from(copy, containers);
  return sha256_hex(compact_json(copy));
}

std::string network_hash(const Network& network) {
  return sha256_hex(compact_json(network.canonical));
}

std::string volume_hash(const Volume& volume) {
  if (volume.canonical.contains("driver")) return sha256_hex(compact_json(volume.canonical));
  json::object with_driver;
  if (const auto* name = volume.canonical.if_contains("name")) with_driver.emplace("name", *name);
  with_driver.emplace("driver", "local");
  for (const auto& [key, value] : volume.canonical)
    if (key != "name") with_driver.emplace(key, value);
  return sha256_hex(compact_json(with_driver));
}

}  // namespace landfast
