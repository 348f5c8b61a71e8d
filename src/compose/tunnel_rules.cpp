// SPDX-License-Identifier: Apache-2.0
#include "compose/tunnel_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "base/text.h"

namespace landfast::compose {
namespace {

constexpr const char* key = "x-landfast.tunnel";
constexpr std::int64_t cloudflare_body = 100'000'000;  // of a request, on the free and pro plans

const Service* find_service(const Project& project, const std::string& name) {
  for (const auto* services : {&project.services, &project.disabled})
    if (const auto it = services->find(name); it != services->end()) return &it->second;
  return nullptr;
}

std::vector<std::string> words(const Service& service) {
  std::vector<std::string> out;
  for (const auto* part : {"entrypoint", "command"}) {
    const auto* list = service.canonical.reveal().if_contains(part);
    if (list == nullptr || !list->is_array()) continue;
    for (const auto& word : list->as_array())
      if (word.is_string()) out.emplace_back(word.as_string());
  }
  return out;
}

/// The value of an option, written `--name VALUE` or `--name=VALUE`; nullopt where it is not there.
std::optional<std::string> option(const std::vector<std::string>& words, const std::string& name) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with(name + "=")) return words[i].substr(name.size() + 1);
    if (words[i] == name) return i + 1 < words.size() ? words[i + 1] : std::string();
  }
  return std::nullopt;
}

std::string variable(const Service& service, const std::string& name) {
  const auto it = service.environment.find(name);
  if (it == service.environment.end() || !it->second) return {};
  return std::string(it->second->reveal());
}

Error refusal(const Mark& mark, std::string path, std::string text, std::string hint) {
  Error e;
  e.code = Code::invalid;
  e.text = std::move(text);
  e.path = std::move(path);
  e.mark = mark;
  e.hint = std::move(hint);
  return e;
}

void refuse_unknown(const Project& project, Findings& findings) {
  const auto& tunnel = *project.landfast.tunnel;
  std::vector<std::string> names;
  for (const auto* services : {&project.services, &project.disabled})
    for (const auto& [name, service] : *services) names.push_back(name);
  const auto near = nearest(tunnel.service, names);
  findings.error(
      refusal(tunnel.mark, fmt::format("{}.service", key),
              fmt::format("the compose file has no service {}", in_quotes(tunnel.service)),
              near ? fmt::format("did you mean `{}`?", *near) : ""));
}

/// Every user of the host reads a command, and the engine shows it to whoever may ask.
void refuse_secret_in_command(const Tunnel& tunnel, const Service& service, Findings& findings) {
  const bool is_cloudflared = tunnel.kind == TunnelKind::cloudflared;
  const auto said = words(service);
  for (const std::string name : {"--token", "--auth-key", "--authkey"}) {
    if ((name == "--token") != is_cloudflared || !option(said, name)) continue;
    findings.error(refusal(
        service.mark, fmt::format("services.{}.command", service.name),
        fmt::format("the command of {} holds the key of the tunnel ({}), where every process of "
                    "this host reads it",
                    service.name, name),
        is_cloudflared ? "leave --token out and set environment: TUNNEL_TOKEN, or say --token-file "
                         "with the path of a secret"
                       : fmt::format("leave {} out and set environment: TS_AUTHKEY, or "
                                     "TS_AUTHKEY: file:PATH with the path of a secret",
                                     name)));
  }
}

void warn(Project& project, const Mark& mark, std::string path, std::string text) {
  project.warnings.push_back({std::move(text), mark, std::move(path)});
}

bool share_a_network(const Service& one, const Service& other) {
  return std::ranges::any_of(one.networks, [&](const auto& n) {
    return std::ranges::find(other.networks, n) != other.networks.end();
  });
}

void warn_of_limits(Project& project, const Service& service) {
  for (const auto& route : service.landfast.routes)
    if (route.body && *route.body > cloudflare_body)
      warn(project, route.mark, fmt::format("services.{}.x-landfast.route.body", service.name),
           fmt::format("services.{}.x-landfast.route: body is {}, and Cloudflare refuses requests "
                       "above 100 MB on its free and pro plans (413): larger ones have to come "
                       "another way, or in parts",
                       service.name, human_bytes(static_cast<std::uint64_t>(*route.body))));
}

