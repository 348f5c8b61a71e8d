// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fake/fake_engine_calls.h"
#include "fake/fake_engine_daemon.h"
#include "port/engine.h"

namespace landfast {

/// The simulated Engine port: a FakeDaemon behind calls that take virtual time.
///
/// Each call suspends at least three times: before the request arrives, while the engine works on
/// it, and before the answer arrives. A caller that is dropped in between behaves as a killed
/// client does: what has arrived goes on (stop, exec, create), a pull, a wait and a stream end.
class FakeEngine : public Engine {
 public:
  explicit FakeEngine(SimulatedClock& clock);

  FakeDaemon daemon;
  CallLog calls;
  FaultPlan faults;  ///< empty: nothing goes wrong
  /// Time of each of the three parts of a call.
  std::chrono::nanoseconds latency = std::chrono::milliseconds(1);
  /// How long the engine works on a creation (network, volume, container) besides.
  std::chrono::nanoseconds creation{0};
  /// Makes the parts take 0.1 to 3 × `latency`, drawn from the seed: other interleavings.
  void shuffle(std::uint64_t seed) { random_.emplace(seed); }
  /// Told at each call before it leaves: where a simulation counts and cuts.
  std::function<void(const EngineCall&)> on_call;

  /// From now on a call is a violation and never answers: the process is dead.
  void freeze() { frozen_ = true; }
  /// A new process may call.
  void thaw() { frozen_ = false; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  /// Shorthands of daemon.restart_engine and of what a test mostly sets up.
  void restart_daemon(std::chrono::nanoseconds downtime = std::chrono::seconds(1)) {
    daemon.restart_engine(downtime);
  }

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
  struct Named {
    std::string method, target;
    bool mutates = false;
  };
  template <class T>
  struct Reply {
    Signal ready;
    std::optional<Result<T>> value;
  };
  template <class T>
  Task<Result<T>> request(Named call, std::function<Task<Result<T>>()> work);
  template <class T>
  static Task<void> serve(FakeEngine& engine, std::shared_ptr<Reply<T>> reply,
                          std::function<Task<Result<T>>()> work);
  /// A call whose effect is one moment of the engine.
  template <class T>
  Task<Result<T>> ask(Named call, std::function<Result<T>()> work);
  template <class T>
  static Task<Result<T>> at_once(FakeEngine& engine, std::chrono::nanoseconds takes,
                                 std::function<Result<T>()> work);
  Named name(std::string method, std::string target, bool mutates);
  Task<Result<Fault>> depart(Named call);
  Task<Status> arrive(Fault fault);
  Task<Result<std::string>> create_here(Named call, std::string container,
                                        boost::json::object body);
  Task<Result<std::string>> make_network(boost::json::object body);
  Task<Result<int>> wait_for_exit(Named call, std::string id);
  Task<Result<int>> start_and_wait(Named call, std::string id);
  Task<Status> stream_logs(Named call, LogRequest request, OnLog on_log);
  Task<Status> stream_events(Named call, std::string project, Signal* subscribed,
                             OnEngineEvent on_event);
  Task<Status> pull_here(Named call, std::string reference, OnImageProgress progress);
  Task<Done> never();
  [[nodiscard]] std::chrono::nanoseconds travel();

  SimulatedClock& clock_;
  std::unique_ptr<TaskGroup> handlers_ = std::make_unique<TaskGroup>();
  std::optional<std::mt19937_64> random_;
  bool frozen_ = false;
  std::vector<std::string> violations_;
  int next_subscriber_ = 0;
};

}  // namespace landfast
