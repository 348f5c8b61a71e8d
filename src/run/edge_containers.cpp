// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "model/driven_nginx.h"
#include "plan/edge_body.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "run/edge_upgrade.h"
#include "run/edges.h"
#include "run/network_removal.h"

namespace landfast {
namespace {

using Outcome = Result<std::string>;
namespace json = boost::json;

constexpr std::chrono::seconds start_limit{30};
constexpr std::chrono::milliseconds start_pause{20};

bool has_network(const std::vector<NetworkState>& networks, const std::string& name) {
  return std::ranges::any_of(networks, [&](const auto& n) { return n.name == name; });
}

bool has_body(const Container& c, const json::object& body) {
  const auto& wanted = body.at("Labels").as_object().at(label::content).as_string();
  return c.label(label::content) == std::string_view(wanted);
}

/// One of its networks was removed while it did not run: the engine would refuse to start it.
bool has_lost_network(const Container& c, const std::vector<NetworkState>& networks) {
  return !runs(c) && std::ranges::any_of(c.networks, [&](const auto& entry) {
    const auto* endpoint = entry.value().if_object();
    const auto* id = endpoint == nullptr ? nullptr : endpoint->if_contains("NetworkID");
    if (id == nullptr || !id->is_string() || id->as_string().empty()) return false;
    return std::ranges::none_of(networks, [&](const auto& n) { return n.id == id->as_string(); });
  });
}

/// An edge that serves nothing any more: its container, files and network go, certificates stay.
Task<Outcome> remove_edge(Session& session, const Step& step) {
  const auto edge = step.name;
  auto& engine = session.ports.engine;
  CO_TRY(const auto container, co_await container_of(engine, edge));
  if (container) CO_TRY_VOID(co_await engine.remove_container(container->id, true, false));
  CO_TRY(const auto networks, co_await engine.networks());
  for (const auto& n : networks)
    if (n.name == edge && n.labels.contains(label::edge))
      CO_TRY_VOID(co_await remove_network(session, step, n.id));
  CO_TRY_VOID(co_await session.ports.edge.forget(edge));
  co_return "removed: it serves nothing any more";
}

/// The container of this body: the one that is there, or a new one in its place.
Task<Result<std::string>> container_with(Session& session, const std::string& edge,
                                         const json::object& body) {
  auto& engine = session.ports.engine;
  CO_TRY(const auto networks, co_await engine.networks());
  if (!has_network(networks, edge)) {
    auto network = publishing_network_body(edge);
    CO_TRY_VOID(co_await engine.create_network(std::move(network)));
  }
  CO_TRY(const auto there, co_await container_of(engine, edge));
  if (there && has_body(*there, body) && !has_lost_network(*there, networks)) co_return there->id;
  auto request = body;
  if (there) {  // what it runs stays: another image is a matter of `edge upgrade`
    request["Image"] = there->image_id;
    CO_TRY_VOID(co_await engine.remove_container(there->id, true, false));
  }
  auto made = co_await engine.create_container(edge, std::move(request), "");
  if (made) co_return *made;
  co_return fail(wrap(std::move(made).error(), fmt::format("the edge {} cannot be created", edge)));
}

/// Whether no name in the network leads to something that answers nobody.
bool all_serve(const EdgeFacts& facts, const std::string& network) {
  return std::ranges::all_of(facts.table.routes, [&](const EdgeRoute& r) {
    if (!r.tunnel || !r.tunnel->names.contains(network)) return true;
    const auto slot = facts.slots.find(r.target);
    return slot != facts.slots.end() && slot->second.word != SlotWord::down;
  });
}

/// Until the process answers with the recorded table.
Task<Status> await_edge(Session& session, const Step& step) {
  const auto begin = session.ports.clock.now();
  for (;;) {
    CO_TRY(const auto facts, co_await session.ports.edge.facts(step.name));
    if (facts.running && facts.revision == facts.recorded) co_return Status{};
    if (facts.running) {  // it started before the table was recorded
      auto table = facts.table;
      CO_TRY_VOID(co_await session.ports.edge.apply(std::move(table), facts.recorded));
    }
    if (session.ports.clock.now() - begin >= start_limit) break;
    if (session.halt != nullptr && session.halt->is_set())
      co_return fail(Code::cancelled, "interrupted");
    co_await session.ports.clock.sleep(start_pause);
  }
  co_return fail(Code::unavailable, fmt::format("the edge {} does not answer", step.name),
                 fmt::format("docker logs {}", step.name));
}

}  // namespace

Task<Result<std::optional<Container>>> container_of(Engine& engine, std::string edge) {
  auto found = co_await engine.container(std::move(edge));
  if (found) co_return std::optional(std::move(*found));
  if (found.error().code == Code::not_found) co_return std::optional<Container>{};
  co_return fail(std::move(found).error());
}

Task<Status> connect_served(Engine& engine, std::string id, const RouteTable& table) {
  CO_TRY(const auto networks, co_await engine.networks());
  CO_TRY(const auto now, co_await engine.container(id));
  for (auto& name : former_proxy_networks(now, table))
    CO_TRY_VOID(co_await engine.disconnect_network(std::move(name), id, false));
  for (auto& name : proxy_networks(table)) {
    if (now.networks.contains(name) || !has_network(networks, name)) continue;
    auto endpoint = proxy_endpoint();
    CO_TRY_VOID(co_await engine.connect_network(std::move(name), id, std::move(endpoint)));
  }
  for (auto& name : served_networks(table)) {
    if (now.networks.contains(name) || !has_network(networks, name)) continue;
    json::object endpoint;
    CO_TRY_VOID(co_await engine.connect_network(std::move(name), id, std::move(endpoint)));
  }
  co_return Status{};
}

Task<Outcome> create_edge_network(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  CO_TRY(const auto known, co_await engine.networks());
  for (const auto& n : known)  // the engine allows equal names
    if (n.name == step.name) co_return n.id;
  auto body = edge_network_body(session.plan.stack, session.plan.deployment);
  co_return co_await engine.create_network(std::move(body));
}

Task<Status> take_names(Engine& engine, std::string id, const EdgeFacts& facts) {
  CO_TRY(const auto container, co_await engine.container(id));
  const auto now = names_taken(container, facts.table.edge);
  const auto wanted = facts.table.taken_names();
  for (const auto& [network, names] : now) {
    const auto it = wanted.find(network);
    if (it != wanted.end() && (it->second == names || !all_serve(facts, network))) continue;
    CO_TRY_VOID(co_await engine.disconnect_network(network, id, false));
  }
  CO_TRY(const auto networks, co_await engine.networks());
  for (const auto& [network, names] : wanted) {
    const auto it = now.find(network);
    if ((it != now.end() && it->second == names) || !has_network(networks, network)) continue;
    if (!all_serve(facts, network)) continue;                     // a later step comes back to it
    if (it == now.end() && container.networks.contains(network))  // without the names
      CO_TRY_VOID(co_await engine.disconnect_network(network, id, false));
    auto endpoint = names_endpoint(names);
    CO_TRY_VOID(co_await engine.connect_network(network, id, std::move(endpoint)));
  }
  co_return Status{};
}

Task<Outcome> make_edge(Session& session, const Step& step) {
  if (is_nginx_edge(step.name)) co_return co_await make_nginx_edge(session, step);
  CO_TRY_VOID(co_await settle_edge_upgrade(session.ports, step.name));
  CO_TRY(const auto facts, co_await session.ports.edge.facts(step.name));
  if (facts.table.empty()) co_return co_await remove_edge(session, step);
  const auto body = edge_body(facts.table, facts.folder);
  CO_TRY(const auto id, co_await container_with(session, step.name, body));
  CO_TRY_VOID(co_await connect_served(session.ports.engine, id, facts.table));
  auto started = co_await session.ports.engine.start_container(id);
  if (!started)
    co_return fail(
        wrap(std::move(started).error(), fmt::format("the edge {} cannot be started", step.name)));
  CO_TRY_VOID(co_await take_names(session.ports.engine, id, facts));
  auto answers = co_await await_edge(session, step);
  if (!answers && step.state == DeploymentState::undoing) {
    session.emit(EventKind::notice, &step, answers.error().text);
    co_return "does not answer";
  }
  CO_TRY_VOID(std::move(answers));
  co_return "it answers";
}

Task<Outcome> join_edge(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  CO_TRY(const auto now, co_await engine.container(step.container_id));
  if (now.networks.contains(step.name)) co_return "it is there";
  auto endpoint = edge_endpoint(step.key);
  CO_TRY_VOID(co_await engine.connect_network(step.name, now.id, std::move(endpoint)));
  co_return step.key;
}

Task<Outcome> leave_edge(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  auto found = co_await engine.container(step.container_id);
  if (!found && found.error().code == Code::not_found) co_return "it is gone";
  CO_TRY(const auto now, std::move(found));
  if (!now.networks.contains(step.name)) co_return "it is not there";
  CO_TRY_VOID(co_await engine.disconnect_network(step.name, now.id, false));
  co_return "left";
}

}  // namespace landfast
