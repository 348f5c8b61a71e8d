// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "model/route_table.h"

namespace landfast {

/// Names of the socket in `run` that says what is served, the n-th of them from 1: Caddy (2.11)
/// does not listen again on one that a load which it refused had opened.
inline constexpr int probe_sockets = 5;
[[nodiscard]] std::string probe_socket(int n);

/// Where an edge has its files and listens: as Caddy itself sees it, which in a container is not as
/// the host does. Never text of a user.
struct CaddyLayout {
  std::string slots = "/edge/slots", data = "/edge/data", run = "/edge/run";
  std::string probe = probe_socket(1);
  std::string bind;                    ///< address to listen on, "" for all
  std::uint16_t http = 80;             ///< redirects, and hosts without TLS
  std::uint16_t https = 443;           ///< hosts with TLS
  std::uint16_t behind = behind_port;  ///< every host, plain: for a tunnel or another proxy
};

/// Copies of a user's certificate and key, as Caddy sees them; by the certificate's own path.
struct GivenFiles {
  std::string certificate, key;
};
using GivenCertificates = std::map<std::string, GivenFiles>;

/// The whole configuration of a Caddy that serves `table` (docs/decisions/030): a pure function,
/// with sorted keys. Which slot of a target serves, and where it points, is not in it: Caddy reads
/// that from files for each request. `invalid` for what check_routes and check_clashes refuse.
[[nodiscard]] Result<boost::json::object> caddy_config(const RouteTable& table,
                                                       const CaddyLayout& layout,
                                                       const GivenCertificates& given);

/// The text of a configuration: what fits into a line of 100 columns stands in one.
[[nodiscard]] std::string caddy_text(const boost::json::object& config);

/// The names of a target's address files for a slot: "a.1" to "a.N".
[[nodiscard]] std::string address_file(SlotName slot, int replica);
/// The upstream of a slot's replica as Caddy counts it: a placeholder that names the file.
[[nodiscard]] std::string dial_of(const CaddyLayout& layout, const std::string& target,
                                  const std::string& file);

/// An address where nothing ever answers: what held requests try, and what a new slot points to.
inline constexpr const char* refused_address = "127.0.0.1:1";

}  // namespace landfast
