// SPDX-License-Identifier: Apache-2.0
#include "plan/stack_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "base/digest.h"
#include "base/text.h"
#include "model/driven_nginx.h"
#include "model/route_rules.h"
#include "plan/decide.h"
#include "plan/edge_names.h"
#include "plan/tunnel.h"

namespace landfast {
namespace {

std::uint16_t number(std::string_view text) {
  std::uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

/// Ports of the container that somebody may reach: of the file, else of the image; TCP only.
std::set<std::uint16_t> exposed(const Service& service,
                                const std::map<std::string, Image>& images) {
  std::set<std::uint16_t> ports;
  const auto add = [&](std::string_view text) {
    const auto slash = text.find('/');
    if (slash != text.npos && text.substr(slash + 1) != "tcp") return;
    if (text.substr(0, slash).find('-') != text.npos) return;  // a range is no choice
    if (const auto port = number(text.substr(0, slash)); port != 0) ports.insert(port);
  };
  for (const auto& text : service.expose) add(text);
  for (const auto& port : service.ports)
    if (port.protocol == "tcp") ports.insert(port.target);
  const auto image = images.find(service.image);
  if (!ports.empty() || image == images.end()) return ports;
  if (const auto* listed = image->second.config.if_contains("ExposedPorts");
      listed != nullptr && listed->is_object())
    for (const auto& entry : listed->as_object()) add(entry.key());
  return ports;
}

/// Whether two routes treat a request alike, wherever they are found.
bool same_options(const Route& a, const Route& b) {
  const auto options = [](const Route& r) {
    return std::tie(r.strip, r.static_dir, r.spa, r.body, r.headers, r.allow, r.timeout,
                    r.compress);
  };
  const auto same_user = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.reveal() == y.second.reveal();
  };
  return options(a) == options(b) && std::ranges::equal(a.auth, b.auth, same_user);
}

/// Behind a tunnel any host is served on a port, unless only the host tells two routes apart.
bool needs_hosts(const RouteTable& table, const EdgeRoute& route) {
  return std::ranges::any_of(table.routes, [&](const EdgeRoute& r) {
    if (!r.tunnel || r.route.port != route.route.port) return false;
    return r.target != route.target ||
           (r.route.path == route.route.path && !same_options(r.route, route.route));
  });
}

void settle_tunnel_hosts(RouteTable& table) {
  std::vector<EdgeRoute> settled;
  const auto tell_apart = table;
  for (auto& r : table.routes) {
    if (r.tunnel && !needs_hosts(tell_apart, r)) r.route.host.clear();
    const auto same = std::ranges::find_if(settled, [&](const EdgeRoute& s) {
      return s.tunnel && r.tunnel && s.target == r.target && s.route.path == r.route.path &&
             s.route.host == r.route.host;
    });
    if (same == settled.end()) {
      settled.push_back(std::move(r));
    } else if (const auto& name = r.tunnel->name; !name.empty() && name != same->tunnel->name) {
      same->tunnel->name += same->tunnel->name.empty() ? name : ", " + name;
    }
  }
  table.routes = std::move(settled);
}

/// The edge listens once on a port: what is published there and what a tunnel asks for must lead to
/// the same service. The two routes that do not; nullptrs where there are none.
std::pair<const EdgeRoute*, const EdgeRoute*> published_for_another(const RouteTable& table) {
  for (const auto& a : table.routes)
    for (const auto& b : table.routes)
      if (a.tunnel && !b.tunnel && b.route.published == a.route.port && a.target != b.target)
        return {&a, &b};
  return {nullptr, nullptr};
}

/// Absolute and plain, and not the whole image.
bool is_folder(const std::string& path) {
  const auto whole = path + "/";
  return path.starts_with('/') && path.size() > 1 && whole.find("//") == whole.npos &&
         whole.find("/./") == whole.npos && whole.find("/../") == whole.npos;
}

class Reader {
 public:
  Reader(const Project& project, const std::map<std::string, Image>& images)
      : project_(project), images_(images) {}

  Result<std::map<std::string, RouteTable>> run() {
    for (const auto& [name, service] : project_.services)
      for (const auto& route : service.landfast.routes) read(service, route);
    check_nginx();
    check_tunnel();
    for (auto& [edge, table] : tables_) {
      settle_tunnel_hosts(table);
      check_published(table);
      if (auto status = check_clashes(table); !status) errors_.push_back(std::move(status).error());
      table = with_stack(table, project_.name, table);
    }
    if (errors_.empty()) return std::move(tables_);
    auto first = std::move(errors_.front());
    first.more.assign(std::make_move_iterator(errors_.begin() + 1),
                      std::make_move_iterator(errors_.end()));
    return fail(std::move(first));
  }

