// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include <array>

#include "app/crash_points.h"
#include "app/crash_points_edge.h"
#include "app/root.h"
#include "data/local_volumes.h"
#include "data/remote_volumes.h"
#include "edge/caddy_edge.h"
#include "edge/edge_by_name.h"
#include "edge/nginx_edge.h"
#include "engine/builder.h"
#include "engine/credentials.h"
#include "engine/docker.h"
#include "engine/probe.h"
#include "host/local_deployment_files.h"
#include "host/local_host.h"
#include "host/monotonic_clock.h"
#include "host/state_dir.h"
#include "io/file.h"
#include "journal/sqlite_journal.h"
#include "secret/sodium_seal.h"

namespace landfast {
namespace {

constexpr std::size_t docker_config_limit = std::size_t{4} << 20;

/// What a watcher needs of the environment: where the engine, its credentials and the state are.
constexpr std::array watcher_variables{"PATH",
                                       "HOME",
                                       "SUDO_USER",
                                       "SUDO_UID",
                                       "XDG_STATE_HOME",
                                       "XDG_CONFIG_HOME",
                                       "XDG_RUNTIME_DIR",
                                       "DOCKER_HOST",
                                       "DOCKER_CONTEXT",
                                       "DOCKER_CONFIG",
                                       "DOCKER_CERT_PATH",
                                       "DOCKER_TLS_VERIFY",
                                       "DOCKER_API_VERSION",
                                       "LANDFAST_STATE_DIR"};

/// None with LANDFAST_WATCHER=off, for tests that study what a kill leaves behind.
WatcherCommand watcher_command(const std::map<std::string, std::string>& environment) {
  WatcherCommand command;
  const auto wanted = environment.find("LANDFAST_WATCHER");
  if (wanted != environment.end() && wanted->second == "off") return command;
  command.argv = {own_path(), "watcher", "-p"};
  for (const auto* name : watcher_variables)
    if (const auto it = environment.find(name); it != environment.end())
      command.environment.insert(*it);
  return command;
}

}  // namespace

struct Wiring::Made {
  explicit Made(Loop& loop) : clock(loop), probe(loop), local_volumes(loop) {}
  MonotonicClock clock;
  TcpProbe probe;
  LocalVolumes local_volumes;
  RemoteVolumes remote_volumes;
  std::optional<CrashPointVolumes> crash_volumes;
  std::optional<DockerEndpoint> endpoint;
  std::unique_ptr<CrashPoints> crash_points;
  std::unique_ptr<Engine> real_engine, engine;
  std::unique_ptr<Builder> builder;
  std::string state_dir;
  std::unique_ptr<LocalHost> host;
  std::optional<CaddyEdge> caddy;
  std::optional<NginxEdge> nginx;
  std::optional<EdgeByName> edge;
  std::optional<CrashPointEdge> crash_edge;
  std::optional<SodiumSeal> seal;
  std::optional<LocalDeploymentFiles> files;
  std::optional<CrashPointFiles> crash_files;
  std::unique_ptr<Journal> real_journal, journal;
  std::optional<Ports> ports;
};

Wiring::Wiring(const Surroundings& around) : around_(around), made_(std::make_unique<Made>(loop_)) {
  made_->crash_points = CrashPoints::from(around.environment);
}
Wiring::~Wiring() = default;

Clock& Wiring::clock() { return made_->clock; }

Result<DockerEndpoint> Wiring::endpoint() {
  if (made_->endpoint) return *made_->endpoint;
  const auto read = [](const std::string& path) { return read_file(path, docker_config_limit); };
  TRY(made_->endpoint,
      choose_endpoint(around_.environment, caller_home(around_.environment).docker_config, read));
  return *made_->endpoint;
}

Result<Engine*> Wiring::engine() {
  if (made_->engine) return made_->engine.get();
  TRY(auto where, endpoint());
  CredentialsSource credentials(caller_home(around_.environment));
  made_->builder = make_docker_builder(loop_, where, credentials);
  made_->engine = make_docker_engine(loop_, std::move(where), std::move(credentials));
  if (made_->crash_points) {
    made_->real_engine = std::move(made_->engine);
    made_->engine = std::make_unique<CrashPointEngine>(*made_->real_engine, *made_->crash_points);
  }
  return made_->engine.get();
}

Result<std::string> Wiring::state_dir() {
  if (!made_->state_dir.empty()) return made_->state_dir;
  TRY(const auto where, endpoint());
  TRY(auto path, state_dir_path(state_dir_inputs(is_rootless_engine(where.address.path))));
  TRY_VOID(prepare_state_dir(path));
  made_->state_dir = std::move(path);
  return made_->state_dir;
}

Result<Host*> Wiring::host() {
  if (made_->host) return made_->host.get();
  TRY(auto folder, state_dir());
  made_->host =
      std::make_unique<LocalHost>(std::move(folder), loop_, watcher_command(around_.environment));
  return made_->host.get();
}

Result<Edge*> Wiring::edge() {
  if (!made_->edge) {
    TRY(auto folder, state_dir());
    TRY(auto* e, engine());
    made_->caddy.emplace(loop_, folder);
    made_->nginx.emplace(loop_, *e, std::move(folder));
    made_->edge.emplace(*made_->caddy, *made_->nginx);
    if (made_->crash_points) made_->crash_edge.emplace(*made_->edge, *made_->crash_points);
  }
  if (made_->crash_edge) return &*made_->crash_edge;
  return &*made_->edge;
}

Result<Journal*> Wiring::journal() {
  if (made_->journal) return made_->journal.get();
  TRY(const auto folder, state_dir());
  JournalOptions options;
  options.version = LANDFAST_VERSION;
  options.loop = &loop_;
  TRY(made_->journal, SqliteJournal::open(folder + "/journal.db", made_->clock, options));
  if (made_->crash_points) {
    made_->real_journal = std::move(made_->journal);
    made_->journal =
        std::make_unique<CrashPointJournal>(*made_->real_journal, *made_->crash_points);
  }
  return made_->journal.get();
}

Result<const Ports*> Wiring::ports() {
  if (made_->ports) return &*made_->ports;
  TRY(auto* e, engine());
  TRY(auto* h, host());
  TRY(auto* j, journal());
  TRY(auto* proxy, edge());
  made_->seal.emplace(made_->state_dir);
  made_->files.emplace(made_->state_dir);
  TRY(const auto where, endpoint());
  const bool is_here = !where.address.path.empty();
  Volumes* volumes = &made_->remote_volumes;
  if (is_here) volumes = &made_->local_volumes;
  DeploymentFiles* files = &*made_->files;
  if (made_->crash_points) {
    files = &made_->crash_files.emplace(*files, *made_->crash_points);
    made_->crash_volumes.emplace(*volumes, *made_->crash_points);
    volumes = &*made_->crash_volumes;
  }
  made_->ports.emplace(Ports{*e, made_->probe, *made_->builder, *j, *h, made_->clock, *made_->seal,
                             *files, *volumes, *proxy});
  return &*made_->ports;
}

}  // namespace landfast
