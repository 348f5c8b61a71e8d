// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/world.h"

namespace landfast {

/// A port with the inode of its socket, by which its process is found.
struct ListeningSocket {
  PortHolder port;  ///< `holder` empty
  std::uint64_t inode = 0;
};

/// The sockets of a /proc/net/{tcp,tcp6,udp,udp6} text that listen (TCP) or are bound and not
/// connected (UDP). `::` is given as "": a socket on it mostly takes IPv4 too.
[[nodiscard]] std::vector<ListeningSocket> listening_sockets(std::string_view table,
                                                             std::string_view protocol);

/// All of this network namespace, sorted, without duplicates.
[[nodiscard]] Result<std::vector<ListeningSocket>> listening_sockets();

/// Fills `holder` ("process nginx (pid 812)") of those that a visible process holds: one pass over
/// /proc/*/fd, for when a port is in the way.
void name_processes(std::vector<ListeningSocket>& sockets);

}  // namespace landfast
