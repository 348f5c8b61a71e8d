// SPDX-License-Identifier: Apache-2.0
#include "model/driven_nginx.h"

namespace landfast {

std::string nginx_edge(const std::string& stack) { return stack + "-landfast-nginx"; }

bool is_nginx_edge(std::string_view edge) { return edge.ends_with("-landfast-nginx"); }

DrivenNginx driven_nginx(const RouteTable& table) {
  if (!is_nginx_edge(table.edge) || table.settings.empty()) return {};
  return table.settings.begin()->second.nginx;
}

}  // namespace landfast