 private:
  void read(const Service& service, const Route& route) {
    if (!can_be_reached(service, route)) return;
    const bool is_site = !route.static_dir.empty();
    const auto port = is_site ? std::uint16_t{0} : port_of(service, route);
    if (port == 0 && !is_site) return;
    auto names = names_behind_edge(project_, service);
    if (!names.empty()) add_behind_tunnel(service, route, port, std::move(names));
    if (route.host.empty() || serves_hosts(project_))
      add(edge_of(route), service, route, port);
    else if (tunnel_service(project_) != nullptr && names_behind_edge(project_, service).empty())
      refuse(service, route,
             fmt::format("{}, which runs the tunnel, is in none of its networks",
                         project_.landfast.tunnel->service),
             "put both into one network, or say edge: own beside the tunnel");
  }

  void add_behind_tunnel(const Service& service, const Route& route, std::uint16_t port,
                         std::map<std::string, std::vector<std::string>> names) {
    const auto& tunnel = *project_.landfast.tunnel;
    auto& r = add(own_edge(project_.name), service, route, port);
    r.route.published = 0;
    r.tls = {TlsKind::off, "", ""};
    r.host_ip.clear();
    r.tunnel = BehindTunnel{
        tunnel.kind, route.host.empty() ? tunnel.name : route.host, std::move(names), {}};
  }

  void check_published(const RouteTable& table) {
    const auto [behind, published] = published_for_another(table);
    if (behind == nullptr) return;
    const auto& service = table.target(behind->target)->service;
    refuse(
        project_.services.at(table.target(published->target)->service), published->route,
        fmt::format("behind the tunnel the edge listens on {} for {}", behind->route.port, service),
        fmt::format("publish another port, or let {} listen on another one", service));
  }

  /// One that reaches no routed service is a mistake: its client would go around the edge.
  void check_tunnel() {
    const auto* tunnel = tunnel_service(project_);
    if (tunnel == nullptr || tunnel_is_on_host(project_) || !errors_.empty()) return;
    const auto meets = [&](const auto& entry) {
      return !names_behind_edge(project_, entry.second).empty();
    };
    const bool routed = std::ranges::any_of(
        project_.services, [](const auto& entry) { return !entry.second.landfast.routes.empty(); });
    if (!routed || std::ranges::any_of(project_.services, meets)) return;
    Error e;
    e.code = Code::invalid;
    e.text = fmt::format("the tunnel of {} shares no network with a service that has a route",
                         tunnel->name);
    e.mark = project_.landfast.tunnel->mark;
    e.path = "x-landfast.tunnel";
    e.hint = "put it and the routed service into one network";
    errors_.push_back(std::move(e));
  }

  EdgeRoute& add(const std::string& edge, const Service& service, const Route& route,
                 std::uint16_t port) {
    auto& table = tables_[edge];
    table.edge = edge;
    const auto& stack = project_.landfast;
    table.settings[project_.name] = {edge_mode(project_), stack.acme, stack.trusted_proxies,
                                     edge == shared_edge ? stack.edge_behind : "",
                                     is_nginx_edge(edge) ? stack.edge_nginx : DrivenNginx{}};
    EdgeTarget target{target_id(project_.name, service.name, port), project_.name, service.name,
                      port, port == 0 ? 1 : std::max(1, service.replicas)};
    EdgeRoute r;
    r.target = target.id;
    r.route = route;
    r.route.port = port;
    r.tls = service.landfast.tls;
    r.hold = service.landfast.hold.value_or(default_hold);
    for (const auto& p : service.ports)
      if (is_taken_over(service, p.published, p.protocol) && number(p.published) == route.published)
        r.host_ip = p.host_ip;
    if (table.target(target.id) == nullptr) table.targets.push_back(std::move(target));
    return table.routes.emplace_back(std::move(r));
  }

  [[nodiscard]] std::string edge_of(const Route& route) const {
    if (route.host.empty()) return own_edge(project_.name);
    return project_.landfast.edge == EdgeMode::nginx ? nginx_edge(project_.name) : shared_edge;
  }

  void check_nginx() {
    const auto it = tables_.find(nginx_edge(project_.name));
    if (it == tables_.end()) return;
    const auto& stack = project_.landfast;
    const auto nginx = driven_nginx(it->second);
    if (nginx.container.empty() || nginx.folder.empty())
      return refuse_nginx("edge: nginx does not say which nginx is meant, and where its files go",
                          "write edge: {nginx: CONTAINER, folder: FOLDER}, or better edge: behind, "
                          "which loses no request: landfast export nginx prints the block for it");
    if (stack.tunnel)
      return refuse_nginx("edge: {nginx: …} and a tunnel do not go together",
                          "drop one of the two: a tunnel leads to Landfast's own edge");
    if (!stack.trusted_proxies.empty())
      return refuse_nginx("edge: {nginx: …} and trusted_proxies do not go together",
                          "your nginx decides whom it believes: set_real_ip_from");
    if (auto status = check_nginx_routes(it->second); !status)
      errors_.push_back(std::move(status).error());
  }

