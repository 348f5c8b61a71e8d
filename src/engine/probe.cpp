// SPDX-License-Identifier: Apache-2.0
#include "engine/probe.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "engine/proc_net.h"
#include "io/file.h"
#include "io/http_client.h"
#include "io/process.h"
#include "io/transport.h"

namespace landfast {

Task<bool> TcpProbe::tcp_accepts(std::string address, std::uint16_t port,
                                 std::chrono::nanoseconds limit) {
  co_return co_await landfast::tcp_accepts(loop_, std::move(address), port, limit);
}

namespace {

Task<Result<HttpAnswer>> get(Loop& loop, SocketAddress address, HttpRequest request,
                             std::size_t body_limit) {
  HttpClient client(loop, std::move(address));
  CO_TRY(auto stream, co_await client.open(std::move(request)));
  HttpAnswer answer;
  answer.status = stream.head().status;
  answer.headers = stream.head().headers;
  while (answer.body.size() < body_limit) {
    CO_TRY(const auto piece, co_await stream.read());
    if (piece.empty()) break;
    answer.body += piece;
  }
  answer.body.resize(std::min(answer.body.size(), body_limit));
  co_return answer;
}

Error late(std::chrono::nanoseconds limit) {
  Error e;
  e.code = Code::timeout;
  e.text = fmt::format("no end within {}", human_duration(limit));
  return e;
}

}  // namespace

Task<Result<HttpAnswer>> TcpProbe::http_get(HttpProbe request, std::chrono::nanoseconds limit) {
  auto address = SocketAddress::tcp_at(request.address, request.port);
  if (request.tls) address.kind = SocketAddress::Kind::tls;
  HttpRequest http("GET", request.target);
  const bool usual = request.port == (request.tls ? 443 : 80);
  http.host = usual ? request.host : fmt::format("{}:{}", request.host, request.port);
  http.headers = {{"Accept", "*/*"}, {"Connection", "close"}};
  auto asked = get(loop_, std::move(address), std::move(http), request.body_limit);
  auto either = race(std::move(asked), sleep_for(loop_, limit));
  auto winner = co_await either;
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  co_return fail(late(limit));
}

Task<Result<ExecResult>> TcpProbe::run(std::vector<std::string> argv, std::string folder,
                                       std::chrono::nanoseconds limit) {
  ProcessRequest request(std::move(argv));
  request.working_dir = std::move(folder);
  request.output_limit = 4096;
  auto ran = run_process(loop_, std::move(request));
  auto either = race(std::move(ran), sleep_for(loop_, limit));
  auto winner = co_await either;
  if (winner.index() == 1) co_return fail(late(limit));
  CO_TRY(auto done, std::get<0>(std::move(winner)));
  ExecResult result;
  result.exit_code = done.exit_code;
  result.output = done.output + done.errors;
  co_return result;
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

Result<bool> TcpProbe::same_namespace(std::int64_t pid, std::int64_t other,
                                      const std::string& kind) {
  if (pid <= 0 || other <= 0)
    return fail(Code::unsupported, "the engine names no process of the container");
  std::error_code gone;
  const auto mine = std::filesystem::read_symlink(fmt::format("/proc/{}/ns/{}", pid, kind), gone);
  const auto theirs =
      gone ? mine : std::filesystem::read_symlink(fmt::format("/proc/{}/ns/{}", other, kind), gone);
  if (gone)
    return fail(Code::unsupported,
                fmt::format("/proc/{}/ns/{} cannot be read: {}", pid, kind, gone.message()));
  return mine == theirs;
}

}  // namespace landfast
