// SPDX-License-Identifier: Apache-2.0
// How containers of the fake engine start, get healthy, end and come back.
#include <algorithm>

#include "base/text.h"
#include "fake/fake_engine_daemon.h"
#include "fake/fake_engine_json.h"

namespace landfast {
namespace json = boost::json;
using namespace fake;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {
tl::unexpected<Error> no_container(const std::string& ref) {
  return fail(Code::not_found, "No such container: " + ref);
}
tl::unexpected<Error> went_away() { return fail(Code::unavailable, "the engine went away"); }

nanoseconds health_time(const FakeContainer& c, std::string_view key, nanoseconds otherwise) {
  const auto ns = number_of(object_of(c.config, "Healthcheck"), key).value_or(0);
  return ns > 0 ? nanoseconds(ns) : otherwise;
}
}  // namespace

// ---- start

Status FakeDaemon::refuse_start(FakeContainer& c, Error error, int code) {
  c.error = error.text;
  c.exit_code = code;
  if (c.status == ContainerStatus::restarting) c.status = ContainerStatus::exited;
  changed();
  return fail(std::move(error));
}

Status FakeDaemon::check_networks(FakeContainer& c) {
  if (!c.joined.empty()) {
    const auto* owner = find(c.joined);
    if (!owner) return no_container(c.joined);
    if (!owner->up())
      return fail(Code::conflict, "cannot join network of a non running container: " + owner->id);
    c.joined_run = owner->run;
  }
  for (const auto& [name, e] : c.endpoints) TRY_VOID(one_network(name));
  return {};
}

Status FakeDaemon::publish_ports(FakeContainer& c) {
  std::vector<FakePort> ports;
  const auto held = [&](const FakePort& p) {
    for (const auto& [id, other] : containers_)
      for (const auto& q : other.published) {
        const bool same_ip = p.host_ip.empty() || q.host_ip.empty() || p.host_ip == "0.0.0.0" ||
                             q.host_ip == "0.0.0.0" || p.host_ip == q.host_ip;
        if (other.up() && q.host == p.host && q.protocol == p.protocol && same_ip) return true;
      }
    return false;
  };
  for (auto p : c.bindings) {
    if (p.host == 0) p.host = next_port_++;
    if (held(p))
      return fail(Code::failed, "driver failed programming external connectivity on endpoint " +
                                    c.name + ": Bind for " +
                                    (p.host_ip.empty() ? "0.0.0.0" : p.host_ip) + ":" +
                                    std::to_string(p.host) + " failed: port is already allocated");
    ports.push_back(std::move(p));
  }
  c.published = std::move(ports);
  return {};
}

Status FakeDaemon::start(const std::string& ref) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  if (c->status == ContainerStatus::paused)
    return fail(Code::conflict, "cannot start a paused container, try unpause instead");
  if (c->active()) return {};
  c->manually_stopped = false;
  c->restart_count = 0;
  c->backoff = 0ns;
  return launch(*c);
}

Status FakeDaemon::launch(FakeContainer& c) {
  if (auto ok = check_networks(c); !ok) return refuse_start(c, std::move(ok).error(), 128);
  if (auto ok = publish_ports(c); !ok) return refuse_start(c, std::move(ok).error(), 128);
  if (!c.behaviour.start_error.empty()) {
    c.published.clear();
    Error error;
    error.code = Code::invalid;
    error.text = c.behaviour.start_error;
    return refuse_start(c, std::move(error), 127);
  }
  c.status = ContainerStatus::running;
  c.error.clear();
  c.exit_code = 0;
  c.pid = next_pid_++;
  c.started = clock_.now();
  c.started_at = clock_.utc();
  c.started_before = true;
  ++c.run;
  ++c.starts;
  if (c.exit->reached.is_set()) c.exit = std::make_shared<FakeExit>();
  for (const auto& line : c.behaviour.log)
    c.log.push_back({LogChunk::Stream::out, c.started_at, line});
  for (const auto& line : c.behaviour.errors)
    c.log.push_back({LogChunk::Stream::err, c.started_at, line});
  runs_.push_back({c.id, c.name, c.image_id, c.started});
  for (auto& [name, e] : c.endpoints) attach(c, name);
  if (!health_argv(c.config).empty()) {
    c.health = HealthStatus::starting;
    c.failing_streak = 0;
    schedule_health(c.id, c.run);
  }
  schedule_exit(c);
  emit(c, "start");
  changed();
  return {};
}

