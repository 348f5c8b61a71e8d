// SPDX-License-Identifier: Apache-2.0
#include "journal/write_queue.h"

#include <algorithm>

#include "io/loop.h"

namespace landfast::journal {
namespace {

using sqlite::Connection;
using sqlite::Transaction;

constexpr std::size_t most_jobs = 256;  // of one transaction

/// Runs one work so that its failure takes nothing else of the transaction with it.
Status run_apart(Connection& c, const std::function<Status(Connection&)>& work) {
  TRY_VOID(c.execute("SAVEPOINT job"));
  auto status = work(c);
  // SQLite itself ends the whole transaction on a full disk or an I/O error.
  if (!status && c.in_transaction()) TRY_VOID(c.execute("ROLLBACK TO job"));
  if (c.in_transaction()) TRY_VOID(c.execute("RELEASE job"));
  return status;
}

}  // namespace

void WriteQueue::enqueue(std::shared_ptr<Job> job) {
  waiting_.push_back(std::move(job));
  if (!running_) start_batch();
}

void WriteQueue::start_batch() {
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), most_jobs));
  Batch batch(waiting_.begin(), waiting_.begin() + count);
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  if (loop_ == nullptr) {
    run(connection_, batch);
    batch.front()->done = true;
    return;
  }
  running_ = true;
  auto self = shared_from_this();
  loop_->on_pool([self, batch] { run(self->connection_, batch); },
                 [self, batch] { self->finish(batch); });
}

void WriteQueue::finish(const Batch& batch) {
  running_ = false;
  for (const auto& job : batch) job->done = true;
  if (!waiting_.empty()) start_batch();
  for (const auto& job : batch)
    if (job->waiter) std::exchange(job->waiter, nullptr).resume();
}

void WriteQueue::run(Connection& c, const Batch& batch) {
  const bool writes = std::any_of(batch.begin(), batch.end(),
                                  [](const auto& job) { return job->kind == Kind::write; });
  const auto fail_all = [&batch](const Error& error) {
    for (const auto& job : batch)
      if (job->status) job->status = tl::unexpected<Error>(error);
  };
  auto transaction =
      Transaction::begin(c, writes ? Transaction::Kind::write : Transaction::Kind::read);
  if (!transaction) return fail_all(transaction.error());
  for (const auto& job : batch) {
    job->status = run_apart(c, job->work);
    if (!c.in_transaction()) return fail_all(job->status ? Error{} : job->status.error());
  }
  if (auto status = transaction->commit(); !status) fail_all(status.error());
}

}  // namespace landfast::journal
