// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <boost/json/serialize.hpp>

#include "engine/docker.h"
#include "engine/frames.h"
#include "engine/json_read.h"
#include "engine/query.h"

namespace landfast {
namespace json = boost::json;
using Purpose = DockerApi::Purpose;

namespace {

/// Keeps the last `limit` bytes.
class Tail {
 public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void append(std::string_view bytes) {
    text_.append(bytes);
    if (text_.size() > 2 * limit_ + 4096) trim();
  }
  std::string take() {
    trim();
    return std::move(text_);
  }

 private:
  void trim() {
    if (text_.size() > limit_) text_.erase(0, text_.size() - limit_);
  }
  std::size_t limit_;
  std::string text_;
};

json::array texts(const std::vector<std::string>& all) {
  json::array array;
  for (const auto& text : all) array.emplace_back(text);
  return array;
}

json::object exec_body(const ExecRequest& request, bool tty, bool stdin_open) {
  json::object body;
  body["AttachStdin"] = stdin_open;
  body["AttachStdout"] = true;
  body["AttachStderr"] = true;
  body["Tty"] = tty;
  body["Cmd"] = texts(request.command);
  if (!request.environment.empty()) body["Env"] = texts(request.environment);
  if (!request.user.empty()) body["User"] = request.user;
  if (!request.working_dir.empty()) body["WorkingDir"] = request.working_dir;
  if (request.privileged) body["Privileged"] = true;
  return body;
}

std::string purpose_of(const std::string& container) {
  return fmt::format("cannot run a command in container {}", container.substr(0, 64));
}

}  // namespace

Task<Result<std::string>> DockerEngine::create_exec(ExecRequest request, bool tty,
                                                    bool stdin_open) {
  CO_TRY(const auto response,
         co_await api_.post(object_path("containers", request.container, "exec"),
                            json::serialize(exec_body(request, tty, stdin_open)),
                            Purpose(purpose_of(request.container))));
  CO_TRY(const auto object, parse_object(response.body, "the engine's new command"));
  co_return text_at(object, "Id");
}

// The stream may end a moment before the engine notes the end of the process, and there is no call
// that waits for it.
Task<Result<int>> DockerEngine::exec_exit_code(std::string exec_id) {
  constexpr std::chrono::milliseconds longest(100);
  std::chrono::milliseconds pause(1);
  for (std::chrono::milliseconds waited(0);; waited += pause) {
    CO_TRY(const auto response, co_await api_.get(object_path("exec", exec_id, "json"),
                                                  Purpose("cannot see how the command ended")));
    CO_TRY(const auto object, parse_object(response.body, "the engine's command"));
    const auto* code = object.if_contains("ExitCode");
    if (!flag_at(object, "Running") && code && code->is_number())
      co_return static_cast<int>(number_at(object, "ExitCode"));
    if (waited > std::chrono::seconds(10))
      co_return fail(Code::timeout, "the command closed its output and did not end within 10 s");
    co_await sleep_for(api_.loop(), pause);
    pause = std::min(pause * 2, longest);
  }
}

Task<Result<HttpDuplex>> DockerEngine::start_exec(std::string exec_id, bool tty,
                                                  std::string container) {
  json::object body;
  body["Detach"] = false;
  body["Tty"] = tty;
  HttpRequest request("POST", object_path("exec", exec_id, "start"));
  request.content_type = "application/json";
  request.body = json::serialize(body);
  co_return co_await api_.duplex(std::move(request), Purpose(purpose_of(container)));
}

Task<Result<ExecResult>> DockerEngine::exec(ExecRequest request) {
  const std::string container = request.container;
  Tail tail(request.output_limit);
  CO_TRY(const std::string id, co_await create_exec(std::move(request), false, false));
  CO_TRY(auto duplex, co_await start_exec(id, false, container));
  FrameDecoder frames;
  const OnLog keep = [&](const LogChunk& chunk) { tail.append(chunk.bytes); };
  for (;;) {
    CO_TRY(const std::string bytes, co_await duplex.read());
    if (bytes.empty()) break;
    CO_TRY_VOID(frames.feed(bytes, keep));
  }
  ExecResult result;
  CO_TRY(result.exit_code, co_await exec_exit_code(id));
  result.output = tail.take();
  co_return result;
}

}  // namespace landfast
