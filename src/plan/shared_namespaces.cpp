// SPDX-License-Identifier: Apache-2.0
#include "plan/shared_namespaces.h"

#include <array>
#include <string_view>
#include <utility>

namespace landfast {

std::map<std::string, std::string> joined_namespaces(const Container& container) {
  constexpr std::string_view prefix = "container:";
  constexpr std::array<std::pair<const char*, const char*>, 3> modes{
      {{"NetworkMode", "net"}, {"IpcMode", "ipc"}, {"PidMode", "pid"}}};
  std::map<std::string, std::string> joined;
  for (const auto& [key, kind] : modes) {
    const auto* mode = container.host_config.if_contains(key);
    if (mode == nullptr || !mode->is_string()) continue;
    const std::string_view text = mode->as_string();
    if (text.starts_with(prefix)) joined.emplace(kind, text.substr(prefix.size()));
  }
  return joined;
}

}  // namespace landfast
