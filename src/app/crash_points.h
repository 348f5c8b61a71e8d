// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "port/deployment_files.h"
#include "port/engine.h"
#include "port/journal.h"
#include "port/volumes.h"

namespace landfast {

/// The places where the crash tests kill this program: before and after each engine call, each
/// journal write, each change of a volume's data and of the kept files. A point is "CALL TARGET
/// before" or "… after"; the target is a name that is the same in every run: a container's name, a
/// reference, the journal's step id. A change that is made twice is two points ("#2"), a look that
/// is repeated is one.
class CrashPoints {
 public:
  /// From LANDFAST_CRASH_LOG=FILE (each new point is appended as a line) and
  /// LANDFAST_CRASH_AT=POINT (there the process kills itself with SIGKILL); nullptr where neither
  /// is set.
  static std::unique_ptr<CrashPoints> from(const std::map<std::string, std::string>& environment);

  CrashPoints(std::string log, std::string at) : log_(std::move(log)), at_(std::move(at)) {}

  /// Passes both sides of one call; `target` may be an id that `learn` knows.
  class Call {
   public:
    Call(CrashPoints& points, std::string_view call, const std::string& target, bool changes);
    void before() { points_.pass(name_ + " before"); }
    void after() { points_.pass(name_ + " after"); }

   private:
    CrashPoints& points_;
    std::string name_;
  };
  template <class T>
  static Task<T> pass_around(Call call, Task<T> work) {
    call.before();
    auto done = co_await work;
    call.after();
    co_return done;
  }
  template <class Work>
  static Status pass_around_now(Call call, const Work& work) {
    call.before();
    auto status = work();
    call.after();
    return status;
  }
  void learn(const std::string& id, const std::string& name) { names_[id] = name; }
  /// The points so far, in order.
  [[nodiscard]] const std::vector<std::string>& passed() const { return order_; }

 private:
  void pass(const std::string& point);
  std::string log_, at_;
  std::map<std::string, std::string> names_;
  std::map<std::string, int> times_;
  std::set<std::string> seen_;
  std::vector<std::string> order_;
};

/// Forwards to an Engine and passes the points around each call.
class CrashPointEngine final : public Engine {
 public:
  CrashPointEngine(Engine& inner, CrashPoints& points) : inner_(inner), points_(points) {}

  Task<Result<EngineFacts>> facts() override;
  Task<Result<std::vector<Container>>> containers(ContainerFilter filter) override;
  Task<Result<Container>> container(std::string id_or_name) override;
  Task<Result<std::vector<NetworkState>>> networks() override;
  Task<Result<std::vector<VolumeState>>> volumes() override;
  Task<Result<Image>> image(std::string reference) override;
  Task<Result<std::string>> create_container(std::string name, boost::json::object body,
                                             std::string platform) override;
  Task<Status> start_container(std::string id) override;
  Task<Status> stop_container(std::string id, std::optional<std::chrono::seconds> grace) override;
  Task<Status> kill_container(std::string id, std::string signal) override;
  Task<Status> restart_container(std::string id,
                                 std::optional<std::chrono::seconds> grace) override;
  Task<Status> unpause_container(std::string id) override;
  Task<Status> remove_container(std::string id, bool force, bool anonymous_volumes) override;
  Task<Status> rename_container(std::string id, std::string name) override;
  Task<Status> set_restart_policy(std::string id, RestartPolicy policy) override;
  Task<Result<int>> wait_container(std::string id) override;
  Task<Status> put_archive(std::string id, std::string path, std::string tar) override;
  Task<Result<std::string>> get_archive(std::string id, std::string path,
                                        std::size_t limit) override;
  Task<Result<std::vector<std::string>>> processes(std::string id) override;
  Task<Result<std::string>> create_network(boost::json::object body) override;
  Task<Status> remove_network(std::string id) override;
  Task<Status> connect_network(std::string network, std::string container,
                               boost::json::object endpoint) override;
  Task<Status> disconnect_network(std::string network, std::string container, bool force) override;
  Task<Status> create_volume(boost::json::object body) override;
  Task<Status> remove_volume(std::string name) override;
  Task<Status> pull(std::string reference, std::string platform, OnImageProgress progress) override;
  Task<Status> tag_image(std::string id, std::string reference) override;
  Task<Status> remove_image(std::string reference) override;
  Task<Result<ExecResult>> exec(ExecRequest request) override;
  Task<Result<int>> exec_interactive(InteractiveRequest request) override;
  Task<Result<int>> run_attached(InteractiveRequest request) override;
  Task<Status> logs(LogRequest request, OnLog on_log) override;
  Task<Status> events(std::string project, Signal* subscribed, OnEngineEvent on_event) override;

 private:
  template <class T>
  Task<T> look(std::string_view call, const std::string& target, Task<T> work);
  template <class T>
  Task<T> change(std::string_view call, const std::string& target, Task<T> work);
  Engine& inner_;
  CrashPoints& points_;
};

/// Forwards to Volumes and passes the points around each change of data.
class CrashPointVolumes final : public Volumes {
 public:
  CrashPointVolumes(Volumes& inner, CrashPoints& points) : inner_(inner), points_(points) {}

  Result<VolumeIdentity> identity(std::string path) override;
  Task<Result<VolumeFacts>> facts(VolumeState volume) override;
  Task<Result<VolumeContent>> content(VolumeState volume) override;
  Task<Result<double>> copy_rate(std::string path) override;
  Task<Status> copy(std::string from, std::string to, OnCopied progress) override;
  Task<Status> copy_in_use(std::string from, std::string to, OnCopied progress) override;
  Task<Result<std::uint64_t>> finish_copy(std::string from, std::string to,
                                          OnCopied progress) override;
  Status exchange(std::string a, std::string b) override;
  Task<Result<TreeDigest>> digest(std::string path) override;
  Status make_folder(std::string path) override;
  Task<Status> remove_folder(std::string path) override;
  Task<Status> empty(std::string path) override;

 private:
  Volumes& inner_;
  CrashPoints& points_;
};

/// Forwards to DeploymentFiles and passes the points around each change.
class CrashPointFiles final : public DeploymentFiles {
 public:
  CrashPointFiles(DeploymentFiles& inner, CrashPoints& points) : inner_(inner), points_(points) {}

  Status keep_inputs(std::string stack, std::int64_t deployment, std::string sealed) override;
  Result<std::string> inputs(std::string stack, std::int64_t deployment) override;
  Result<std::vector<std::int64_t>> kept_inputs(std::string stack) override;
  Status drop_inputs(std::string stack, std::int64_t deployment) override;
  Status keep_log(std::int64_t deployment, SavedLog log) override;
  Result<std::vector<SavedLog>> logs(std::int64_t deployment) override;
  Status drop_old_logs(std::size_t newest) override;

 private:
  DeploymentFiles& inner_;
  CrashPoints& points_;
};

/// Forwards to a Journal and passes the points around each write.
class CrashPointJournal final : public Journal {
 public:
  CrashPointJournal(Journal& inner, CrashPoints& points) : inner_(inner), points_(points) {}

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
  template <class T>
  Task<T> write(std::string_view call, const std::string& target, Task<T> work);
  Journal& inner_;
  CrashPoints& points_;
};

}  // namespace landfast
