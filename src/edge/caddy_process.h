// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <string>

#include "base/result.h"
#include "io/http_client.h"
#include "io/loop.h"
#include "io/task.h"

namespace landfast {

/// What is asked of a running Caddy over its two unix sockets. `unavailable`, retryable, where it
/// does not answer; every call ends within a few seconds.
class CaddyProcess {
 public:
  /// `run`: the folder of admin.sock and the probe sockets, as the host sees it.
  CaddyProcess(Loop& loop, std::string run) : loop_(loop), run_(std::move(run)) {}

  /// The body of a page of the probe server: "/rev", "/nonce", "/slot/<target>".
  Task<Result<std::string>> said(std::string path);
  /// The status of a GET of the probe server, with the Host header that the app expects.
  Task<Result<int>> status_of(std::string path, std::string host);
  /// Gives it a configuration. `invalid` with Caddy's own words where it refuses it, and then the
  /// one before serves on; after a lost answer ask /rev.
  Task<Status> load(std::string config);
  /// Requests in flight by the text that an upstream is dialled with.
  Task<Result<std::map<std::string, std::int64_t>>> in_flight();

 private:
  Task<Result<HttpResponse>> ask(std::string socket, HttpRequest request,
                                 std::chrono::seconds limit);
  /// By the probe socket that somebody listens on.
  Task<Result<HttpResponse>> ask_probe(HttpRequest request, std::chrono::seconds limit);
  Loop& loop_;
  std::string run_;
};

}  // namespace landfast