  void refuse_nginx(std::string text, std::string hint) {
    Error e;
    e.code = Code::invalid;
    e.text = std::move(text);
    e.mark = project_.landfast.edge_mark;
    e.path = "x-landfast.edge";
    e.hint = std::move(hint);
    errors_.push_back(std::move(e));
  }

  bool can_be_reached(const Service& service, const Route& route) {
    if (!route.static_dir.empty() && !can_be_served(service, route)) return false;
    if (is_one_shot(project_, service))
      return refuse(service, route, "a one-shot service cannot be served", "drop its route");
    if (service.network_mode.empty()) return true;
    const bool shares = service.network_mode.find(':') != std::string::npos;
    return refuse(service, route,
                  fmt::format("no edge can reach it: its network_mode is {}", service.network_mode),
                  shares ? "route the service whose network it shares, with its port"
                         : "give it a network of the file, or drop its route");
  }

  /// A service has one target for files, so that a folder of another name is a switch too.
  bool can_be_served(const Service& service, const Route& route) {
    if (!is_folder(route.static_dir))
      return refuse(service, route,
                    fmt::format("{} is no folder of its image", in_quotes(route.static_dir)),
                    "name it by its whole path: static: /srv/app");
    if (tunnel_service(project_) != nullptr || tunnel_is_on_host(project_))
      return refuse(service, route, "no files are served behind a tunnel in this version",
                    "serve them by a container");
    for (const auto& r : service.landfast.routes)
      if (!r.static_dir.empty() && &r < &route && r.static_dir != route.static_dir)
        return refuse(service, route, fmt::format("another route of it serves {}", r.static_dir),
                      "one service serves one folder: name the folder above both, or route two "
                      "services");
    return true;
  }

  std::uint16_t port_of(const Service& service, const Route& route) {
    if (route.port != 0) return route.port;
    for (const auto& p : service.ports)
      if (route.published != 0 && number(p.published) == route.published && p.protocol == "tcp")
        return p.target;
    const auto ports = exposed(service, images_);
    if (ports.size() == 1) return *ports.begin();
    std::string which = "it exposes no port";
    if (!ports.empty()) which = fmt::format("it exposes {}", fmt::join(ports, ", "));
    const auto host = route.host.empty() ? fmt::format("\":{}\"", route.published) : route.host;
    refuse(service, route, "which port the edge asks is not known: " + which,
           fmt::format("say it: route: {{ host: {}, port: {} }}", host,
                       ports.empty() ? 3000 : *ports.begin()));
    return 0;
  }

  bool refuse(const Service& service, const Route& route, const std::string& why,
              std::string hint) {
    Error e;
    e.code = Code::invalid;
    e.text = fmt::format("the route {} of {}: {}", served_name(route), service.name, why);
    e.mark = route.mark;
    e.path = fmt::format("services.{}.x-landfast.route", service.name);
    e.hint = std::move(hint);
    errors_.push_back(std::move(e));
    return false;
  }

  const Project& project_;
  const std::map<std::string, Image>& images_;
  std::map<std::string, RouteTable> tables_;
  std::vector<Error> errors_;
};

}  // namespace

std::string site_name(const std::string& image_id, const std::string& folder) {
  return sha256_hex(image_id + "\n" + folder);
}

std::string served_name(const Route& route) {
  const auto path = route.path == "/" ? std::string() : route.path;
  return route.host.empty() ? fmt::format(":{}{}", route.published, path) : route.host + path;
}

std::string served_name(const EdgeRoute& r) {
  if (!r.tunnel) return served_name(r.route);
  auto text =
      fmt::format(":{}{} behind the tunnel", r.route.port, r.route.path == "/" ? "" : r.route.path);
  return r.route.host.empty() ? text : fmt::format("{} for {}", text, r.route.host);
}

Result<std::map<std::string, RouteTable>> stack_routes(const Project& project,
                                                       const std::map<std::string, Image>& images) {
  return Reader(project, images).run();
}

RouteTable part_of(const RouteTable& table, const std::string& stack) {
  RouteTable nothing;
  nothing.edge = table.edge;
  return with_stack(nothing, stack, table);
}

RouteTable with_stale(const RouteTable& table, const std::string& stack, const RouteTable& part) {
  auto both = part;
  for (const auto& old : table.targets)
    if (old.stack == stack && part.target(old.id) == nullptr) both.targets.push_back(old);
  for (const auto& old : table.routes) {
    const auto* target = table.target(old.target);
    const bool taken = std::ranges::any_of(
        part.routes, [&](const auto& r) { return served_name(r) == served_name(old); });
    if (target == nullptr || target->stack != stack || taken) continue;
    // Behind a tunnel the edge answers to the name until the new containers do it themselves.
    if (part.target(old.target) == nullptr || old.tunnel) both.routes.push_back(old);
  }
  return with_stack(table, stack, both);
}

}  // namespace landfast
