// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/extension.h"

namespace landfast {

/// Most time that a request waits, and that requests in flight get, where the service says nothing.
inline constexpr std::chrono::seconds default_hold{55}, default_drain{30};

/// The edge that the routes by host of all stacks share.
inline constexpr const char* shared_edge = "landfast-edge";
/// Where it listens for proxies in front of it, in plain HTTP: on 127.0.0.1, and by its name in the
/// networks of those that are containers.
inline constexpr std::uint16_t behind_port = 8480;

/// Where the edge sends requests: one port of one service, whose containers come and go.
struct EdgeTarget {
  std::string id;  ///< see target_id
  std::string stack, service;
  std::uint16_t port = 0;
  int replicas = 1;
  friend bool operator==(const EdgeTarget&, const EdgeTarget&) = default;
};

/// The first 16 hex digits of the SHA-256 of "stack/service/port".
[[nodiscard]] std::string target_id(const std::string& stack, const std::string& service,
                                    std::uint16_t port);

/// How a tunnel's client finds a service: its edge answers to the service's names in networks that
/// the tunnel is in too, on the container's port, in plain HTTP. Nothing is published.
struct BehindTunnel {
  TunnelKind kind = TunnelKind::cloudflared;
  std::string name;                                       ///< public, "" where it is not said
  std::map<std::string, std::vector<std::string>> names;  ///< network → what the edge answers to
  std::vector<std::string> sources;  ///< blocks of addresses that the tunnel asks from
  friend bool operator==(const BehindTunnel&, const BehindTunnel&) = default;
};

/// One route of a service, and what its stack says of it.
struct EdgeRoute {
  std::string target;  ///< id of an EdgeTarget of the same table
  Route route;
  Tls tls;
  std::chrono::nanoseconds hold = default_hold;  ///< most time that a request waits
  std::string host_ip;  ///< of the published port that a route by port takes over; "": all
  std::optional<BehindTunnel> tunnel;  ///< then it is no address of the host
};

/// What a stack says of the edge as a whole.
struct EdgeSettings {
  EdgeMode mode = EdgeMode::own;
  Acme acme;
  std::vector<std::string> trusted_proxies;  ///< addresses and CIDR blocks
  std::string network;  ///< on the engine: that of a proxy in a container, "" where there is none
  DrivenNginx nginx;    ///< empty but for an edge that is one
};

/// All that one edge serves: a value built from what the stacks on it say. Sorted by target id, and
/// by host, published port and path.
struct RouteTable {
  /// shared_edge; "<stack>-landfast-edge" for routes by port; or as nginx_edge says.
  std::string edge;
  std::vector<EdgeTarget> targets;
  std::vector<EdgeRoute> routes;
  std::map<std::string, EdgeSettings> settings;  ///< by stack

  [[nodiscard]] const EdgeTarget* target(std::string_view id) const;
  [[nodiscard]] bool empty() const { return routes.empty(); }
  /// Network → the names that the edge answers to there, for tunnels.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> taken_names() const;
};

/// 16 hex digits that are equal for equal tables; places in files do not count. They change too
/// when edge/ makes another configuration of a table: see `configuration_format`.
[[nodiscard]] std::string revision_of(const RouteTable& table);

/// The table with everything that `stack` has in it replaced by what `part` has of that stack.
[[nodiscard]] RouteTable with_stack(const RouteTable& table, const std::string& stack,
                                    const RouteTable& part);

/// The same host (or published port) and path twice: an error that names both services and stacks.
[[nodiscard]] Status check_clashes(const RouteTable& table);

/// For the edge's own folder, which only its owner reads: hashes of passwords are in it.
[[nodiscard]] boost::json::object to_json(const RouteTable& table);
/// `corrupt` where a part is missing or of another type.
[[nodiscard]] Result<RouteTable> route_table(const boost::json::object& json);

enum class SlotName : std::uint8_t { a, b };
enum class SlotWord : std::uint8_t { a, b, hold, down };
[[nodiscard]] std::string_view to_string(SlotName slot);
[[nodiscard]] std::string_view to_string(SlotWord word);
[[nodiscard]] std::optional<SlotWord> slot_word(std::string_view text);
[[nodiscard]] SlotWord serving(SlotName slot);
/// The slot that serves; nullopt where requests wait or get the page.
[[nodiscard]] std::optional<SlotName> serving_slot(SlotWord word);
/// The slot that does not serve: `a` where `b` does, else `b`.
[[nodiscard]] SlotName idle_slot(SlotWord word);

/// What the files of one target say; a word that is none reads as `down`, as the edge takes it.
struct SlotState {
  SlotWord word = SlotWord::down;
  std::vector<std::string> a, b;  ///< "alias:port", one for each replica

  [[nodiscard]] const std::vector<std::string>& addresses(SlotName slot) const {
    return slot == SlotName::a ? a : b;
  }
};

/// What is known of one edge: its files, and its process where it answers.
struct EdgeFacts {
  std::string folder;    ///< on the host: conf, slots, data and run are below it
  RouteTable table;      ///< as recorded; empty where none was ever applied
  std::string recorded;  ///< revision of `table`, "" where there is none: what it starts with
  bool running = false;  ///< its process answers
  std::string version;   ///< of Caddy, "" where it does not run
  std::string revision;  ///< that the process serves, "" where it does not run
  std::map<std::string, SlotState> slots;  ///< by target id
};

}  // namespace landfast
