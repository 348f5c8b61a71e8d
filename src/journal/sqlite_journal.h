// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "port/clock.h"
#include "port/journal.h"

namespace landfast {

class Loop;

/// How a journal is opened.
struct JournalOptions {
  std::string version;   ///< of landfast, written beside each migration
  Loop* loop = nullptr;  ///< writes run on its pool; nullptr: on the calling thread
  std::chrono::milliseconds busy{10'000};  ///< how long another process may hold the file
  std::string boot_id;                     ///< "" : /proc/sys/kernel/random/boot_id
  std::string vfs;                         ///< SQLite VFS, for tests; "" : the system's
};

/// The journal in a SQLite file (journal_mode=TRUNCATE, synchronous=EXTRA). Several
/// processes may have it open. Writes that arrive while one is being made durable share the next
/// transaction (group commit), in the order in which they were asked for.
class SqliteJournal : public Journal {
 public:
  /// Opens `path`, made with mode 0600 where it is absent; the folder must exist. Runs pending
  /// migrations, and a quick_check when the last writer was cut off or the machine has started
  /// anew since the last one. Errors: `corrupt`, `unsupported` (written by a newer landfast),
  /// `unavailable` (held by another process), `failed`. `clock` must outlive it.
  static Result<std::unique_ptr<SqliteJournal>> open(std::string path, const Clock& clock,
                                                     JournalOptions options);
  ~SqliteJournal() override;

  Task<Result<History>> history(std::string stack) override;
  Task<Status> remember_inputs(StackInputs inputs) override;
  Task<Result<std::int64_t>> begin_deployment(Deployment deployment) override;
  Task<Status> set_state(std::int64_t deployment, DeploymentState state) override;
  Task<Status> intend(StepIntent intent) override;
  Task<Status> record(std::int64_t deployment, std::string step, StepOutcome outcome,
                      std::string result) override;
  Task<Result<std::vector<StepRecord>>> steps(std::int64_t deployment) override;
  Task<Result<std::int64_t>> commit(std::int64_t deployment, Release release,
                                    std::vector<OneShotRun> one_shots) override;
  Task<Status> end_deployment(std::int64_t deployment, DeploymentState state,
                              std::string error) override;
  Task<Status> remember_volumes(std::string stack, std::vector<std::string> volumes) override;
  Task<Result<std::vector<Release>>> releases(std::string stack) override;
  Task<Result<std::vector<Deployment>>> deployments(std::string stack) override;
  Task<Result<std::vector<StackInputs>>> stacks() override;
  Task<Status> close_stack(std::string stack) override;

 private:
  struct Impl;
  explicit SqliteJournal(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace landfast
