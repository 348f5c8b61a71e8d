// SPDX-License-Identifier: Apache-2.0
#include "edge/nginx_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/text.h"
#include "io/http_client.h"

namespace landfast {
namespace {

constexpr std::chrono::seconds command_limit{20};
constexpr std::chrono::seconds answer_limit{2};
constexpr std::size_t output_limit = std::size_t{64} << 10;
constexpr int not_executable = 126, not_found = 127;

Error not_there(std::string text) {
  Error e;
  e.code = Code::unavailable;
  e.text = std::move(text);
  e.retryable = true;
  return e;
}

std::string text_of(const boost::json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string{};
}

bool has_alias(const boost::json::object& endpoint, const std::string& alias) {
  const auto* list = endpoint.if_contains("Aliases");
  return list != nullptr && list->is_array() &&
         std::ranges::any_of(list->as_array(), [&](const auto& a) {
           return a.is_string() && a.as_string() == std::string_view(alias);
         });
}

}  // namespace

std::string reachable_address(const Container& container) {
  for (const auto& entry : container.networks)
    if (const auto* endpoint = entry.value().if_object())
      if (auto address = text_of(*endpoint, "IPAddress"); !address.empty()) return address;
  return {};
}

std::string address_of_alias(const std::vector<Container>& containers, const std::string& alias) {
  for (const auto& c : containers)
    for (const auto& entry : c.networks)
      if (const auto* endpoint = entry.value().if_object();
          endpoint != nullptr && has_alias(*endpoint, alias))
        return text_of(*endpoint, "IPAddress");
  return {};
}

Task<Result<ExecResult>> NginxProcess::run(std::vector<std::string> command) {
  ExecRequest request;
  request.container = container_;
  request.command = std::move(command);
  request.output_limit = output_limit;
  const auto what = join(request.command, " ");
  auto either = race(engine_->exec(std::move(request)), sleep_for(*loop_, command_limit));
  auto winner = co_await either;
  if (winner.index() != 0)
    co_return fail(not_there(fmt::format("{} does not end in {}", what, container_)));
  auto done = std::get<0>(std::move(winner));
  if (!done) {
    const bool is_gone =
        done.error().code == Code::conflict || done.error().code == Code::not_found;
    if (!is_gone) co_return fail(std::move(done).error());
    co_return fail(not_there(fmt::format("the nginx {} does not run", container_)));
  }
  if (done->exit_code == not_executable || done->exit_code == not_found)
    co_return fail(Code::unsupported, fmt::format("there is no {} in {}", what, container_),
                   "use edge: behind, and landfast export nginx");
  co_return std::move(*done);
}

Task<Result<std::string>> NginxProcess::test() {
  std::vector<std::string> command{"nginx", "-t"};
  CO_TRY(auto done, co_await run(std::move(command)));
  if (done.exit_code == 0) co_return std::move(done.output);
  co_return fail(Code::invalid, fmt::format("nginx refuses its files: {}",
                                            printable(std::string(trim(done.output)))));
}

Task<Status> NginxProcess::reload() {
  std::vector<std::string> command{"nginx", "-s", "reload"};
  CO_TRY(const auto done, co_await run(std::move(command)));
  if (done.exit_code == 0) co_return Status{};
  co_return fail(not_there(fmt::format("nginx -s reload ended with {} in {}: {}", done.exit_code,
                                       container_, printable(std::string(trim(done.output))))));
}

/// Titles tell what a worker does. Each is named once, and again where it is shutting down; the
/// brackets keep the commands that search from finding themselves.
Task<Result<NginxWorkers>> NginxProcess::workers() {
  std::vector<std::string> command{"find",      "/proc",
                                   "-maxdepth", "2",
                                   "-name",     "cmdline",
                                   "-exec",     "grep",
                                   "-ls",       "nginx: [w]orker process",
                                   "{}",        ";",
                                   "-exec",     "grep",
                                   "-ls",       "is [s]hutting down",
                                   "{}",        ";"};
  CO_TRY(const auto done, co_await run(std::move(command)));
  NginxWorkers found;
  for (const auto& line : split(done.output, '\n')) {
    if (!line.starts_with("/proc/") || !line.ends_with("/cmdline")) continue;
    if (found.serving.erase(line) != 0)
      found.stopping.insert(line);
    else
      found.serving.insert(line);
  }
  co_return found;
}

Task<Result<std::string>> NginxProcess::said(std::string name, std::string path) {
  const auto container = co_await engine_->container(container_);
  const auto address = container ? reachable_address(*container) : std::string();
  if (address.empty() || container->status != ContainerStatus::running)
    co_return fail(not_there(fmt::format("the nginx {} does not run", container_)));
  HttpClient client(*loop_, SocketAddress::tcp_at(address, 80));
  HttpRequest request("GET", std::move(path));
  request.host = std::move(name);
  request.limit = answer_limit;
  request.body_limit = output_limit;
  auto answer = co_await client.request(std::move(request));
  if (!answer)
    co_return fail(not_there(fmt::format("the nginx {} does not answer on port 80: {}", container_,
                                         answer.error().text)));
  co_return answer->status == 200 ? std::move(answer->body) : std::string();
}

}  // namespace landfast
