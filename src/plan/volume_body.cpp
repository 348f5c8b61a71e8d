// SPDX-License-Identifier: Apache-2.0
#include "plan/volume_body.h"

#include "plan/create_body_parts.h"

namespace landfast {

using namespace body;

boost::json::object volume_body(const Project& project, const Volume& volume,
                                const std::string& config_hash, const std::string& tool) {
  Object labels;
  if (const auto* own = find_object(volume.canonical, "labels"))
    for (const auto& [key, value] : *own) labels[key] = text(value);
  labels["com.docker.compose.config-hash"] = config_hash;
  labels["com.docker.compose.project"] = project.name;
  labels["com.docker.compose.version"] = tool;
  labels["com.docker.compose.volume"] = volume.key;
  Object out{{"Name", volume.name}};
  put_text(out, "Driver", text(volume.canonical, "driver"));
  Object options;
  if (const auto* own = find_object(volume.canonical, "driver_opts"))
    for (const auto& [key, value] : *own) options[key] = text(value);
  if (!options.empty()) out["DriverOpts"] = std::move(options);
  out["Labels"] = std::move(labels);
  return out;
}

}  // namespace landfast
