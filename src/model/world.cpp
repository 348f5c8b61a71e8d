// SPDX-License-Identifier: Apache-2.0
#include "model/world.h"

#include <algorithm>

#include "base/text.h"

namespace landfast {

std::string bound_folder(const boost::json::object& listed) {
  const auto* options = listed.if_contains("Options");
  if (options == nullptr || !options->is_object()) return {};
  const auto text = [&](const char* key) {
    const auto* value = options->as_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
  };
  const auto flags = split(text("o"), ',');
  const bool binds = std::any_of(flags.begin(), flags.end(), [](const auto& flag) {
    return flag == "bind" || flag == "rbind";
  });
  const auto device = text("device");
  return binds && device.starts_with('/') ? device : std::string();
}

bool runs(const Container& container) {
  return container.status == ContainerStatus::running ||
         container.status == ContainerStatus::restarting;
}

bool has_processes(const Container& container) {
  return runs(container) || container.status == ContainerStatus::paused;
}

}  // namespace landfast
