// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_engine.h"

#include <deque>

#include "base/text.h"
#include "fake/fake_engine_json.h"

namespace landfast {
using std::chrono::nanoseconds;
using std::chrono::seconds;

FakeEngine::FakeEngine(SimulatedClock& clock) : daemon(clock), clock_(clock) {}

nanoseconds FakeEngine::travel() {
  if (!random_) return latency;
  return latency * static_cast<std::int64_t>(1 + (*random_)() % 30) / 10;
}

Task<Done> FakeEngine::never() {
  Signal silence;
  co_await silence.wait();
  co_return Done{};
}

/// Runs when the method is called, before its coroutine starts: a destructor that only makes the
/// task is seen too.
FakeEngine::Named FakeEngine::name(std::string method, std::string target, bool mutates) {
  if (frozen_) violations_.push_back(method + " " + target);
  return {std::move(method), std::move(target), mutates};
}

Task<Result<Fault>> FakeEngine::depart(Named call) {
  if (frozen_) co_await never();
  const auto logged = calls.add(call.method, call.target, call.mutates, clock_.now());
  if (on_call) on_call(logged);
  const Fault fault = faults ? faults(logged) : Fault{};
  co_await clock_.sleep(travel());
  if (fault.kind == Fault::Kind::hang_before) co_await never();
  if (fault.kind == Fault::Kind::fail_before) co_return fail(fault.code, fault.text);
  if (!daemon.answers())
    co_return fail(Code::unavailable, "cannot connect to the engine", "start the engine");
  co_return fault;
}

Task<Status> FakeEngine::arrive(Fault fault) {
  if (fault.kind == Fault::Kind::hang_after) co_await never();
  co_await clock_.sleep(travel());
  if (fault.kind == Fault::Kind::fail_after) co_return fail(fault.code, fault.text);
  co_return Status{};
}

template <class T>
Task<void> FakeEngine::serve(FakeEngine& engine, std::shared_ptr<Reply<T>> reply,
                             std::function<Task<Result<T>>()> work) {
  const int began = engine.daemon.epoch();
  auto task = work();
  auto result = co_await task;
  if (engine.daemon.epoch() != began) co_return;
  reply->value = std::move(result);
  reply->ready.set();
}

template <class T>
Task<Result<T>> FakeEngine::request(Named call, std::function<Task<Result<T>>()> work) {
  CO_TRY(auto fault, co_await depart(std::move(call)));
  auto reply = std::make_shared<Reply<T>>();
  const auto lost = daemon.lost();
  handlers_->spawn(serve<T>(*this, reply, std::move(work)));
  co_await race(reply->ready.wait(), lost->wait());
  if (!reply->value) co_return fail(Code::unavailable, "the engine closed the connection");
  CO_TRY_VOID(co_await arrive(std::move(fault)));
  co_return std::move(*reply->value);
}

template <class T>
Task<Result<T>> FakeEngine::at_once(FakeEngine& engine, nanoseconds takes,
                                    std::function<Result<T>()> work) {
  const int began = engine.daemon.epoch();
  co_await engine.clock_.sleep(takes);
  if (engine.daemon.epoch() != began)
    co_return fail(Code::unavailable, "the engine closed the connection");
  co_return work();
}

template <class T>
Task<Result<T>> FakeEngine::ask(Named call, std::function<Result<T>()> work) {
  return request<T>(std::move(call),
                    [this, work = std::move(work)] { return at_once<T>(*this, travel(), work); });
}

// ---- looking

Task<Result<EngineFacts>> FakeEngine::facts() {
  return ask<EngineFacts>(name("facts", "", false),
                          [this]() -> Result<EngineFacts> { return daemon.facts(); });
}
Task<Result<std::vector<Container>>> FakeEngine::containers(ContainerFilter filter) {
  using List = std::vector<Container>;
  return ask<List>(name("containers", filter.project, false),
                   [this, filter]() -> Result<List> { return daemon.list(filter); });
}
Task<Result<Container>> FakeEngine::container(std::string id) {
  return ask<Container>(name("container", id, false), [this, id] { return daemon.inspect(id); });
}
Task<Result<std::vector<NetworkState>>> FakeEngine::networks() {
  using List = std::vector<NetworkState>;
  return ask<List>(name("networks", "", false),
                   [this]() -> Result<List> { return daemon.networks(); });
}
Task<Result<std::vector<VolumeState>>> FakeEngine::volumes() {
  using List = std::vector<VolumeState>;
  return ask<List>(name("volumes", "", false),
                   [this]() -> Result<List> { return daemon.volumes(); });
}
Task<Result<Image>> FakeEngine::image(std::string reference) {
  return ask<Image>(name("image", reference, false),
                    [this, reference] { return daemon.image(reference); });
}

// ---- containers

namespace {
/// Leaves one endpoint in a create body, as API 1.41 demands, and returns the others.
boost::json::object take_further_endpoints(boost::json::object& body) {
  boost::json::object further;
  auto* networking = body.if_contains("NetworkingConfig");
  if (!networking || !networking->is_object()) return further;
  auto endpoints = fake::object_of(networking->get_object(), "EndpointsConfig");
  if (endpoints.size() < 2) return further;
  const auto mode = fake::text_of(fake::object_of(body, "HostConfig"), "NetworkMode");
  const std::string kept = endpoints.contains(mode) ? mode : std::string(endpoints.begin()->key());
  for (const auto& [network, endpoint] : endpoints)
    if (network != kept) further[network] = endpoint;
  networking->get_object()["EndpointsConfig"] = {{kept, endpoints.at(kept)}};
  return further;
}
}  // namespace

Task<Result<std::string>> FakeEngine::create_container(std::string container,
                                                       boost::json::object body, std::string) {
  auto call = name("create_container", container, true);
  return create_here(std::move(call), std::move(container), std::move(body));
}

Task<Result<std::string>> FakeEngine::create_here(Named call, std::string container,
                                                  boost::json::object body) {
  const auto further = take_further_endpoints(body);
  std::function<Result<std::string>()> work = [this, container, body] {
    return daemon.create(container, body);
  };
  auto made = request<std::string>(
      std::move(call), [this, work] { return at_once<std::string>(*this, creation, work); });
  CO_TRY(auto id, co_await std::move(made));
  for (const auto& [network, endpoint] : further) {
    boost::json::object config;
    if (endpoint.is_object()) config = endpoint.get_object();
    auto connected = co_await connect_network(network, id, std::move(config));
    if (connected) continue;
    (void)co_await remove_container(id, true, true);
    co_return fail(std::move(connected).error());
  }
  co_return id;
}

Task<Status> FakeEngine::start_container(std::string id) {
  return request<void>(name("start_container", id, true), [this, id] {
    const auto* c = daemon.find(id);
    const auto takes = travel() + (c ? c->behaviour.start_delay : nanoseconds(0));
    return at_once<void>(*this, takes, [this, id] { return daemon.start(id); });
  });
}
Task<Status> FakeEngine::stop_container(std::string id, std::optional<seconds> grace) {
  return request<void>(name("stop_container", id, true),
                       [this, id, grace] { return daemon.stop(id, grace); });
}
Task<Status> FakeEngine::kill_container(std::string id, std::string signal) {
  return ask<void>(name("kill_container", id, true),
                   [this, id, signal] { return daemon.kill(id, signal); });
}
Task<Status> FakeEngine::restart_container(std::string id, std::optional<seconds> grace) {
  return request<void>(name("restart_container", id, true),
                       [this, id, grace] { return daemon.restart(id, grace); });
}
Task<Status> FakeEngine::unpause_container(std::string id) {
  return ask<void>(name("unpause_container", id, true), [this, id] { return daemon.unpause(id); });
}
Task<Status> FakeEngine::remove_container(std::string id, bool force, bool anonymous_volumes) {
  return ask<void>(name("remove_container", id, true), [this, id, force, anonymous_volumes] {
    return daemon.remove(id, force, anonymous_volumes);
  });
}
Task<Status> FakeEngine::rename_container(std::string id, std::string to) {
  return ask<void>(name("rename_container", id + " " + to, true),
                   [this, id, to] { return daemon.rename(id, to); });
}
Task<Status> FakeEngine::set_restart_policy(std::string id, RestartPolicy policy) {
  return ask<void>(name("set_restart_policy", id + " " + policy.name, true),
                   [this, id, policy] { return daemon.set_policy(id, policy); });
}
Task<Status> FakeEngine::put_archive(std::string id, std::string path, std::string tar) {
  return ask<void>(name("put_archive", id, true),
                   [this, id, path, tar] { return daemon.put_archive(id, path, tar); });
}
Task<Result<std::string>> FakeEngine::get_archive(std::string id, std::string path,
                                                  std::size_t limit) {
  return ask<std::string>(name("get_archive", id + " " + path, false),
                          [this, id, path, limit] { return daemon.get_archive(id, path, limit); });
}
Task<Result<std::vector<std::string>>> FakeEngine::processes(std::string id) {
  return ask<std::vector<std::string>>(name("processes", id, false),
                                       [this, id] { return daemon.processes(id); });
}

// ---- networks, volumes, images

/// Docker 20.10 looks for an equal name when the request arrives and makes the network later: two
/// calls at once, or one that outlived its killed client, give two networks of one name.
Task<Result<std::string>> FakeEngine::make_network(boost::json::object body) {
  if (fake::flag_of(body, "CheckDuplicate") && daemon.has_network(fake::text_of(body, "Name")))
    co_return fail(Code::conflict,
                   "network with name " + fake::text_of(body, "Name") + " already exists");
  const int began = daemon.epoch();
  co_await clock_.sleep(3 * travel() + creation);
  if (daemon.epoch() != began)
    co_return fail(Code::unavailable, "the engine closed the connection");
  body.erase("CheckDuplicate");
  co_return daemon.create_network(body);
}

Task<Result<std::string>> FakeEngine::create_network(boost::json::object body) {
  return request<std::string>(name("create_network", fake::text_of(body, "Name"), true),
                              [this, body] { return make_network(body); });
}
Task<Status> FakeEngine::remove_network(std::string id) {
  return ask<void>(name("remove_network", id, true),
                   [this, id] { return daemon.remove_network(id); });
}
Task<Status> FakeEngine::connect_network(std::string network, std::string container,
                                         boost::json::object endpoint) {
  return ask<void>(name("connect_network", network + " " + container, true),
                   [this, network, container, endpoint] {
                     return daemon.connect(network, container, endpoint);
                   });
}
Task<Status> FakeEngine::disconnect_network(std::string network, std::string container,
                                            bool force) {
  return ask<void>(
      name("disconnect_network", network + " " + container, true),
      [this, network, container, force] { return daemon.disconnect(network, container, force); });
}
Task<Status> FakeEngine::create_volume(boost::json::object body) {
  return request<void>(name("create_volume", fake::text_of(body, "Name"), true), [this, body] {
    return at_once<void>(*this, travel() + creation,
                         [this, body] { return daemon.create_volume(body); });
  });
}
Task<Status> FakeEngine::remove_volume(std::string volume) {
  return ask<void>(name("remove_volume", volume, true),
                   [this, volume] { return daemon.remove_volume(volume); });
}
Task<Status> FakeEngine::pull(std::string reference, std::string, OnImageProgress progress) {
  return pull_here(name("pull", reference, true), reference, std::move(progress));
}
Task<Status> FakeEngine::tag_image(std::string id, std::string reference) {
  return ask<void>(name("tag_image", id + " " + reference, true),
                   [this, id, reference] { return daemon.tag(id, reference); });
}
Task<Status> FakeEngine::remove_image(std::string reference) {
  return ask<void>(name("remove_image", reference, true),
                   [this, reference] { return daemon.remove_image(reference); });
}

// ---- commands and streams

Task<Result<ExecResult>> FakeEngine::exec(ExecRequest asked) {
  return request<ExecResult>(name("exec", asked.container + " " + join(asked.command, " "), false),
                             [this, asked] { return daemon.exec(asked); });
}
Task<Result<int>> FakeEngine::exec_interactive(InteractiveRequest asked) {
  auto inner = asked.exec;
  if (inner.container.empty()) inner.container = asked.container;
  auto result = co_await exec(std::move(inner));
  if (!result) co_return fail(std::move(result).error());
  co_return result->exit_code;
}
Task<Result<int>> FakeEngine::run_attached(InteractiveRequest asked) {
  return start_and_wait(name("run_attached", asked.container, true), asked.container);
}
Task<Result<int>> FakeEngine::wait_container(std::string id) {
  return wait_for_exit(name("wait_container", id, false), id);
}
Task<Status> FakeEngine::logs(LogRequest asked, OnLog on_log) {
  auto call = name("logs", asked.container, false);
  return stream_logs(std::move(call), std::move(asked), std::move(on_log));
}
Task<Status> FakeEngine::events(std::string project, Signal* subscribed, OnEngineEvent on_event) {
  return stream_events(name("events", project, false), project, subscribed, std::move(on_event));
}

Task<Status> FakeEngine::pull_here(Named call, std::string reference, OnImageProgress progress) {
  CO_TRY(auto fault, co_await depart(std::move(call)));
  CO_TRY_VOID(co_await daemon.pull(std::move(reference), std::move(progress)));
  co_return co_await arrive(std::move(fault));
}

Task<Result<int>> FakeEngine::wait_for_exit(Named call, std::string id) {
  CO_TRY(auto fault, co_await depart(std::move(call)));
  const auto* c = daemon.find(id);
  if (!c) co_return fail(Code::not_found, "No such container: " + id);
  int code = c->exit_code;
  if (c->active()) {
    const auto exit = c->exit;
    const auto lost = daemon.lost();
    co_await race(exit->reached.wait(), lost->wait());
    if (lost->is_set()) co_return fail(Code::unavailable, "the engine closed the connection");
    code = exit->code;
  }
  CO_TRY_VOID(co_await arrive(std::move(fault)));
  co_return code;
}

Task<Result<int>> FakeEngine::start_and_wait(Named call, std::string id) {
  CO_TRY(auto fault, co_await depart(std::move(call)));
  CO_TRY_VOID(daemon.start(id));
  CO_TRY_VOID(co_await arrive(std::move(fault)));
  co_return co_await wait_container(id);
}

namespace {
bool send_line(const FakeLogLine& line, const LogRequest& asked, std::size_t& sent,
               const OnLog& on_log) {
  const auto bytes = (asked.timestamps ? line.time + " " : std::string{}) + line.text + "\n";
  const auto room = asked.limit == 0 ? bytes.size() : std::min(bytes.size(), asked.limit - sent);
  LogChunk chunk;
  chunk.stream = line.stream;
  chunk.bytes = std::string_view(bytes).substr(0, room);
  if (room > 0) on_log(chunk);
  sent += room;
  return asked.limit == 0 || sent < asked.limit;
}

bool wanted(const EngineEvent& event, const std::string& project) {
  if (project.empty()) return true;
  const auto it = event.attributes.find("com.docker.compose.project");
  return it != event.attributes.end() && it->second == project;
}
}  // namespace

Task<Status> FakeEngine::stream_logs(Named call, LogRequest asked, OnLog on_log) {
  CO_TRY(auto fault, co_await depart(std::move(call)));
  const auto* c = daemon.find(asked.container);
  if (!c) co_return fail(Code::not_found, "No such container: " + asked.container);
  const auto id = c->id;
  std::size_t next = 0, sent = 0;
  if (asked.tail != "all") {
    const auto count = static_cast<std::size_t>(std::stoul(asked.tail));
    if (c->log.size() > count) next = c->log.size() - count;
  }
  for (;;) {
    for (; c && next < c->log.size(); ++next)
      if (!send_line(c->log[next], asked, sent, on_log)) co_return Status{};
    if (!c || !asked.follow || !c->up()) break;
    const auto exit = c->exit;
    const auto lost = daemon.lost();
    co_await race(exit->reached.wait(), lost->wait());
    if (lost->is_set()) co_return fail(Code::unavailable, "the engine closed the connection");
    c = daemon.find(id);
    if (c && next >= c->log.size()) break;
  }
  co_return co_await arrive(std::move(fault));
}

namespace {
struct Subscription {
  std::deque<EngineEvent> queue;
  std::shared_ptr<Signal> wake = std::make_shared<Signal>();
};
/// Ends the subscription when the stream's frame goes.
struct Unsubscribe {
  FakeDaemon& daemon;
  int number;
  ~Unsubscribe() { daemon.subscribers.erase(number); }
};
}  // namespace

Task<Status> FakeEngine::stream_events(Named call, std::string project, Signal* subscribed,
                                       OnEngineEvent on_event) {
  CO_TRY(auto fault, co_await depart(std::move(call)));
  const auto lost = daemon.lost();
  const auto own = std::make_shared<Subscription>();
  const int number = next_subscriber_++;
  daemon.subscribers[number] = [own, project](const EngineEvent& event) {
    if (!wanted(event, project)) return;
    own->queue.push_back(event);
    if (own->queue.size() == 1) std::exchange(own->wake, std::make_shared<Signal>())->set();
  };
  Unsubscribe guard{daemon, number};
  CO_TRY_VOID(co_await arrive(std::move(fault)));
  if (subscribed) subscribed->set();
  for (;;) {
    if (own->queue.empty()) {
      const auto wake = own->wake;
      co_await race(wake->wait(), lost->wait());
    }
    if (lost->is_set()) co_return fail(Code::unavailable, "the engine closed the connection");
    co_await clock_.sleep(travel());
    while (!own->queue.empty()) {
      const auto event = std::move(own->queue.front());
      own->queue.pop_front();
      if (!on_event(event)) co_return Status{};
    }
  }
}

}  // namespace landfast
