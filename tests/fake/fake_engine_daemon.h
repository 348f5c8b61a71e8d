// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fake/fake_engine_image.h"
#include "fake/simulated_clock.h"
#include "io/task.h"
#include "model/world.h"
#include "port/engine.h"

namespace landfast {

/// Set when a process ends; the code is there by then.
struct FakeExit {
  Signal reached;
  int code = 0;
};

struct FakeEndpoint {
  std::string network_id;  ///< empty until the container starts
  std::vector<std::string> aliases;
  std::string ip;  ///< empty while it does not run
  boost::json::object config;
};

struct FakeMount {
  std::string type, name, source, target;
  bool read_only = false;
  bool anonymous = false;  ///< made by this container's own creation: goes with `v`
};

struct FakeLogLine {
  LogChunk::Stream stream = LogChunk::Stream::out;
  std::string time, text;
};

struct FakePort {
  std::string host_ip;
  std::uint16_t host = 0, target = 0;
  std::string protocol;
};

struct FakeContainer {
  std::string id, name, image_id;
  std::uint64_t sequence = 0;
  boost::json::object config, host_config;
  std::map<std::string, FakeEndpoint> endpoints;  ///< by network name
  std::vector<FakeMount> mounts;
  std::vector<FakePort> bindings;   ///< as asked, host 0: the engine chooses
  std::vector<FakePort> published;  ///< while it runs
  FakeImageBehaviour behaviour;
  ContainerStatus status = ContainerStatus::created;
  HealthStatus health = HealthStatus::none;
  int failing_streak = 0;
  boost::json::array health_log;
  int exit_code = 0;
  std::int64_t pid = 0;
  int restart_count = 0;
  std::string error;
  std::string created, started_at = "0001-01-01T00:00:00Z", finished_at = "0001-01-01T00:00:00Z";
  std::chrono::nanoseconds started{0}, backoff{0};
  RestartPolicy policy;
  bool manually_stopped = false, started_before = false;
  int run = 0;         ///< moves with each start and each exit: what was scheduled before is stale
  int starts = 0;      ///< processes so far
  std::string joined;  ///< container whose network namespace it shares
  int joined_run = 0;  ///< the run of that container at our start
  std::vector<FakeLogLine> log;
  std::map<std::string, std::string> archives;  ///< path → tar, as put
  std::shared_ptr<FakeExit> exit = std::make_shared<FakeExit>();

  [[nodiscard]] bool up() const {
    return status == ContainerStatus::running || status == ContainerStatus::paused;
  }
  /// As Docker's own "Running": also between two tries of the restart policy.
  [[nodiscard]] bool active() const { return up() || status == ContainerStatus::restarting; }
  /// The value of a label, "" where it is absent.
  [[nodiscard]] std::string_view label(std::string_view key) const;
};

struct FakeNetwork {
  std::string id, name, driver;
  bool internal = false, predefined = false;
  std::map<std::string, std::string> labels;
  boost::json::object raw;
  int subnet = 0, next_host = 2;
};

struct FakeVolume {
  std::string name, driver = "local";
  std::map<std::string, std::string> labels;
  boost::json::object raw;
  bool anonymous = false;
};

/// One process that the engine started.
struct FakeRun {
  std::string container, name, image_id;
  std::chrono::nanoseconds at{0};
};

/// What dockerd does, without the calls: containers with their lives, networks, volumes, images, on
/// virtual time. Behaviour as seen on Docker 20.10 (API 1.41); the conformance suite holds it
/// there.
class FakeDaemon {
 public:
  explicit FakeDaemon(SimulatedClock& clock);
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  // Containers.
  Result<std::string> create(std::string name, boost::json::object body);
  Status start(const std::string& ref);
  Task<Status> stop(std::string ref, std::optional<std::chrono::seconds> grace);
  Status kill(const std::string& ref, const std::string& signal);
  Task<Status> restart(std::string ref, std::optional<std::chrono::seconds> grace);
  Status pause(const std::string& ref);
  Status unpause(const std::string& ref);
  Status remove(const std::string& ref, bool force, bool anonymous_volumes);
  Status rename(const std::string& ref, const std::string& name);
  Status set_policy(const std::string& ref, RestartPolicy policy);
  Status put_archive(const std::string& ref, std::string path, std::string tar);
  Result<std::string> get_archive(const std::string& ref, const std::string& path,
                                  std::size_t limit) const;
  Result<std::vector<std::string>> processes(const std::string& ref) const;
  Task<Result<ExecResult>> exec(ExecRequest request);
  /// The process ends by itself with `code`: the restart policy decides what comes next.
  Status crash(const std::string& ref, int code);

  // Networks and volumes.
  Result<std::string> create_network(const boost::json::object& body);
  Status remove_network(const std::string& ref);
  Status connect(const std::string& network, const std::string& container,
                 boost::json::object endpoint);
  Status disconnect(const std::string& network, const std::string& container, bool force);
  Status create_volume(const boost::json::object& body);
  Status remove_volume(const std::string& name);

  // Images. `publish` puts one into the registry, `load` into the engine; both return the id.
  std::string publish(const std::string& reference, FakeImage image);
  std::string load(const std::string& reference, FakeImage image);
  Task<Status> pull(std::string reference, OnImageProgress progress);
  Status tag(const std::string& image, const std::string& reference);
  Status remove_image(const std::string& reference);

