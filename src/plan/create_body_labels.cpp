// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>

#include "base/digest.h"
#include "base/text.h"
#include "plan/create_body_parts.h"
#include "plan/names.h"

namespace landfast::body {

namespace {

std::string dependencies(const Object& service) {
  std::vector<std::string> parts;
  if (const auto* object = find_object(service, "depends_on"))
    for (const auto& [name, value] : *object) {
      const auto* entry = value.if_object();
      if (!entry) continue;
      parts.push_back(std::string{name} + ":" + text(*entry, "condition") + ":" +
                      (flag(*entry, "restart") ? "true" : "false"));
    }
  return join(parts, ",");
}

/// One digest over what is put into the container: what `inspect` cannot show.
std::string content_digest(const std::vector<FileToPut>& files) {
  std::string all;
  for (const auto& file : files)
    all += file.target + '\n' + sha256_hex(file.content.reveal()) + '\n' +
           std::to_string(file.mode) + ' ' + std::to_string(file.uid) + ' ' +
           std::to_string(file.gid) + '\n';
  return sha256_hex(all);
}

/// Attributes whose absence `inspect` hides behind defaults of the engine's own configuration;
/// difference.cpp reads this to see that one of them was removed from the file.
std::string declared(const Object& service) {
  std::vector<std::string> found;
  for (const auto* key : {"cgroup", "ipc", "mac_address", "runtime", "shm_size"})
    if (find(service, key)) found.emplace_back(key);
  if (const auto* logging = find_object(service, "logging")) {
    if (find(*logging, "driver")) found.emplace_back("logging.driver");
    if (const auto* options = find_object(*logging, "options"))
      for (const auto& [key, value] : *options)
        found.push_back("logging.options." + std::string{key});
  }
  if (const auto* ulimits = find_object(service, "ulimits"))
    for (const auto& [key, value] : *ulimits) found.push_back("ulimits." + std::string{key});
  return join(found, ",");
}

}  // namespace

std::string hooks_text(const Object& service) {
  Object hooks;
  for (const auto* key : {"post_start", "pre_stop"})
    if (const auto* list = find_array(service, key); list != nullptr && !list->empty())
      hooks[key] = *list;
  return hooks.empty() ? std::string{} : boost::json::serialize(hooks);
}

Object labels(const Service& service, const BodyContext& context,
              const std::vector<FileToPut>& files) {
  const auto& canonical = service.canonical.reveal();
  Object out;
  if (const auto* own = find_object(canonical, "labels"))
    for (const auto& [key, value] : *own) out[key] = text(value);
  const std::string compose = "com.docker.compose.";
  out[compose + "config-hash"] = context.config_hash;
  out[compose + "container-number"] = std::to_string(context.number);
  out[compose + "depends_on"] = dependencies(canonical);
  out[compose + "image"] = context.image_id;
  out[compose + "oneoff"] = context.one_off ? "True" : "False";
  out[compose + "project"] = context.project.name;
  out[compose + "project.config_files"] = join(context.project.config_files, ",");
  if (!context.project.env_files.empty())
    out[compose + "project.environment_file"] = join(context.project.env_files, ",");
  out[compose + "project.working_dir"] = context.project.working_dir;
  out[compose + "service"] = service.name;
  out[compose + "version"] = context.tool;
  if (!files.empty()) out["landfast.files"] = content_digest(files);
  out["landfast.declared"] = declared(canonical);
  if (auto hooks = hooks_text(canonical); !hooks.empty()) out[label::hooks] = hooks;
  for (const auto& [key, value] : context.extra_labels) out[key] = value;
  return out;
}

}  // namespace landfast::body
