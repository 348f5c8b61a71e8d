// SPDX-License-Identifier: Apache-2.0
#include "journal/sqlite_journal.h"

#include <fmt/format.h>

#include <utility>

#include "journal/facts.h"
#include "journal/journal_file.h"
#include "journal/schema.h"
#include "journal/sqlite.h"
#include "journal/write_queue.h"

namespace landfast {

using journal::WriteQueue;
using sqlite::Connection;
using enum WriteQueue::Kind;

struct SqliteJournal::Impl {
  Impl(Connection connection, const Clock& c, Loop* loop)
      : clock(c), queue(std::make_shared<WriteQueue>(std::move(connection), loop)) {}
  const Clock& clock;
  std::shared_ptr<WriteQueue> queue;
};

namespace {

constexpr auto settings =
    "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;";

Status quick_check(Connection& c) {
  TRY(auto rows, c.query("PRAGMA quick_check(1)"));
  TRY(const bool row, rows.next());
  if (row && rows.text(0) == "ok") return {};
  return fail(Code::corrupt, fmt::format("its check says: {}", row ? rows.text(0) : "nothing"));
}

/// A damaged journal is never repaired by guessing: says what to do.
Error explain(Error error, const std::string& path) {
  if (error.code != Code::corrupt) return error;
  auto e = wrap(std::move(error), fmt::format("the journal {} cannot be used", path));
  e.hint =
      "Nothing was changed. Keep the file and put back a copy of it from a backup; to rebuild it "
      "from the engine (`landfast recover --from-engine`) is not in this version yet.";
  return e;
}

Result<Connection> open_connection(const std::string& path, const Clock& clock,
                                   const JournalOptions& options) {
  TRY_VOID(journal::prepare_file(path));
  const auto boot = options.boot_id.empty() ? journal::boot_id() : options.boot_id;
  const bool doubtful = journal::needs_check(path, boot);
  TRY(auto c, Connection::open(path, options.busy, options.vfs));
  TRY_VOID(c.script(settings));
  if (doubtful) TRY_VOID(quick_check(c));
  TRY_VOID(journal::migrate(c, journal::migrations(), options.version, clock.utc()));
  if (doubtful) journal::mark_checked(path, boot);
  return c;
}

}  // namespace

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(std::string path, const Clock& clock,
                                                           JournalOptions options) {
  auto connection = open_connection(path, clock, options);
  if (!connection) return fail(explain(std::move(connection).error(), path));
  auto impl = std::make_shared<Impl>(std::move(*connection), clock, options.loop);
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(impl)));
}

SqliteJournal::SqliteJournal(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteJournal::~SqliteJournal() = default;

Task<Result<History>> SqliteJournal::history(std::string stack) {
  auto work = [stack = std::move(stack)](Connection& c) { return journal::history(c, stack); };
  return WriteQueue::submit(impl_->queue, read, std::move(work));
}

Task<Status> SqliteJournal::remember_inputs(StackInputs inputs) {
  auto work = [at = impl_->clock.utc(), inputs = std::move(inputs)](Connection& c) {
    return journal::remember_inputs(c, at, inputs);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Result<std::int64_t>> SqliteJournal::begin_deployment(Deployment deployment) {
  auto work = [at = impl_->clock.utc(), deployment = std::move(deployment)](Connection& c) {
    return journal::begin_deployment(c, at, deployment);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Status> SqliteJournal::set_state(std::int64_t deployment, DeploymentState state) {
  auto work = [at = impl_->clock.utc(), deployment, state](Connection& c) {
    return journal::set_state(c, at, deployment, state);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Status> SqliteJournal::intend(StepIntent intent) {
  auto work = [at = impl_->clock.utc(), intent = std::move(intent)](Connection& c) {
    return journal::intend(c, at, intent);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Status> SqliteJournal::record(std::int64_t deployment, std::string step, StepOutcome outcome,
                                   std::string result) {
  auto work = [at = impl_->clock.utc(), deployment, step = std::move(step), outcome,
               result = std::move(result)](Connection& c) {
    return journal::record(c, at, deployment, step, outcome, result);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Result<std::vector<StepRecord>>> SqliteJournal::steps(std::int64_t deployment) {
  auto work = [deployment](Connection& c) { return journal::steps(c, deployment); };
  return WriteQueue::submit(impl_->queue, read, std::move(work));
}

Task<Result<std::int64_t>> SqliteJournal::commit(std::int64_t deployment, Release release,
                                                 std::vector<OneShotRun> one_shots) {
  auto work = [at = impl_->clock.utc(), deployment, release = std::move(release),
               one_shots = std::move(one_shots)](Connection& c) {
    return journal::commit(c, at, deployment, release, one_shots);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Status> SqliteJournal::end_deployment(std::int64_t deployment, DeploymentState state,
                                           std::string error) {
  auto work = [at = impl_->clock.utc(), deployment, state,
               error = std::move(error)](Connection& c) {
    return journal::end_deployment(c, at, deployment, state, error);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Status> SqliteJournal::remember_volumes(std::string stack, std::vector<std::string> volumes) {
  auto work = [at = impl_->clock.utc(), stack = std::move(stack), volumes = std::move(volumes)](
                  Connection& c) { return journal::remember_volumes(c, at, stack, volumes); };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

Task<Result<std::vector<Release>>> SqliteJournal::releases(std::string stack) {
  auto work = [stack = std::move(stack)](Connection& c) { return journal::releases(c, stack); };
  return WriteQueue::submit(impl_->queue, read, std::move(work));
}

Task<Result<std::vector<Deployment>>> SqliteJournal::deployments(std::string stack) {
  auto work = [stack = std::move(stack)](Connection& c) { return journal::deployments(c, stack); };
  return WriteQueue::submit(impl_->queue, read, std::move(work));
}

Task<Result<std::vector<StackInputs>>> SqliteJournal::stacks() {
  auto work = [](Connection& c) { return journal::stacks(c); };
  return WriteQueue::submit(impl_->queue, read, std::move(work));
}

Task<Status> SqliteJournal::close_stack(std::string stack) {
  auto work = [at = impl_->clock.utc(), stack = std::move(stack)](Connection& c) {
    return journal::close_stack(c, at, stack);
  };
  return WriteQueue::submit(impl_->queue, write, std::move(work));
}

}  // namespace landfast
