// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/world.h"

namespace landfast {

/// Which containers `Engine::containers` returns.
struct ContainerFilter {
  std::string project;  ///< value of com.docker.compose.project, "" for all projects
  bool all = true;      ///< stopped ones too
  /// As the engine lists them, in one call: id, name, image, labels, whether it runs, networks and
  /// mounts; no configuration, no health, no times.
  bool brief = false;
};

/// Where a pull or a build stands.
struct ImageProgress {
  std::string image;
  std::string status;         ///< the engine's own words: "Downloading", "Extracting"
  std::uint64_t current = 0;  ///< bytes over all layers so far
  std::uint64_t total = 0;    ///< bytes over all layers known so far, 0 where unknown
};
using OnImageProgress = std::function<void(const ImageProgress&)>;

/// Result of a command that ran in a container.
struct ExecResult {
  int exit_code = 0;
  std::string output;  ///< stdout and stderr as they came, the last `output_limit` bytes
};

struct ExecRequest {
  std::string container;
  std::vector<std::string> command;      ///< argv
  std::string user, working_dir;         ///< "" : the container's own
  std::vector<std::string> environment;  ///< K=V
  bool privileged = false;
  std::size_t output_limit = 4096;
};

/// One piece of a log or of a command's output.
struct LogChunk {
  enum class Stream : std::uint8_t { out, err } stream = Stream::out;
  std::string_view bytes;  ///< whole lines are not promised; valid during the call
};
using OnLog = std::function<void(const LogChunk&)>;

struct LogRequest {
  std::string container;
  bool follow = false;
  bool timestamps = false;
  std::string tail = "all";  ///< number of lines or "all"
  std::string since, until;  ///< RFC 3339 or unix seconds, "" for none
  std::size_t limit = 0;     ///< stop after so many bytes, 0: no limit
};

/// What happened on the engine (`GET /events`).
struct EngineEvent {
  std::string type;    ///< container, network, volume, image
  std::string action;  ///< start, die, "health_status: healthy", …
  std::string id;      ///< of the actor
  std::map<std::string, std::string> attributes;
  std::int64_t time_nano = 0;
};
/// Returns false to end the stream.
using OnEngineEvent = std::function<bool(const EngineEvent&)>;

/// The terminal of an interactive exec or run; the real one is the caller's, see app/.
struct InteractiveRequest {
  std::string container;
  bool tty = false;
  bool stdin_open = true;
  ExecRequest exec;  ///< used by exec_interactive
};

/// The Docker Engine API as Landfast needs it, v1.41 and upward. Each method is one engine call (or
/// one stream), may be repeated, and reports `not_found`, `conflict`, `unavailable` as such.
/// A create body is the engine's own (`POST /containers/create`), which is the field's vocabulary.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Version, API version and abilities; `unavailable` with the next step where none answers.
  virtual Task<Result<EngineFacts>> facts() = 0;

  /// Containers that match, each inspected (but see `brief`); one that vanishes meanwhile is left
  /// out.
  virtual Task<Result<std::vector<Container>>> containers(ContainerFilter filter) = 0;
  /// One container by id or exact name; `not_found`.
  virtual Task<Result<Container>> container(std::string id_or_name) = 0;
  /// All networks with their labels; `raw` as listed.
  virtual Task<Result<std::vector<NetworkState>>> networks() = 0;
  virtual Task<Result<std::vector<VolumeState>>> volumes() = 0;
  /// The image that a reference or id names now; `not_found`.
  virtual Task<Result<Image>> image(std::string reference) = 0;

  /// Returns the new container's id; `conflict` where the name is taken.
  virtual Task<Result<std::string>> create_container(std::string name, boost::json::object body,
                                                     std::string platform) = 0;
  /// Succeeds too where it runs already.
  virtual Task<Status> start_container(std::string id) = 0;
  /// Ends it with its own stop signal, SIGKILL after `grace` (nullopt: the container's own).
  /// Succeeds too where it does not run.
  virtual Task<Status> stop_container(std::string id,
                                      std::optional<std::chrono::seconds> grace) = 0;
  virtual Task<Status> kill_container(std::string id, std::string signal) = 0;
  virtual Task<Status> restart_container(std::string id,
                                         std::optional<std::chrono::seconds> grace) = 0;
  virtual Task<Status> unpause_container(std::string id) = 0;
  /// Succeeds too where it is gone. `anonymous_volumes` only for a container whose own ones are
  /// new (one-shot, run, uncommitted): no volume is ever lost (docs/guide.md, Data).
  virtual Task<Status> remove_container(std::string id, bool force, bool anonymous_volumes) = 0;
  virtual Task<Status> rename_container(std::string id, std::string name) = 0;
  virtual Task<Status> set_restart_policy(std::string id, RestartPolicy policy) = 0;
  /// Returns the exit code once it does not run; at once where it never started or ended.
  virtual Task<Result<int>> wait_container(std::string id) = 0;
  /// Puts a tar archive into a created container below `path`.
  virtual Task<Status> put_archive(std::string id, std::string path, std::string tar) = 0;
  /// A tar archive of what the container has at `path`, running or not; its members begin with the
  /// last part of `path`. `not_found`; an error too where it is larger than `limit` bytes.
  virtual Task<Result<std::string>> get_archive(std::string id, std::string path,
                                                std::size_t limit) = 0;
  /// The names of the programs that run in a container; `conflict` where it does not run.
  virtual Task<Result<std::vector<std::string>>> processes(std::string id) = 0;

  /// Returns the id. The engine allows equal names: look before.
  virtual Task<Result<std::string>> create_network(boost::json::object body) = 0;
  /// `stuck` where the engine counts containers in it that are not there: then nobody can remove it
  /// before the engine was restarted (seen with 20.10; libnetwork's endpoint_cnt).
  virtual Task<Status> remove_network(std::string id) = 0;
  virtual Task<Status> connect_network(std::string network, std::string container,
                                       boost::json::object endpoint) = 0;
  virtual Task<Status> disconnect_network(std::string network, std::string container,
                                          bool force) = 0;
  virtual Task<Status> create_volume(boost::json::object body) = 0;
  virtual Task<Status> remove_volume(std::string name) = 0;

  /// Pulls; authentication is the implementation's (`docker login`'s files).
  virtual Task<Status> pull(std::string reference, std::string platform,
                            OnImageProgress progress) = 0;
  virtual Task<Status> tag_image(std::string id, std::string reference) = 0;
  /// Removes one reference, never the last one of an image that is in use.
  virtual Task<Status> remove_image(std::string reference) = 0;

  /// Runs a command to its end; the output is bounded, the time is the caller's (`race`).
  virtual Task<Result<ExecResult>> exec(ExecRequest request) = 0;
  /// Joins the caller's terminal to a command in a container; returns its exit code.
  virtual Task<Result<int>> exec_interactive(InteractiveRequest request) = 0;
  /// Attaches to a created container, starts it, returns its exit code.
  virtual Task<Result<int>> run_attached(InteractiveRequest request) = 0;
  virtual Task<Status> logs(LogRequest request, OnLog on_log) = 0;
  /// Streams events from now on until `on_event` returns false. `subscribed` is set once the engine
  /// has accepted the stream, so that nothing after it is missed.
  virtual Task<Status> events(std::string project, Signal* subscribed, OnEngineEvent on_event) = 0;
};

}  // namespace landfast
