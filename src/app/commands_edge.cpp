// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/call.h"
#include "app/certificate_reload.h"
#include "app/edge_image.h"
#include "app/edge_text.h"
#include "app/edge_upgrade.h"
#include "app/stack.h"
#include "base/text.h"
#include "edge/edge_files.h"
#include "edge/proxy_block.h"
#include "model/driven_nginx.h"
#include "plan/edge_body.h"
#include "plan/names.h"

namespace landfast {
namespace {

/// The edges that have a container, the shared one, and those that are nginx.
Task<Result<std::set<std::string>>> edge_names(Engine& engine, const std::string& state_dir) {
  ContainerFilter everything;
  everything.brief = true;
  CO_TRY(const auto containers, co_await engine.containers(std::move(everything)));
  std::set<std::string> names{shared_edge};
  for (const auto& c : containers)
    if (const auto name = c.label(label::edge); !name.empty()) names.insert(name);
  for (const auto& name : edges_in(state_dir))
    if (is_nginx_edge(name)) names.insert(name);
  co_return names;
}

Task<Done> count_requests(Edge& edge, const std::string& name, std::vector<ServedRoute>& routes) {
  for (auto& r : routes) {
    const auto slot = serving_slot(r.slot.word);
    if (!slot) continue;
    const auto count = co_await edge.in_flight(name, r.target.id, *slot);
    if (count) r.in_flight = *count;
  }
  co_return Done{};
}

/// What serves the stack that the call means; every stack where it means none.
Task<Result<std::vector<EdgeListing>>> listings(Call call) {
  CO_TRY(const auto stack, co_await find_stack_name(call));
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(auto* edge, call.wiring.edge());
  CO_TRY(const auto folder, call.wiring.state_dir());
  CO_TRY(const auto names, co_await edge_names(*engine, folder));
  std::vector<EdgeListing> out;
  for (const auto& name : names) {
    CO_TRY(auto facts, co_await edge->facts(name));
    auto listing = edge_listing(std::move(facts), stack.value_or(""));
    if (listing.routes.empty()) continue;
    if (listing.facts.running) co_await count_requests(*edge, name, listing.routes);
    out.push_back(std::move(listing));
  }
  co_return out;
}

std::size_t width_of(const Call& call) {
  return call.around.output_is_terminal ? screen_size().columns - 1 : 0;
}

Ending explain_trust(Call call) {
  CO_TRY(const auto edges, co_await listings(call));
  for (const auto& edge : edges) {
    const auto pem = local_root(edge.facts);
    if (!pem) continue;
    CO_TRY(const auto root, certificate_facts(*pem));
    std::vector<std::string> hosts;
    for (const auto& c : edge.certificates)
      if (c.kind == TlsKind::internal || c.kind == TlsKind::self_signed) hosts.push_back(c.host);
    const auto path = local_root_path(edge.facts);
    call.output.json(boost::json::object{
        {"root", path}, {"fingerprint", root.fingerprint}, {"certificate", *pem}});
    call.output.say(trust_text(path, root, hosts));
    co_return ExitStatus::done;
  }
  co_return fail(Code::not_found, "no edge here signs certificates itself",
                 "tls: internal on a routed service begins it, at the next deploy");
}

std::vector<std::string> routed_hosts(const Project& project) {
  std::set<std::string> hosts;
  for (const auto& [name, service] : project.services)
    for (const auto& r : service.landfast.routes)
      if (!r.host.empty()) hosts.insert(r.host);
  return {hosts.begin(), hosts.end()};
}

Status take_certificate(const std::vector<std::string>& words, ProxyBlock& block) {
  if (words.size() < 3) return {};
  for (const auto& path : {words[1], words[2]})
    if (!is_plain_path(path))
      return fail(Code::invalid,
                  fmt::format("{} is no path that can stand in nginx's file", in_quotes(path)),
                  "write it as nginx sees it: absolute, of letters, digits and ._+@:=-");
  block.certificate = words[1];
  block.key = words[2];
  return {};
}

/// "web-1 172.18.0.2": those of a network that are no edge; what cannot be asked is left out.
Task<std::string> addresses_in(Call call, std::string network) {
  constexpr std::size_t most = 8;
  auto engine = call.wiring.engine();
  if (!engine) co_return "";
  ContainerFilter everything;
  everything.brief = true;
  const auto containers = co_await (*engine)->containers(std::move(everything));
  std::vector<std::string> found;
  for (const auto& c : containers ? *containers : std::vector<Container>{}) {
    const auto* endpoint = c.networks.if_contains(network);
    const auto* object = endpoint == nullptr ? nullptr : endpoint->if_object();
    const auto* ip = object == nullptr ? nullptr : object->if_contains("IPAddress");
    if (ip == nullptr || !ip->is_string() || ip->as_string().empty()) continue;
    if (c.label(label::edge).empty() && found.size() < most)
      found.push_back(fmt::format("{} {}", printable(c.name), std::string_view(ip->as_string())));
  }
  co_return join(found, ", ");
}

/// Whose word the edge could take, where the stack names nobody yet.
Task<std::string> trust_note(Call call, std::string network) {
  std::string note =
      "name your proxy's address in x-landfast: {trusted_proxies: [ADDRESS]}; without it the app "
      "sees the proxy as the client, and http";
  if (network.empty()) co_return note;
  const auto found = co_await addresses_in(call, network);
  if (!found.empty()) note += fmt::format(" (in {} are: {})", network, found);
  co_return note;
}

}  // namespace

Ending show_routes(Call call) {
  CO_TRY(const auto edges, co_await listings(call));
  call.output.json(routes_json(edges));
  call.output.say(routes_text(edges, width_of(call), call.output.style()));
  co_return ExitStatus::done;
}

Ending show_certificates(Call call) {
  const auto& words = call.arguments.words;
  if (!words.empty() && words.front() == "reload") co_return co_await reload_certificates(call);
  if (!words.empty()) co_return co_await explain_trust(call);
  CO_TRY(const auto edges, co_await listings(call));
  call.output.json(certificates_json(edges, now_utc()));
  call.output.say(certificates_text(edges, now_utc(), width_of(call), call.output.style()));
  co_return ExitStatus::done;
}

Ending edge_command(Call call) {
  auto words = call.arguments.words;
  if (words.front() == "upgrade") co_return co_await upgrade_edges(call);
  words.resize(2);
  const std::string reference = edge_image;
  const auto version = reference.substr(reference.rfind(':') + 1);
  CO_TRY(const auto source, co_await make_edge_image(call, words[1], reference, version));
  call.output.json(boost::json::object{{"image", reference}, {"from", source}});
  call.output.say(fmt::format("✓ {} is made of {}\n", reference, printable(source)));
  co_return ExitStatus::done;
}

Ending export_proxy(Call call) {
  CO_TRY(const auto target, co_await load_target(call));
  const auto& stack = target.project->landfast;
  ProxyBlock block{target.name, routed_hosts(*target.project), stack.edge_behind, "", ""};
  if (block.hosts.empty())
    co_return fail(Code::invalid, fmt::format("no service of {} has a route by host", target.name),
                   "write x-landfast: {route: HOST} on a service, and edge: behind on the stack");
  CO_TRY_VOID(take_certificate(call.arguments.words, block));
  const auto kind = proxy_kind(call.arguments.words.front()).value_or(ProxyKind::nginx);
  const auto text = proxy_block(kind, block);
  boost::json::array names;
  for (const auto& host : block.hosts) names.emplace_back(host);
  call.output.json(boost::json::object{{"proxy", call.arguments.words.front()},
                                       {"hosts", std::move(names)},
                                       {"address", edge_address(block)},
                                       {"block", text}});
  call.output.say(text);
  if (stack.edge == EdgeMode::own)
    call.output.note(
        "the edge takes ports 80 and 443 itself; with x-landfast: {edge: behind} it "
        "leaves them to your proxy");
  else if (stack.trusted_proxies.empty())
    call.output.note(co_await trust_note(call, block.network));
  co_return ExitStatus::done;
}

}  // namespace landfast
