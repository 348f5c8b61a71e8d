// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace landfast {

/// True where a table in the format of /proc/net/tcp or tcp6 (proc(5)) has a listening socket on
/// `port` at an address other than loopback.
[[nodiscard]] bool listens_beyond_loopback(std::string_view table, std::uint16_t port);

}  // namespace landfast