void FakeDaemon::schedule_exit(FakeContainer& c) {
  const auto& b = c.behaviour;
  std::optional<nanoseconds> after = b.exits_after;
  int code = b.exit_code;
  if (c.starts <= b.flaps) {
    after = b.flap_after;
    code = 1;
  } else if (!has_what_it_needs(c)) {
    after = 10ms;
    code = 1;
  }
  if (!after) return;
  later(*after, [this, id = c.id, run = c.run, code] {
    auto* now = edit(id);
    if (now && now->run == run && now->up()) end_process(*now, code);
  });
}

bool FakeDaemon::has_what_it_needs(const FakeContainer& c) const {
  return std::all_of(c.behaviour.needs.begin(), c.behaviour.needs.end(), [&](const auto& name) {
    for (const auto& [id, other] : containers_)
      for (const auto& [net, e] : other.endpoints) {
        const bool named = other.name == name ||
                           std::find(e.aliases.begin(), e.aliases.end(), name) != e.aliases.end();
        const auto age = clock_.now() - other.started;
        if (named && other.up() && c.endpoints.contains(net) && age >= other.behaviour.ready_after)
          return true;
      }
    return false;
  });
}

// ---- health

bool FakeDaemon::health_passes(const FakeContainer& c) const {
  const auto& b = c.behaviour;
  const auto age = clock_.now() - c.started;
  if (c.status != ContainerStatus::running || b.health_never || c.starts <= b.flaps) return false;
  return age >= b.ready_after || (b.temporary_server_until && age < *b.temporary_server_until);
}

void FakeDaemon::schedule_health(const std::string& id, int run) {
  const auto* c = find(id);
  later(health_time(*c, "Interval", 30s), [this, id, run] { probe_health(id, run); });
}

void FakeDaemon::probe_health(const std::string& id, int run) {
  auto* c = edit(id);
  if (!c || c->run != run || !c->up()) return;
  const auto command = c->behaviour.commands.find(join(health_argv(c->config), " "));
  const bool passes =
      command == c->behaviour.commands.end() ? health_passes(*c) : command->second.exit_code == 0;
  const auto before = c->health;
  const auto retries = number_of(object_of(c->config, "Healthcheck"), "Retries").value_or(0);
  if (passes) {
    c->failing_streak = 0;
    c->health = HealthStatus::healthy;
  } else if (clock_.now() - c->started >= health_time(*c, "StartPeriod", 0ns) ||
             c->health != HealthStatus::starting) {
    if (++c->failing_streak >= (retries > 0 ? retries : 3)) c->health = HealthStatus::unhealthy;
  }
  const auto at = clock_.utc();
  c->health_log.push_back(json::object{{"Start", at},
                                       {"End", at},
                                       {"ExitCode", passes ? 0 : 1},
                                       {"Output", passes ? "" : "not ready\n"}});
  if (c->health_log.size() > 5) c->health_log.erase(c->health_log.begin());
  schedule_health(id, run);
  if (c->health == before) return;
  emit(*c,
       c->health == HealthStatus::healthy ? "health_status: healthy" : "health_status: unhealthy");
  changed();
}

bool FakeDaemon::listens(const FakeContainer& c, std::uint16_t port) const {
  if (!c.up() || c.starts <= c.behaviour.flaps) return false;
  if (clock_.now() - c.started < c.behaviour.ready_after) return false;
  if (!c.joined.empty()) {  // a namespace whose owner started again is a dead one
    const auto* owner = find(c.joined);
    if (!owner || !owner->up() || owner->run != c.joined_run) return false;
  }
  if (!c.behaviour.listens.empty())
    return std::find(c.behaviour.listens.begin(), c.behaviour.listens.end(), port) !=
           c.behaviour.listens.end();
  return object_of(c.config, "ExposedPorts").contains(std::to_string(port) + "/tcp");
}

