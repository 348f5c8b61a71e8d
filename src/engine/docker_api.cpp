// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <charconv>

#include "base/text.h"
#include "engine/docker.h"
#include "engine/json_read.h"

namespace landfast {

namespace {

constexpr int oldest_minor = 41;
constexpr int newest_minor = 51;

// What the engine says, and what a person can do about it.
constexpr std::pair<std::string_view, std::string_view> hints[] = {
    {"port is already allocated", "`docker ps` shows which container publishes that port"},
    {"address already in use", "`ss -ltnp` shows which process holds that port"},
    {"no space left on device", "`docker system df` shows what can be removed"},
    {"docker login", "log in to the registry with `docker login`"},
    {"could not find an available", "remove unused networks with `docker network prune`"},
    {"non-overlapping IPv4", "remove unused networks with `docker network prune`"},
};

std::string hint_for(std::string_view text) {
  for (const auto& [part, hint] : hints)
    if (text.find(part) != std::string_view::npos) return std::string(hint);
  return {};
}

Code code_of(int status) {
  switch (status) {
  case 400:
    return Code::invalid;
  case 404:
    return Code::not_found;
  case 409:
    return Code::conflict;
  case 501:
    return Code::unsupported;
  case 503:
    return Code::unavailable;
  default:
    return Code::failed;
  }
}

bool success(int status, int also_fine) { return status / 100 == 2 || status == also_fine; }

}  // namespace

Error refusal(int status, const std::string& what, const std::string& text) {
  Error error;
  error.code = code_of(status);
  error.text = text.empty() ? fmt::format("{}: the engine answered with status {}", what, status)
                            : fmt::format("{}: {}", what, text);
  error.hint = hint_for(text);
  return error;
}

Result<int> agree_on_api(const std::string& offered, const std::string& server) {
  int minor = 0;
  const auto dot = offered.find('.');
  const char* from = offered.data() + (dot == std::string::npos ? offered.size() : dot + 1);
  const auto parsed = std::from_chars(from, offered.data() + offered.size(), minor);
  if (!offered.starts_with("1.") || parsed.ec != std::errc{})
    return fail(
        Code::unsupported,
        fmt::format("what answers is no Docker engine (API version {})", in_quotes(offered)),
        "check DOCKER_HOST and `docker context ls`");
  if (minor >= oldest_minor) return std::min(minor, newest_minor);
  const auto slash = server.find('/');
  const std::string version =
      slash == std::string::npos ? "" : server.substr(slash + 1, server.find(' ') - slash - 1);
  return fail(Code::unsupported,
              fmt::format("Docker Engine {} (API {}) is too old: Landfast needs 20.10 (API 1.41) "
                          "or newer",
                          version.empty() ? "here" : printable(version), offered),
              "update the engine: https://docs.docker.com/engine/install/ or `apt install "
              "docker.io` on Debian 12");
}

DockerApi::DockerApi(Loop& loop, DockerEndpoint endpoint)
    : endpoint_(std::move(endpoint)), http_(loop, endpoint_.address) {}

Error DockerApi::explain(Error error, const Purpose& purpose) const {
  const auto& address = endpoint_.address;
  const bool local = address.kind == SocketAddress::Kind::unix_socket;
  const bool asked_for = endpoint_.chosen_by != "the default";
  const std::string where =
      asked_for ? fmt::format("{} (from {})", address.text(), endpoint_.chosen_by) : address.text();
  Error calm;
  calm.code = Code::unavailable;
  calm.retryable = error.retryable;
  if (local && error.code == Code::not_found) {
    calm.text = fmt::format("no Docker engine here: there is no socket {}", where);
    calm.hint = endpoint_.chosen_by == "DOCKER_HOST" ? "start that engine, or unset DOCKER_HOST"
                : asked_for
                    ? "start that engine, or choose another: docker context use default"
                    : "start it: systemctl start docker (to install it: apt install docker.io)";
  } else if (local && ::access(address.path.c_str(), W_OK) != 0 && errno == EACCES) {
    calm.text = fmt::format("this user may not use the Docker engine at {}", where);
    calm.hint = "run it as root: sudo landfast …";
  } else if (error.retryable) {
    calm.text = fmt::format("the Docker engine does not answer: {}", error.text);
    calm.hint = local ? "start it: systemctl start docker; its log: journalctl -u docker"
                      : "check that it runs, the address and its certificates";
  } else {
    calm = wrap(std::move(error), purpose.what);
    if (!local && address.kind == SocketAddress::Kind::tcp && api_minor_ == 0)
      calm.hint = "if the engine speaks TLS there, set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH";
    return calm;
  }
  return calm;
}

Task<Result<int>> DockerApi::api_minor() {
  if (api_minor_ != 0) co_return api_minor_;
  HttpRequest ping("GET", "/_ping");
  ping.limit = std::chrono::seconds(20);
  auto response = co_await http_.request(std::move(ping));
  Purpose purpose("cannot greet the Docker engine");
  if (!response) co_return fail(explain(std::move(response.error()), purpose));
  if (!success(response->status, 0))
    co_return fail(refusal(response->status, purpose.what, failure_text(response->body)));
  CO_TRY(api_minor_, agree_on_api(response->header("api-version"), response->header("server")));
  co_return api_minor_;
}

Task<Status> DockerApi::prepare(HttpRequest& request) {
  CO_TRY(const int minor, co_await api_minor());
  request.target = fmt::format("/v1.{}{}", minor, request.target);
  co_return Status{};
}

Task<Result<HttpResponse>> DockerApi::call(HttpRequest request, Purpose purpose) {
  CO_TRY_VOID(co_await prepare(request));
  auto response = co_await http_.request(std::move(request));
  if (!response) co_return fail(explain(std::move(response.error()), purpose));
  if (success(response->status, purpose.also_fine)) co_return response;
  co_return fail(refusal(response->status, purpose.what, failure_text(response->body)));
}

Task<Result<HttpResponse>> DockerApi::get(std::string target, Purpose purpose) {
  HttpRequest request("GET", std::move(target));
  request.limit = std::chrono::seconds(60);
  co_return co_await call(std::move(request), std::move(purpose));
}

Task<Result<HttpResponse>> DockerApi::post(std::string target, std::string json, Purpose purpose) {
  HttpRequest request("POST", std::move(target));
  request.limit = std::chrono::minutes(10);
  if (!json.empty()) request.content_type = "application/json";
  request.body = std::move(json);
  co_return co_await call(std::move(request), std::move(purpose));
}

Task<Result<HttpResponse>> DockerApi::remove(std::string target, Purpose purpose) {
  HttpRequest request("DELETE", std::move(target));
  request.limit = std::chrono::minutes(10);
  co_return co_await call(std::move(request), std::move(purpose));
}

Task<Result<HttpStream>> DockerApi::stream(HttpRequest request, Purpose purpose) {
  CO_TRY_VOID(co_await prepare(request));
  auto stream = co_await http_.open(std::move(request));
  if (!stream) co_return fail(explain(std::move(stream.error()), purpose));
  const int status = stream->head().status;
  if (success(status, purpose.also_fine)) co_return std::move(*stream);
  std::string body;
  constexpr std::size_t enough = 64 * 1024;
  while (body.size() < enough) {
    CO_TRY(const std::string piece, co_await stream->read(std::chrono::seconds(10)));
    if (piece.empty()) break;
    body += piece;
  }
  co_return fail(refusal(status, purpose.what, failure_text(body)));
}

Task<Result<HttpDuplex>> DockerApi::duplex(HttpRequest request, Purpose purpose) {
  CO_TRY_VOID(co_await prepare(request));
  auto answer = co_await http_.upgrade(std::move(request));
  if (!answer) co_return fail(explain(std::move(answer.error()), purpose));
  if (answer->duplex) co_return std::move(*answer->duplex);
  co_return fail(refusal(answer->refused.status, purpose.what, failure_text(answer->refused.body)));
}

}  // namespace landfast
