// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <coroutine>
#include <deque>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "journal/sqlite.h"

namespace landfast {
class Loop;
}

namespace landfast::journal {

/// Runs work on one connection, in order, a batch per transaction. With a loop a batch runs on the
/// loop's pool, and what is asked for meanwhile forms the next batch: under load many writes share
/// one fsync. Without a loop each work runs at once on the calling thread.
class WriteQueue : public std::enable_shared_from_this<WriteQueue> {
 public:
  enum class Kind : std::uint8_t { read, write };

  WriteQueue(sqlite::Connection connection, Loop* loop)
      : connection_(std::move(connection)), loop_(loop) {}

  /// Runs `work`; success means that it is durable. `work` must own all it touches: it still runs
  /// when the waiting frame is dropped.
  template <class Work, class R = std::invoke_result_t<Work, sqlite::Connection&>>
  static Task<R> submit(std::shared_ptr<WriteQueue> self, Kind kind, Work work) {
    auto value = std::make_shared<R>(fail(Code::failed, "the journal did not run this"));
    auto job = std::make_shared<Job>();
    job->kind = kind;
    job->work = [value, work = std::move(work)](sqlite::Connection& c) -> Status {
      *value = work(c);
      if (!*value) return tl::unexpected<Error>(value->error());
      return {};
    };
    self->enqueue(job);
    co_await Wait(job);
    if (!job->status) co_return fail(std::move(job->status).error());
    co_return std::move(*value);
  }

 private:
  struct Job {
    Kind kind = Kind::read;
    std::function<Status(sqlite::Connection&)> work;
    Status status;
    bool done = false;
    std::coroutine_handle<> waiter;
  };
  using Batch = std::vector<std::shared_ptr<Job>>;
  struct Wait {
    explicit Wait(std::shared_ptr<Job> j) : job(std::move(j)) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() { job->waiter = nullptr; }
    [[nodiscard]] bool await_ready() const noexcept { return job->done; }
    void await_suspend(std::coroutine_handle<> h) noexcept { job->waiter = h; }
    void await_resume() const noexcept {}
    std::shared_ptr<Job> job;
  };

  void enqueue(std::shared_ptr<Job> job);
  void start_batch();
  void finish(const Batch& batch);
  static void run(sqlite::Connection& connection, const Batch& batch);

  sqlite::Connection connection_;
  Loop* loop_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool running_ = false;
};

}  // namespace landfast::journal
