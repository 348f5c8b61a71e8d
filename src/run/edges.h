// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "run/session.h"

namespace landfast {

// The steps that move traffic (plan/edge_steps.h) and their inverses. Each may be repeated. In an
// undo, and behind a commit, an edge that does not answer stops nothing: its files say what is true
// when it starts again.

/// Others may change the same edge meanwhile: how long and how often a change is tried again.
inline constexpr std::chrono::seconds conflict_limit{30};
inline constexpr std::chrono::milliseconds conflict_pause{20};

/// What an undo must know of a step at an edge before it runs; empty for any other step.
[[nodiscard]] Task<Result<boost::json::object>> edge_facts_before(Session& session,
                                                                  const Step& step);

[[nodiscard]] Task<Result<std::string>> create_edge_network(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> apply_routes(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> make_edge(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> join_edge(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> leave_edge(Session& session, const Step& step);

/// From a container of the service's image that is made for it, never started, and removed.
[[nodiscard]] Task<Result<std::string>> add_site(Session& session, const Step& step);
/// The slot serves what `add_site` has added; copied again where it was removed meanwhile.
[[nodiscard]] Task<Status> point_at_site(Session& session, const Step& step, SlotName slot);
[[nodiscard]] Task<Result<std::string>> hold_slot(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> point_slot(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> probe_slot(Session& session, const Step& step);
[[nodiscard]] Task<Result<std::string>> switch_slot(Session& session, const Step& step);
/// Ends at the limit too, and says how many requests are left.
[[nodiscard]] Task<Result<std::string>> drain_slot(Session& session, const Step& step);

/// The container of this name or id; nullopt where there is none.
[[nodiscard]] Task<Result<std::optional<Container>>> container_of(Engine& engine, std::string name);

/// `make_edge` of the user's nginx, whose container is not ours to make: it joins the networks of
/// the services, or leaves them where it serves nothing of the stack any more.
[[nodiscard]] Task<Result<std::string>> make_nginx_edge(Session& session, const Step& step);

/// Attaches an edge's container to the networks of the stacks that it serves and of the proxies
/// before it, where it is not yet; takes it from those of proxies that are no more.
[[nodiscard]] Task<Status> connect_served(Engine& engine, std::string id, const RouteTable& table);

/// For tunnels: an edge's container answers to the names of its table, and to no others. Networks
/// where one of its services does not serve yet are left as they are: the old ones answer there.
[[nodiscard]] Task<Status> take_names(Engine& engine, std::string id, const EdgeFacts& facts);

/// The edges that serve the stack, or that the project needs; `everything`: all containers of the
/// engine.
[[nodiscard]] Task<Status> observe_edges(const Ports& ports, std::string stack,
                                         const Project* project,
                                         const std::vector<Container>& everything, World& world);

}  // namespace landfast
