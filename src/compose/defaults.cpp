// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "compose/canonical.h"
#include "compose/go_text.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

void put_text(Arena& arena, Node& to, std::string_view key, std::string_view value) {
  if (to.is_mapping() && !to.has(key)) arena.put(to, key, arena.string(value, to.place), to.place);
}

void device_counts(Arena& arena, Node* devices) {
  if (devices == nullptr) return;
  for (auto* device : devices->items())
    if (device->is_mapping() && !device->has("count") && !device->has("device_ids"))
      put_text(arena, *device, "count", "all");
}

Node* deep(Node* from, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (from != nullptr) from = from->find(key);
  return from;
}

void service_defaults(Arena& arena, Node& service) {
  if (auto* build = service.find("build")) put_text(arena, *build, "context", ".");
  if (auto* secrets = service.find("secrets"))
    for (auto* secret : secrets->items()) {
      const auto* source = secret->find("source");
      put_text(arena, *secret, "target",
               "/run/secrets/" + (source == nullptr ? std::string() : sprint(*source)));
    }
  if (auto* ports = service.find("ports"))
    for (auto* port : ports->items()) {
      put_text(arena, *port, "protocol", "tcp");
      put_text(arena, *port, "mode", "ingress");
    }
  device_counts(arena, deep(&service, {"deploy", "resources", "reservations", "devices"}));
  device_counts(arena, service.find("gpus"));
}

void check_file_object(Findings& findings, std::string_view kind, const Entry& e, bool content) {
  const auto& node = *e.value;
  const auto has = [&](std::string_view key) { return node.has(key) ? 1 : 0; };
  const int count = has("file") + has("environment") + (content ? has("content") : 0);
  const auto path = fmt::format("{}.{}", kind, e.key);
  const std::string_view keys =
      content ? "`file`, `environment` or `content`" : "`file` or `environment`";
  if (count > 1) findings.error(e.place, path, fmt::format("only one of {} may stand here", keys));
  if (count == 0 && has("driver") + has("external") == 0)
    findings.error(e.place, path, fmt::format("one of {} must stand here", keys));
}

void check_volume(Findings& findings, const Entry& e) {
  const auto* external = e.value->find("external");
  if (external == nullptr) return;
  const auto path = fmt::format("volumes.{}", e.key);
  if (!external->is(Kind::boolean)) {
    findings.error(external->place, path + ".external", "this must be true or false");
    return;
  }
  if (!external->boolean) return;
  for (const auto& key : e.value->entries())
    if (key.key != "name" && key.key != "external" && !key.key.starts_with("x-"))
      findings.error(key.place, fmt::format("{}.{}", path, key.key),
                     fmt::format("an external volume cannot have `{}`", key.key),
                     "only `name` may stand beside `external: true`");
}

void check_devices(Findings& findings, const Node* devices, const std::string& path) {
  if (devices == nullptr) return;
  for (const auto* device : devices->items())
    if (device->has("count") && device->has("device_ids"))
      findings.error(device->place, path, "`count` and `device_ids` exclude each other");
}

void check_service(Findings& findings, const Entry& e) {
  const auto path = fmt::format("services.{}", e.key);
  auto* service = e.value;
  if (const auto* ports = service->find("ports"))
    for (const auto* port : ports->items())
      if (const auto* ip = port->find("host_ip"); ip != nullptr && !is_ip_address(sprint(*ip)))
        findings.error(ip->place, path + ".ports",
                       fmt::format("{} is not an IP address", in_quotes(sprint(*ip))));
  if (const auto* mounts = service->find("volumes"))
    for (const auto* mount : mounts->items())
      if (mount->text_of("type") == "bind" && !mount->has("source"))
        findings.error(mount->place, path + ".volumes", "the bind mount has no `source`");
  if (const auto* watch = deep(service, {"develop", "watch"}))
    for (const auto* trigger : watch->items())
      if (trigger->has("path") && trigger->text_of("path").empty())
        findings.error(trigger->place, path + ".develop.watch", "`path` cannot be empty");
  check_devices(findings, deep(service, {"deploy", "resources", "reservations", "devices"}),
                path + ".deploy.resources.reservations.devices");
  check_devices(findings, service->find("gpus"), path + ".gpus");
}

std::span<Entry> section(const Node& root, std::string_view name) {
  const auto* found = root.find(name);
  return found == nullptr ? std::span<Entry>() : found->entries();
}

}  // namespace

void set_defaults(Arena& arena, Node& root) {
  for (auto& e : section(root, "services")) service_defaults(arena, *e.value);
}

void check_semantics(Findings& findings, const Node& root) {
  for (const auto& e : section(root, "volumes")) check_volume(findings, e);
  for (const auto& e : section(root, "configs")) check_file_object(findings, "configs", e, true);
  for (const auto& e : section(root, "secrets")) check_file_object(findings, "secrets", e, false);
  for (const auto& e : section(root, "services")) check_service(findings, e);
}

void resolve_variables(Arena& arena, Node& root, const Variables& environment) {
  for (auto& e : section(root, "services")) {
    const auto* list = e.value->find("environment");
    if (list == nullptr) continue;
    for (auto*& item : list->items()) {
      const auto found = item->is_string() ? environment.find(item->text) : environment.end();
      if (found != environment.end())
        item = arena.string(found->first + "=" + found->second, item->place);
    }
  }
  const auto give = [&](std::string_view kind, std::string_view key) {
    for (auto& e : section(root, kind)) {
      const auto found = environment.find(e.value->text_of("environment"));
      if (e.value->has("environment") && found != environment.end())
        arena.put(*e.value, key, arena.string(found->second, e.place), e.place);
    }
  };
  give("secrets", secret_value_key);
  give("configs", "content");
}

}  // namespace landfast::compose
