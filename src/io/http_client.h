// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/transport.h"

namespace landfast {

/// The next piece of a request's body; empty at its end.
using BodySource = std::function<Result<std::string>()>;

struct HttpRequest {
  HttpRequest(std::string m, std::string t) : method(std::move(m)), target(std::move(t)) {}
  std::string method;
  std::string target;  ///< path and query, already encoded
  std::string host;    ///< the Host header; "" : from the address
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type;
  BodySource source;                              ///< sent chunked in place of `body`
  std::size_t body_limit = 64u << 20;             ///< of the response; more is an error
  std::optional<std::chrono::nanoseconds> limit;  ///< of the whole exchange; none where unset
};

/// Status line and headers; header names are lower case.
struct HttpHead {
  int status = 0;
  std::map<std::string, std::string> headers;
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string{} : it->second;
  }
};

struct HttpResponse : HttpHead {
  std::string body;
};

namespace detail {
struct HttpExchange;
}

/// A response whose body is read piece by piece. Destroying it before its end closes the
/// connection.
class HttpStream {
 public:
  explicit HttpStream(std::unique_ptr<detail::HttpExchange> exchange);
  HttpStream(HttpStream&&) noexcept;
  HttpStream& operator=(HttpStream&&) noexcept;
  ~HttpStream();
  [[nodiscard]] const HttpHead& head() const;
  /// The next bytes of the body; empty at its end. `limit`: fail with `timeout` when nothing comes.
  Task<Result<std::string>> read(std::optional<std::chrono::nanoseconds> limit = {});

 private:
  std::unique_ptr<detail::HttpExchange> exchange_;
};

/// A connection that left HTTP: raw bytes in both directions. Destroying it closes it.
class HttpDuplex {
 public:
  explicit HttpDuplex(std::unique_ptr<detail::HttpExchange> exchange);
  HttpDuplex(HttpDuplex&&) noexcept;
  HttpDuplex& operator=(HttpDuplex&&) noexcept;
  ~HttpDuplex();
  [[nodiscard]] const HttpHead& head() const;
  /// The next bytes, those that came with the head first; empty at the end.
  Task<Result<std::string>> read();
  Task<Status> write(std::string bytes);
  /// Half-close: the other side sees the end of its input.
  void shutdown_write();

 private:
  std::unique_ptr<detail::HttpExchange> exchange_;
};

/// HTTP/1.1 to one server, with kept connections; as many at a time as there are callers.
/// Errors: those of `connect_transport`; `unavailable` where the connection is lost before the
/// answer; `timeout`; `corrupt` where the answer is not HTTP. A status is never an error here.
class HttpClient {
 public:
  HttpClient(Loop& loop, SocketAddress address);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// The whole response. A kept connection that turns out dead is replaced once, for GET, HEAD,
  /// PUT and DELETE only.
  Task<Result<HttpResponse>> request(HttpRequest request);
  /// Returns once the head is there.
  Task<Result<HttpStream>> open(HttpRequest request);
  /// Asks for `Upgrade: tcp`; a duplex after 101, or after 200 with a raw stream, else the
  /// response.
  struct Upgrade {
    std::optional<HttpDuplex> duplex;
    HttpResponse refused;  ///< where there is no duplex
  };
  Task<Result<Upgrade>> upgrade(HttpRequest request);

  [[nodiscard]] const SocketAddress& address() const;
  [[nodiscard]] Loop& loop() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace landfast
