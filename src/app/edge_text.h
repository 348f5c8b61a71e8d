// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/time_text.h"
#include "edge/certificates.h"
#include "model/route_table.h"
#include "model/world.h"
#include "watch/style.h"

namespace landfast {

/// What one address of an edge is served by, now.
struct ServedRoute {
  std::string url;  ///< "https://app.example.com/api", ":3000/"
  EdgeTarget target;
  SlotState slot;
  std::optional<std::int64_t> in_flight;  ///< of the slot that serves; nullopt: not known
};

/// One edge with what it serves, and the certificates of its hosts.
struct EdgeListing {
  EdgeFacts facts;
  std::vector<ServedRoute> routes;
  std::vector<HostCertificate> certificates;
};

/// One edge with the routes of a stack, and the certificates of their hosts; `stack` "": of all.
[[nodiscard]] EdgeListing edge_listing(EdgeFacts facts, const std::string& stack);

/// The routes of a table in its order; `stack` "": of all stacks.
[[nodiscard]] std::vector<ServedRoute> served_routes(const EdgeFacts& facts,
                                                     const std::string& stack);

/// What `route` says: each edge, and below it each address with who serves it.
[[nodiscard]] std::string routes_text(const std::vector<EdgeListing>& edges, std::size_t width,
                                      Style style);
[[nodiscard]] boost::json::object routes_json(const std::vector<EdgeListing>& edges);

/// What `cert` says: each host's certificate, its issuer, its end and its next renewal.
[[nodiscard]] std::string certificates_text(const std::vector<EdgeListing>& edges, TimePoint now,
                                            std::size_t width, Style style);
[[nodiscard]] boost::json::object certificates_json(const std::vector<EdgeListing>& edges,
                                                    TimePoint now);

/// What somebody has to look after: a file that is newer than what is served, or cannot be; one
/// that ends within three weeks; a renewal by the edge that is overdue. One sentence each.
[[nodiscard]] std::vector<std::string> certificate_warnings(
    const std::vector<HostCertificate>& certificates, TimePoint now);

/// What `status` says of an edge that serves the stack: it does not run, serves an older table, and
/// the warnings of its certificates. Empty where it serves nothing of the stack.
[[nodiscard]] std::vector<std::string> edge_notes(const EdgeListing& edge, TimePoint now);
/// Services that run while the edge shows its page for them, as after `landfast stop` and a start
/// by other means; `containers`: of the stack.
[[nodiscard]] std::vector<std::string> closed_notes(const EdgeListing& edge,
                                                    const std::vector<Container>& containers);

/// What a person does so that browsers and programs believe the edge's own authority.
[[nodiscard]] std::string trust_text(const std::string& path, const CertificateFacts& root,
                                     const std::vector<std::string>& hosts);

}  // namespace landfast
