// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <csignal>

#include "engine/docker.h"
#include "engine/frames.h"
#include "engine/json_read.h"
#include "engine/query.h"
#include "io/terminal.h"

namespace landfast {
using Purpose = DockerApi::Purpose;

namespace {

/// A command or a container joined to the caller's streams.
struct Session {
  Session(DockerApi& a, HttpDuplex d, bool t) : api(a), duplex(std::move(d)), tty(t) {}
  DockerApi& api;
  HttpDuplex duplex;
  bool tty;
  std::string resize_path;  ///< "/exec/ID/resize"
  std::string kill_path;    ///< where signals go; "" ends the session at a signal
  Signal interrupted;
  Terminal terminal{api.loop()};
  TaskGroup calls;  // last: it uses what stands above
};

Task<void> resize(Session& session) {
  // A command that has just started may not have its terminal yet.
  for (int tries = 0; tries < 5; ++tries) {
    const auto size = session.terminal.size();
    if (!size || size->rows == 0) co_return;
    Query query(session.resize_path);
    query.add("h", std::to_string(size->rows)).add("w", std::to_string(size->columns));
    const auto done = co_await session.api.post(query.str(), "", Purpose("cannot resize"));
    if (done) co_return;
    co_await sleep_for(session.api.loop(), std::chrono::milliseconds(20));
  }
}

Task<void> forward_signal(Session& session, int number) {
  Query query(session.kill_path);
  query.add("signal", std::to_string(number));
  (void)co_await session.api.post(query.str(), "", Purpose("cannot pass the signal on"));
}

Task<Done> forward_input(Session& session) {
  for (;;) {
    const auto bytes = co_await session.terminal.read();
    if (!bytes || bytes->empty()) break;
    const auto written = co_await session.duplex.write(*bytes);
    if (!written) break;
  }
  session.duplex.shutdown_write();
  Signal never;  // the output decides when it is over
  co_return co_await never.wait();
}

Task<Status> forward_output(Session& session) {
  FrameDecoder frames;
  Status written;
  const OnLog show = [&](const LogChunk& chunk) {
    if (written)
      written = session.terminal.write(chunk.bytes, chunk.stream == LogChunk::Stream::err);
  };
  for (;;) {
    CO_TRY(const std::string bytes, co_await session.duplex.read());
    if (bytes.empty()) co_return Status{};
    if (session.tty) {
      written = session.terminal.write(bytes, false);
    } else {
      CO_TRY_VOID(frames.feed(bytes, show));
    }
    if (!written) co_return written;
  }
}

Task<Status> output_or_interrupt(Session& session) {
  auto either = race(forward_output(session), session.interrupted.wait());
  auto winner = co_await either;
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  co_return fail(Code::cancelled, "interrupted");
}

void watch_terminal(Session& session) {
  session.terminal.on_signal([&session](int number) {
    if (session.kill_path.empty()) {
      session.interrupted.set();
    } else {
      session.calls.spawn(forward_signal(session, number));
    }
  });
  if (!session.tty || !session.terminal.interactive()) return;
  session.terminal.raw();
  session.terminal.on_resize([&session] { session.calls.spawn(resize(session)); });
  session.calls.spawn(resize(session));
}

Task<Status> converse(Session& session, bool stdin_open) {
  watch_terminal(session);
  if (!stdin_open) co_return co_await output_or_interrupt(session);
  auto either = race(output_or_interrupt(session), forward_input(session));
  auto winner = co_await either;
  co_return std::get<0>(std::move(winner));
}

Task<Result<int>> exit_status(HttpStream stream) {
  std::string body;
  for (;;) {
    CO_TRY(const std::string piece, co_await stream.read());
    if (piece.empty()) break;
    body += piece;
  }
  CO_TRY(const auto object, parse_object(body, "the engine's exit status"));
  co_return static_cast<int>(number_at(object, "StatusCode"));
}

}  // namespace

Task<Result<int>> DockerEngine::exec_interactive(InteractiveRequest request) {
  ExecRequest wanted = std::move(request.exec);
  if (wanted.container.empty()) wanted.container = request.container;
  const std::string container = wanted.container;
  CO_TRY(const std::string id,
         co_await create_exec(std::move(wanted), request.tty, request.stdin_open));
  CO_TRY(auto duplex, co_await start_exec(id, request.tty, container));
  {
    Session session(api_, std::move(duplex), request.tty);
    session.resize_path = object_path("exec", id, "resize");
    CO_TRY_VOID(co_await converse(session, request.stdin_open));
  }
  co_return co_await exec_exit_code(id);
}

Task<Result<int>> DockerEngine::run_attached(InteractiveRequest request) {
  const std::string& id = request.container;
  const Purpose purpose(fmt::format("cannot run container {}", id.substr(0, 64)));
  Query attach(object_path("containers", id, "attach"));
  attach.add("stream", "1").add("stdout", "1").add("stderr", "1");
  if (request.stdin_open) attach.add("stdin", "1");
  CO_TRY(auto duplex, co_await api_.duplex(HttpRequest("POST", attach.str()), purpose));
  // Its head comes once the engine waits, so the end cannot be missed.
  Query wait(object_path("containers", id, "wait"));
  wait.add("condition", "next-exit");
  CO_TRY(auto ending, co_await api_.stream(HttpRequest("POST", wait.str()), purpose));
  CO_TRY_VOID(co_await start_container(id));
  {
    Session session(api_, std::move(duplex), request.tty);
    session.resize_path = object_path("containers", id, "resize");
    session.kill_path = object_path("containers", id, "kill");
    CO_TRY_VOID(co_await converse(session, request.stdin_open));
  }
  co_return co_await exit_status(std::move(ending));
}

}  // namespace landfast
