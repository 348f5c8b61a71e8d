// SPDX-License-Identifier: Apache-2.0
#include "io/process.h"

#include <sys/wait.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include "io/asio_task.h"
#include "io/spawn.h"

namespace landfast {
namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

namespace {

/// One of the child's streams on our side.
struct Stream {
  Stream(asio::io_context& context, OwnedFd fd) : descriptor(context) {
    if (fd) descriptor.assign(fd.release());
  }
  Descriptor descriptor;
  std::array<char, 16384> buffer{};
  std::string bytes;  // to be written
};

/// The child as long as anybody, or its own end, needs it.
struct Running : std::enable_shared_from_this<Running> {
  Running(asio::io_context& context, Spawned& spawned)
      : pid(spawned.pid), end(context, spawned.pidfd.release()) {}
  pid_t pid;
  Descriptor end;
  int exit_code = -1;
  Signal ended;

  // Reaps the child when it ends, whether or not somebody still waits for it.
  void watch() {
    end.async_wait(Descriptor::wait_read,
                   [self = shared_from_this()](boost::system::error_code error) {
                     if (!error) self->reap();
                   });
  }
  void reap() {
    siginfo_t info{};
    ::waitid(P_PIDFD, static_cast<id_t>(end.native_handle()), &info, WEXITED);
    exit_code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    ended.set();
  }
};

struct KillOnDrop {
  explicit KillOnDrop(std::shared_ptr<Running> r) : running(std::move(r)) {}
  KillOnDrop(const KillOnDrop&) = delete;
  KillOnDrop& operator=(const KillOnDrop&) = delete;
  ~KillOnDrop() {
    if (!running->ended.is_set()) ::kill(-running->pid, SIGKILL);
  }
  std::shared_ptr<Running> running;
};

Task<void> feed(std::shared_ptr<Stream> stream, std::string input) {
  stream->bytes = std::move(input);
  auto start = [&](auto handler) {
    asio::async_write(stream->descriptor, asio::buffer(stream->bytes), std::move(handler));
  };
  auto op = asio_op<std::size_t>(stream, start);
  co_await op;  // a child that does not read its input is no error of ours
  stream->descriptor.close();
}

using OnOutput = std::function<void(std::string_view, bool)>;

Task<void> collect(Loop& loop, std::shared_ptr<Stream> stream, ProcessResult& result, bool errors,
                   std::size_t limit, std::shared_ptr<const OnOutput> on_output) {
  std::string& kept = errors ? result.errors : result.output;
  for (;;) {
    auto start = [&](auto handler) {
      stream->descriptor.async_read_some(asio::buffer(stream->buffer), std::move(handler));
    };
    auto op = asio_op<std::size_t>(stream, start);
    const auto [error, size] = co_await op;
    if (error) co_return;
    const std::string_view bytes(stream->buffer.data(), size);
    kept.append(bytes);
    if (*on_output) {
      std::function<bool()> tell = [on_output, errors, text = std::string(bytes)] {
        (*on_output)(text, errors);
        return true;
      };
      co_await call_aside(loop, std::move(tell));
    }
    if (kept.size() <= limit) continue;
    kept.erase(0, kept.size() - limit);
    result.cut = true;
  }
}

Task<Done> all_output(Loop& loop, Spawned& spawned, ProcessRequest& request,
                      ProcessResult& result) {
  TaskGroup group;
  auto& context = loop.context();
  auto output = std::make_shared<Stream>(context, std::move(spawned.output));
  auto errors = std::make_shared<Stream>(context, std::move(spawned.errors));
  const std::size_t limit = request.output_limit;
  const auto on_output = std::make_shared<const OnOutput>(std::move(request.on_output));
  group.spawn(collect(loop, output, result, false, limit, on_output));
  group.spawn(collect(loop, errors, result, true, limit, on_output));
  if (spawned.input)
    group.spawn(feed(std::make_shared<Stream>(context, std::move(spawned.input)),
                     std::move(request.input)));
  co_await group.join();
  co_return Done{};
}

// A grandchild that outlives the child may hold its streams open for ever.
Task<Done> linger(Loop& loop, std::shared_ptr<Running> running) {
  co_await running->ended.wait();
  co_await sleep_for(loop, std::chrono::seconds(1));
  co_return Done{};
}

}  // namespace

Task<Result<ProcessResult>> run_process(Loop& loop, ProcessRequest request) {
  CO_TRY(auto spawned, spawn(request));
  auto running = std::make_shared<Running>(loop.context(), spawned);
  running->watch();
  KillOnDrop guard(running);
  ProcessResult result;
  auto either = race(all_output(loop, spawned, request, result), linger(loop, running));
  co_await either;
  co_await running->ended.wait();
  result.exit_code = running->exit_code;
  co_return result;
}

}  // namespace landfast