bool FakeDaemon::accepts(const std::string& address, std::uint16_t port) const {
  for (const auto& [id, c] : containers_) {
    for (const auto& [name, e] : c.endpoints)
      if (c.up() && !e.ip.empty() && e.ip == address) {
        if (listens(c, port)) return true;
        for (const auto& [other_id, other] : containers_)
          if (other.joined == id && listens(other, port)) return true;
      }
    for (const auto& p : c.published) {
      const bool here = p.host_ip.empty() || p.host_ip == "0.0.0.0" || p.host_ip == address;
      if (c.up() && p.host == port && here && (address == p.host_ip || address == "127.0.0.1"))
        return listens(c, p.target);
    }
  }
  return false;
}

// ---- end

void FakeDaemon::end_process(FakeContainer& c, int code, bool by_policy) {
  const bool was_up = c.up();
  ++c.run;
  c.status = ContainerStatus::exited;
  c.pid = 0;
  c.published.clear();
  if (c.health != HealthStatus::none) c.health = HealthStatus::unhealthy;
  for (auto& [name, e] : c.endpoints) e.ip.clear();
  const auto exit = c.exit;
  if (was_up) {
    c.exit_code = code;
    c.finished_at = clock_.utc();
    emit(c, "die", {{"exitCode", std::to_string(code)}});
    for (const auto& [name, e] : c.endpoints)
      emit("network", "disconnect", e.network_id, {{"container", c.id}, {"name", name}});
  }
  exit->code = c.exit_code;
  if (by_policy && was_up && wants_restart(c) && !c.manually_stopped) retry_later(c);
  const auto id = c.id;
  const bool removes_itself =
      by_policy && c.status == ContainerStatus::exited && flag_of(c.host_config, "AutoRemove");
  changed();
  exit->reached.set();
  if (removes_itself) destroy(id, true);
}

bool FakeDaemon::wants_restart(const FakeContainer& c) const {
  if (c.policy.name == "always") return true;
  if (c.policy.name == "unless-stopped") return !c.manually_stopped;
  const int most = c.policy.maximum_retry_count;
  return c.policy.name == "on-failure" && c.exit_code != 0 && (most == 0 || c.restart_count < most);
}

void FakeDaemon::retry_later(FakeContainer& c) {
  // moby restartmanager: 100 ms, doubled up to a minute, forgotten after 10 s of life.
  if (clock_.now() - c.started >= 10s) c.backoff = 0ns;
  c.backoff = c.backoff == 0ns ? nanoseconds(100ms) : std::min<nanoseconds>(c.backoff * 2, 1min);
  c.status = ContainerStatus::restarting;
  c.exit = std::make_shared<FakeExit>();  // who asks from now on waits for the next exit
  ++c.restart_count;
  later(c.backoff, [this, id = c.id, run = c.run] {
    auto* now = edit(id);
    if (now && now->run == run && now->status == ContainerStatus::restarting) (void)launch(*now);
  });
}

Status FakeDaemon::crash(const std::string& ref, int code) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  if (!c->up()) return fail(Code::conflict, "Container " + c->id + " is not running");
  end_process(*c, code);
  return {};
}

Task<Status> FakeDaemon::stop(std::string ref, std::optional<std::chrono::seconds> grace) {
  auto* c = edit(ref);
  if (!c) co_return no_container(ref);
  if (!c->active()) co_return Status{};
  const auto id = c->id;
  const int run = c->run, began = epoch_;
  const nanoseconds limit =
      grace ? nanoseconds(*grace)
            : nanoseconds(std::chrono::seconds(number_of(c->config, "StopTimeout").value_or(10)));
  // Between two tries of its restart policy there is no process to wait for.
  const bool waits = c->status == ContainerStatus::restarting;
  const auto takes = waits ? 0ns : c->behaviour.stop_duration;
  c->manually_stopped = true;
  emit(*c, "kill", {{"signal", "15"}});
  co_await clock_.sleep(std::min(takes, limit));
  if (epoch_ != began) co_return went_away();
  c = edit(id);
  if (!c) co_return Status{};
  if (c->run == run && c->active()) {
    if (takes > limit) emit(*c, "kill", {{"signal", "9"}});
    end_process(*c, takes > limit ? 137 : c->behaviour.stop_exit_code);
  }
  if (c = edit(id); c) emit(*c, "stop");
  co_return Status{};
}

