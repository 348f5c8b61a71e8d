// SPDX-License-Identifier: Apache-2.0
#include "engine/probe.h"

#include <fmt/core.h>

#include "engine/proc_net.h"
#include "io/file.h"
#include "io/transport.h"

namespace landfast {

Task<bool> TcpProbe::tcp_accepts(std::string address, std::uint16_t port,
                                 std::chrono::nanoseconds limit) {
  co_return co_await landfast::tcp_accepts(loop_, std::move(address), port, limit);
}

Result<bool> TcpProbe::listens(std::int64_t pid, std::uint16_t port) {
  if (pid <= 0) return fail(Code::unsupported, "the engine names no process of the container");
  constexpr std::size_t largest_table = 64u << 20;
  bool shown = false;
  for (const char* table : {"tcp", "tcp6"}) {
    const auto text = read_file(fmt::format("/proc/{}/net/{}", pid, table), largest_table);
    if (!text) continue;
    shown = true;
    if (listens_beyond_loopback(*text, port)) return true;
  }
  if (!shown)
    return fail(Code::unsupported,
                fmt::format("/proc/{}/net/tcp cannot be read: the engine runs elsewhere", pid));
  return false;
}

}  // namespace landfast