void warn_of_detours(Project& project, const Service& tunnel, const Service& service) {
  if (!service.container_name.empty() && share_a_network(tunnel, service))
    warn(project, service.mark, fmt::format("services.{}.container_name", service.name),
         fmt::format("services.{}.container_name: as {} the tunnel reaches it around the edge; let "
                     "its rules name http://{} and its port",
                     service.name, service.container_name, service.name));
}

/// A client of Cloudflare that nobody declared asks the routed services themselves.
void warn_of_undeclared(Project& project) {
  for (const auto& [name, service] : project.services) {
    if (service.image.find("cloudflare/cloudflared") == std::string::npos) continue;
    for (const auto& [routed, other] : project.services)
      if (!other.landfast.routes.empty() && share_a_network(service, other)) {
        warn(project, service.mark, "services." + name,
             fmt::format("services.{}: it reaches {} around the edge, and both generations of it "
                         "during a deploy; x-landfast: {{tunnel: {{kind: cloudflared, service: "
                         "{}}}}} lets the edge stand between them",
                         name, routed, name));
        return;
      }
  }
}

VerifyCheck check_at(const Tunnel& tunnel) {
  VerifyCheck check;
  check.in = tunnel.service;
  check.mark = tunnel.mark;
  return check;
}

void gate_cloudflared(Project& project, const Service& service) {
  if (service.has_healthcheck && !service.healthcheck.disabled) return;
  const auto port = metrics_port(service);
  if (port == 0)
    return warn(project, project.landfast.tunnel->mark, key,
                fmt::format("x-landfast.tunnel: a deploy cannot ask whether {} is connected; set "
                            "environment: TUNNEL_METRICS: 0.0.0.0:2000 on it, and /ready there "
                            "becomes a gate",
                            service.name));
  auto check = check_at(*project.landfast.tunnel);
  check.target = fmt::format("http://{}:{}/ready", service.name, port);
  project.landfast.verify.push_back(std::move(check));
}

void gate_tailscale(Project& project, const Service& service) {
  auto check = check_at(*project.landfast.tunnel);
  check.kind = CheckKind::run;
  check.command = {"tailscale"};
  if (const auto socket = variable(service, "TS_SOCKET"); !socket.empty())
    check.command.push_back("--socket=" + socket);
  for (const auto* word : {"status", "--json", "--peers=false"}) check.command.emplace_back(word);
  check.json = boost::json::object{{"BackendState", "Running"}};
  project.landfast.verify.push_back(std::move(check));
}

}  // namespace

std::uint16_t metrics_port(const Service& service) {
  auto address = option(words(service), "--metrics").value_or(variable(service, "TUNNEL_METRICS"));
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return 0;
  const auto host = address.substr(0, colon);
  if (host == "localhost" || host.starts_with("127.") || host == "[::1]") return 0;
  std::uint16_t port = 0;
  const auto* end = address.data() + address.size();
  const auto [read, error] = std::from_chars(address.data() + colon + 1, end, port);
  return error == std::errc{} && read == end ? port : std::uint16_t{0};
}

void apply_tunnel(Project& project, Findings& findings) {
  if (!project.landfast.tunnel) return warn_of_undeclared(project);
  const auto& tunnel = *project.landfast.tunnel;
  if (tunnel.service.empty()) return;
  const auto* named = find_service(project, tunnel.service);
  if (named == nullptr) return refuse_unknown(project, findings);
  refuse_secret_in_command(tunnel, *named, findings);
  const auto it = project.services.find(tunnel.service);
  if (it == project.services.end()) return;
  const bool is_cloudflared = tunnel.kind == TunnelKind::cloudflared;
  for (const auto& [name, service] : project.services) {
    if (service.landfast.routes.empty()) continue;
    if (is_cloudflared) warn_of_limits(project, service);
    warn_of_detours(project, it->second, service);
  }
  if (is_cloudflared)
    gate_cloudflared(project, it->second);
  else
    gate_tailscale(project, it->second);
}

}  // namespace landfast::compose