Status FakeDaemon::kill(const std::string& ref, const std::string& signal) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  if (!c->active())
    return fail(Code::conflict,
                "Cannot kill container: " + ref + ": Container " + c->id + " is not running");
  const auto name = signal.starts_with("SIG") ? signal.substr(3) : signal;
  emit(*c, "kill", {{"signal", name}});
  if (name == "HUP" || name == "USR1" || name == "USR2" || name == "WINCH") return {};
  c->manually_stopped = true;
  const bool hard = name.empty() || name == "KILL" || name == "9";
  end_process(*c, hard ? 137 : c->behaviour.stop_exit_code);
  return {};
}

Task<Status> FakeDaemon::restart(std::string ref, std::optional<std::chrono::seconds> grace) {
  const auto* c = find(ref);
  if (!c) co_return no_container(ref);
  const auto id = c->id;
  auto stopping = stop(id, grace);
  CO_TRY_VOID(co_await stopping);
  CO_TRY_VOID(start(id));
  if (const auto* again = find(id)) emit(*again, "restart");
  co_return Status{};
}

Status FakeDaemon::pause(const std::string& ref) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  if (c->status != ContainerStatus::running)
    return fail(Code::conflict, "Container " + c->id + " is not running");
  c->status = ContainerStatus::paused;
  emit(*c, "pause");
  changed();
  return {};
}

Status FakeDaemon::unpause(const std::string& ref) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  if (c->status != ContainerStatus::paused)
    return fail(Code::failed, "Container " + c->id + " is not paused");
  c->status = ContainerStatus::running;
  emit(*c, "unpause");
  changed();
  return {};
}

Task<Result<ExecResult>> FakeDaemon::exec(ExecRequest request) {
  const auto* c = find(request.container);
  if (!c) co_return no_container(request.container);
  if (c->status == ContainerStatus::paused)
    co_return fail(Code::conflict,
                   "Container " + c->name + " is paused, unpause the container before exec");
  if (!c->up()) co_return fail(Code::conflict, "Container " + c->id + " is not running");
  const auto id = c->id, argv = join(request.command, " ");
  emit(*c, "exec_create: " + argv);
  emit(*c, "exec_start: " + argv);
  const int run = c->run, began = epoch_;
  const auto& commands = c->behaviour.commands;
  const auto it = commands.find(argv);
  FakeCommand command = it == commands.end() ? FakeCommand{} : it->second;
  if (command.takes > 0ns) co_await clock_.sleep(command.takes);
  if (epoch_ != began) co_return went_away();
  c = find(id);
  ExecResult result;
  if (!c || c->run != run) {
    result.exit_code = 137;
    co_return result;
  }
  if (it == commands.end() && request.command == health_argv(c->config)) {
    command.exit_code = health_passes(*c) ? 0 : 1;
    command.output = command.exit_code == 0 ? "" : "not ready\n";
  }
  result.exit_code = command.exit_code;
  result.output = std::move(command.output);
  if (result.output.size() > request.output_limit)
    result.output.erase(0, result.output.size() - request.output_limit);
  emit(*c, "exec_die", {{"exitCode", std::to_string(result.exit_code)}});
  co_return result;
}

// ---- the engine itself

void FakeDaemon::restart_engine(nanoseconds downtime) {
  ++epoch_;
  up_ = false;
  std::exchange(lost_, std::make_shared<Signal>())->set();
  for (auto& [id, c] : containers_) {
    if (c.status == ContainerStatus::restarting) {
      ++c.run;
      c.status = ContainerStatus::exited;
    }
    if (c.up()) end_process(c, 137, false);
  }
  later(downtime, [this, epoch = epoch_] {
    if (epoch_ == epoch) come_back();
  });
}

void FakeDaemon::come_back() {
  up_ = true;
  std::vector<std::string> ids, gone;
  for (const auto& [id, c] : containers_) {
    if (c.started_before && wants_restart(c)) ids.push_back(id);
    if (c.started_before && flag_of(c.host_config, "AutoRemove")) gone.push_back(id);
  }
  for (const auto& id : gone) destroy(id, true);
  // Those that share a namespace after those that own one.
  std::stable_partition(ids.begin(), ids.end(),
                        [&](const auto& id) { return find(id)->joined.empty(); });
  for (const auto& id : ids)
    if (auto* c = edit(id)) {
      c->manually_stopped = false;
      (void)launch(*c);
    }
}

}  // namespace landfast
