// SPDX-License-Identifier: Apache-2.0
#include "edge/caddy_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/parse.hpp>

#include "base/text.h"
#include "edge/caddy_config.h"

namespace landfast {
namespace {

constexpr std::chrono::seconds answer_limit{5};
constexpr std::chrono::seconds probe_limit{30};
constexpr std::chrono::seconds load_limit{60};
constexpr std::size_t body_limit = std::size_t{4} << 20;
constexpr int tries = 3;

/// A short name for a folder whose path does not fit into the address of a socket.
class ShortPath {
 public:
  explicit ShortPath(const std::string& folder) : path_(folder) {
    constexpr std::size_t longest_name = 12;
    if (folder.size() + longest_name < sizeof(sockaddr_un::sun_path)) return;
    fd_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd_ >= 0) path_ = fmt::format("/proc/self/fd/{}", fd_);
  }
  ShortPath(const ShortPath&) = delete;
  ShortPath& operator=(const ShortPath&) = delete;
  ~ShortPath() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_ = -1;
};

Error no_answer(Error why) {
  auto e = wrap(std::move(why), "the edge does not answer");
  e.code = Code::unavailable;
  e.retryable = true;
  return e;
}

/// Caddy's own words: {"error": "…"}.
std::string words_of(const std::string& body) {
  boost::system::error_code error;
  const auto json = boost::json::parse(body, error);
  if (!error && json.is_object())
    if (const auto* text = json.as_object().if_contains("error"); text && text->is_string())
      return printable(text->as_string());
  return printable(body.substr(0, 500));
}

std::int64_t whole(const boost::json::value* v) {
  return v != nullptr && v->is_int64() ? v->as_int64() : 0;
}

}  // namespace

Task<Result<HttpResponse>> CaddyProcess::ask(std::string socket, HttpRequest request,
                                             std::chrono::seconds limit) {
  const ShortPath folder(run_);
  HttpClient client(loop_, SocketAddress::unix_at(folder.path() + "/" + socket));
  request.limit = limit;
  request.body_limit = body_limit;
  if (request.host.empty()) request.host = "127.0.0.1";
  auto answer = co_await client.request(std::move(request));
  if (!answer) co_return fail(no_answer(std::move(answer).error()));
  co_return std::move(*answer);
}

/// The newest first: behind an older one Caddy may have left a socket that nobody serves.
Task<Result<HttpResponse>> CaddyProcess::ask_probe(HttpRequest request,
                                                   std::chrono::seconds limit) {
  for (int n = probe_sockets; n > 1; --n) {
    if (::access((run_ + "/" + probe_socket(n)).c_str(), F_OK) != 0) continue;
    auto same = request;
    auto answer = co_await ask(probe_socket(n), std::move(same), limit);
    if (answer) co_return answer;
  }
  co_return co_await ask(probe_socket(1), std::move(request), limit);
}

Task<Result<std::string>> CaddyProcess::said(std::string path) {
  HttpRequest request("GET", path);
  CO_TRY(auto answer, co_await ask_probe(std::move(request), answer_limit));
  if (answer.status == 200) co_return std::move(answer.body);
  co_return fail(Code::not_found, fmt::format("the edge does not know {}", path));
}

Task<Result<int>> CaddyProcess::status_of(std::string path, std::string host) {
  HttpRequest request("GET", std::move(path));
  request.host = std::move(host);
  CO_TRY(auto answer, co_await ask_probe(std::move(request), probe_limit));
  co_return answer.status;
}

Task<Status> CaddyProcess::load(std::string config) {
  HttpRequest request("POST", "/load");
  request.content_type = "application/json";
  // Else an equal text is not loaded again, though a certificate that it names has changed.
  request.headers.emplace_back("Cache-Control", "must-revalidate");
  request.body = std::move(config);
  CO_TRY(auto answer, co_await ask("admin.sock", std::move(request), load_limit));
  if (answer.status == 200) co_return Status{};
  co_return fail(Code::invalid,
                 fmt::format("Caddy refuses the edge's configuration: {}", words_of(answer.body)));
}

Task<Result<std::map<std::string, std::int64_t>>> CaddyProcess::in_flight() {
  // Directly after a load the admin server may close a connection without an answer.
  for (int n = 1;; ++n) {
    HttpRequest request("GET", "/reverse_proxy/upstreams");
    auto answer = co_await ask("admin.sock", std::move(request), answer_limit);
    boost::system::error_code error;
    const auto json = answer ? boost::json::parse(answer->body, error) : boost::json::value();
    if (answer && !error && json.is_array()) {
      std::map<std::string, std::int64_t> counts;
      for (const auto& item : json.as_array())
        if (const auto* o = item.if_object(); o != nullptr && o->contains("address"))
          if (const auto& address = o->at("address"); address.is_string())
            counts[std::string(address.as_string())] += whole(o->if_contains("num_requests"));
      co_return counts;
    }
    if (n < tries) continue;
    if (!answer) co_return fail(std::move(answer).error());
    Error e;
    e.code = Code::unavailable;
    e.text = "the edge does not say how many requests are in flight";
    e.retryable = true;
    co_return fail(std::move(e));
  }
}

}  // namespace landfast