  // What there is.
  [[nodiscard]] EngineFacts facts() const;
  [[nodiscard]] std::vector<Container> list(const ContainerFilter& filter) const;
  /// As they are kept, newest first; cheap, for what looks after every change.
  [[nodiscard]] std::vector<const FakeContainer*> all() const;
  [[nodiscard]] Result<Container> inspect(const std::string& ref) const;
  [[nodiscard]] std::vector<NetworkState> networks() const;
  [[nodiscard]] bool has_network(const std::string& ref) const { return network(ref) != nullptr; }
  [[nodiscard]] std::vector<VolumeState> volumes() const;
  [[nodiscard]] Result<Image> image(const std::string& reference) const;
  [[nodiscard]] const FakeContainer* find(const std::string& id_name_or_prefix) const;
  [[nodiscard]] const FakeContainer* by_pid(std::int64_t pid) const;
  /// True when its process listens on the port, seen from outside its network namespace.
  [[nodiscard]] bool listens(const FakeContainer& c, std::uint16_t port) const;
  /// True when something accepts at that address: a container's IP, or a published port.
  [[nodiscard]] bool accepts(const std::string& address, std::uint16_t port) const;
  /// Ids of the containers that run now with this volume or bind source mounted writable.
  [[nodiscard]] std::vector<std::string> writers(const std::string& source) const;
  [[nodiscard]] const std::vector<FakeRun>& runs() const { return runs_; }
  [[nodiscard]] const std::vector<EngineEvent>& events() const { return events_; }

  /// The engine dies and is back after `downtime`: what ran has ended with 137; containers with
  /// policy always (stopped ones too) and unless-stopped (if nobody stopped them) come back.
  void restart_engine(std::chrono::nanoseconds downtime);
  [[nodiscard]] bool answers() const { return up_; }
  /// Counts restarts of the engine: work that began in an earlier epoch has no effect any more.
  [[nodiscard]] int epoch() const { return epoch_; }
  /// Set when the engine dies.
  [[nodiscard]] std::shared_ptr<Signal> lost() const { return lost_; }

  /// Names of networks in which the engine counts containers that are not there.
  std::set<std::string> miscounted;
  /// Called after each change of a container's state, to check invariants at every moment.
  std::function<void()> on_change;
  /// Called for each event.
  std::map<int, std::function<void(const EngineEvent&)>> subscribers;
  EngineFacts engine_facts;

 private:
  FakeContainer* edit(const std::string& ref);
  [[nodiscard]] FakeNetwork* network(const std::string& ref);
  [[nodiscard]] const FakeNetwork* network(const std::string& ref) const;
  [[nodiscard]] Result<FakeNetwork*> one_network(const std::string& ref);
  [[nodiscard]] const FakeImage* image_of(const std::string& reference) const;
  void untag(const std::string& reference);
  void predefine(const std::string& name, const std::string& driver);

  Status make_mounts(FakeContainer& c, const FakeImage& image);
  Status add_mount(FakeContainer& c, FakeMount mount);
  Status inherit_mounts(FakeContainer& c);
  void make_endpoints(FakeContainer& c, const boost::json::object& body);
  Status launch(FakeContainer& c);
  Status check_networks(FakeContainer& c);
  Status publish_ports(FakeContainer& c);
  Status refuse_start(FakeContainer& c, Error error, int code);
  void attach(FakeContainer& c, const std::string& name);
  [[nodiscard]] bool has_what_it_needs(const FakeContainer& c) const;
  void schedule_exit(FakeContainer& c);
  void schedule_health(const std::string& id, int run);
  void probe_health(const std::string& id, int run);
  [[nodiscard]] bool health_passes(const FakeContainer& c) const;
  void end_process(FakeContainer& c, int code, bool by_policy = true);
  [[nodiscard]] bool wants_restart(const FakeContainer& c) const;
  void retry_later(FakeContainer& c);
  void come_back();
  void destroy(const std::string& id, bool anonymous_volumes);
  void later(std::chrono::nanoseconds delay, std::function<void()> action);

  void emit(std::string type, std::string action, std::string id,
            std::map<std::string, std::string> attributes);
  void emit(const FakeContainer& c, std::string action,
            std::map<std::string, std::string> extra = {});
  void changed() const {
    if (on_change) on_change();
  }
  [[nodiscard]] std::string new_id(std::string_view what);

  SimulatedClock& clock_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  ///< timers hold it weakly
  std::map<std::string, FakeContainer> containers_;        ///< by id
  std::vector<FakeNetwork> networks_;
  std::map<std::string, FakeVolume> volumes_;
  std::map<std::string, FakeImage> images_;    ///< by id
  std::map<std::string, FakeImage> registry_;  ///< by reference
  std::vector<FakeRun> runs_;
  std::vector<EngineEvent> events_;
  std::shared_ptr<Signal> lost_ = std::make_shared<Signal>();
  std::uint64_t sequence_ = 0;
  std::int64_t next_pid_ = 1000;
  std::uint16_t next_port_ = 32768;
  int next_subnet_ = 18;
  int epoch_ = 0;
  bool up_ = true;
};

/// "app" → "app:latest", without docker.io/ and library/.
[[nodiscard]] std::string full_reference(std::string reference);
/// A create body merged with its image as the engine does (moby, runconfig `Merge`).
[[nodiscard]] boost::json::object merged_config(const boost::json::object& body,
                                                const FakeImage& image, const std::string& id);
/// HostConfig with the defaults that Docker 20.10 fills in.
[[nodiscard]] boost::json::object merged_host_config(const boost::json::object& given);
/// As `GET /containers/{id}/json` shows it.
[[nodiscard]] Container to_container(const FakeContainer& c);
/// The argv of a container's health check, empty where it has none.
[[nodiscard]] std::vector<std::string> health_argv(const boost::json::object& config);

}  // namespace landfast
