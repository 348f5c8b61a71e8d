// SPDX-License-Identifier: Apache-2.0
#include "app/crash_points.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace landfast {
namespace {

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto it = environment.find(name);
  return it == environment.end() ? std::string{} : it->second;
}

std::string name_in(const boost::json::object& body) {
  const auto* name = body.if_contains("Name");
  return name && name->is_string() ? std::string(name->get_string()) : std::string{};
}

/// One write of one whole line: what was passed is in the file even when SIGKILL comes next.
void append_line(const std::string& path, const std::string& line) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const auto bytes = line + "\n";
  [[maybe_unused]] const auto written = ::write(fd, bytes.data(), bytes.size());
  ::close(fd);
}

}  // namespace

std::unique_ptr<CrashPoints> CrashPoints::from(
    const std::map<std::string, std::string>& environment) {
  auto log = value_of(environment, "LANDFAST_CRASH_LOG");
  auto at = value_of(environment, "LANDFAST_CRASH_AT");
  if (log.empty() && at.empty()) return nullptr;
  return std::make_unique<CrashPoints>(std::move(log), std::move(at));
}

CrashPoints::Call::Call(CrashPoints& points, std::string_view call, const std::string& target,
                        bool changes)
    : points_(points), name_(call) {
  const auto known = points.names_.find(target);
  const auto& shown = known == points.names_.end() ? target : known->second;
  if (!shown.empty()) name_ += " " + shown;
  if (!changes) return;
  const int times = ++points.times_[name_];
  if (times > 1) name_ += "#" + std::to_string(times);
}

void CrashPoints::pass(const std::string& point) {
  if (seen_.insert(point).second) {
    order_.push_back(point);
    if (!log_.empty()) append_line(log_, point);
  }
  if (point == at_) (void)std::raise(SIGKILL);
}

// ---- engine

template <class T>
Task<T> CrashPointEngine::look(std::string_view call, const std::string& target, Task<T> work) {
  return CrashPoints::pass_around(CrashPoints::Call(points_, call, target, false), std::move(work));
}
template <class T>
Task<T> CrashPointEngine::change(std::string_view call, const std::string& target, Task<T> work) {
  return CrashPoints::pass_around(CrashPoints::Call(points_, call, target, true), std::move(work));
}

Task<Result<EngineFacts>> CrashPointEngine::facts() { return look("facts", "", inner_.facts()); }

Task<Result<std::vector<Container>>> CrashPointEngine::containers(ContainerFilter filter) {
  const auto project = filter.project;
  auto found = co_await look("containers", project, inner_.containers(std::move(filter)));
  if (found)
    for (const auto& c : *found) points_.learn(c.id, c.name);
  co_return found;
}

Task<Result<Container>> CrashPointEngine::container(std::string id_or_name) {
  auto found = co_await look("container", id_or_name, inner_.container(id_or_name));
  if (found) points_.learn(found->id, found->name);
  co_return found;
}

Task<Result<std::vector<NetworkState>>> CrashPointEngine::networks() {
  auto found = co_await look("networks", "", inner_.networks());
  if (found)
    for (const auto& n : *found) points_.learn(n.id, n.name);
  co_return found;
}

Task<Result<std::vector<VolumeState>>> CrashPointEngine::volumes() {
  return look("volumes", "", inner_.volumes());
}

Task<Result<Image>> CrashPointEngine::image(std::string reference) {
  return look("image", reference, inner_.image(reference));
}

Task<Result<std::string>> CrashPointEngine::create_container(std::string name,
                                                             boost::json::object body,
                                                             std::string platform) {
  auto work = inner_.create_container(name, std::move(body), std::move(platform));
  auto id = co_await change("create_container", name, std::move(work));
  if (id) points_.learn(*id, name);
  co_return id;
}

Task<Status> CrashPointEngine::start_container(std::string id) {
  return change("start_container", id, inner_.start_container(id));
}

Task<Status> CrashPointEngine::stop_container(std::string id,
                                              std::optional<std::chrono::seconds> grace) {
  return change("stop_container", id, inner_.stop_container(id, grace));
}

Task<Status> CrashPointEngine::kill_container(std::string id, std::string signal) {
  return change("kill_container", id, inner_.kill_container(id, std::move(signal)));
}

Task<Status> CrashPointEngine::restart_container(std::string id,
                                                 std::optional<std::chrono::seconds> grace) {
  return change("restart_container", id, inner_.restart_container(id, grace));
}

Task<Status> CrashPointEngine::unpause_container(std::string id) {
  return change("unpause_container", id, inner_.unpause_container(id));
}

Task<Status> CrashPointEngine::remove_container(std::string id, bool force,
                                                bool anonymous_volumes) {
  return change("remove_container", id, inner_.remove_container(id, force, anonymous_volumes));
}

Task<Status> CrashPointEngine::rename_container(std::string id, std::string name) {
  auto renamed = co_await change("rename_container", id, inner_.rename_container(id, name));
  if (renamed) points_.learn(id, name);
  co_return renamed;
}

Task<Status> CrashPointEngine::set_restart_policy(std::string id, RestartPolicy policy) {
  return change("set_restart_policy", id, inner_.set_restart_policy(id, std::move(policy)));
}

Task<Result<int>> CrashPointEngine::wait_container(std::string id) {
  return look("wait_container", id, inner_.wait_container(id));
}

Task<Status> CrashPointEngine::put_archive(std::string id, std::string path, std::string tar) {
  return change("put_archive", id, inner_.put_archive(id, std::move(path), std::move(tar)));
}

Task<Result<std::string>> CrashPointEngine::get_archive(std::string id, std::string path,
                                                        std::size_t limit) {
  return look("get_archive", id, inner_.get_archive(id, std::move(path), limit));
}

Task<Result<std::vector<std::string>>> CrashPointEngine::processes(std::string id) {
  return look("processes", id, inner_.processes(id));
}

Task<Result<std::string>> CrashPointEngine::create_network(boost::json::object body) {
  const auto name = name_in(body);
  auto id = co_await change("create_network", name, inner_.create_network(std::move(body)));
  if (id) points_.learn(*id, name);
  co_return id;
}

Task<Status> CrashPointEngine::remove_network(std::string id) {
  return change("remove_network", id, inner_.remove_network(id));
}

Task<Status> CrashPointEngine::connect_network(std::string network, std::string container,
                                               boost::json::object endpoint) {
  return change("connect_network", container,
                inner_.connect_network(std::move(network), container, std::move(endpoint)));
}

Task<Status> CrashPointEngine::disconnect_network(std::string network, std::string container,
                                                  bool force) {
  return change("disconnect_network", container,
                inner_.disconnect_network(std::move(network), container, force));
}

Task<Status> CrashPointEngine::create_volume(boost::json::object body) {
  const auto name = name_in(body);
  return change("create_volume", name, inner_.create_volume(std::move(body)));
}

Task<Status> CrashPointEngine::remove_volume(std::string name) {
  return change("remove_volume", name, inner_.remove_volume(name));
}

Task<Status> CrashPointEngine::pull(std::string reference, std::string platform,
                                    OnImageProgress progress) {
  auto work = inner_.pull(reference, std::move(platform), std::move(progress));
  return change("pull", reference, std::move(work));
}

Task<Status> CrashPointEngine::tag_image(std::string id, std::string reference) {
  return change("tag_image", reference, inner_.tag_image(std::move(id), reference));
}

Task<Status> CrashPointEngine::remove_image(std::string reference) {
  return change("remove_image", reference, inner_.remove_image(reference));
}

Task<Result<ExecResult>> CrashPointEngine::exec(ExecRequest request) {
  const auto target = request.container;
  return look("exec", target, inner_.exec(std::move(request)));
}

Task<Result<int>> CrashPointEngine::exec_interactive(InteractiveRequest request) {
  const auto target = request.container;
  return change("exec_interactive", target, inner_.exec_interactive(std::move(request)));
}

Task<Result<int>> CrashPointEngine::run_attached(InteractiveRequest request) {
  const auto target = request.container;
  return change("run_attached", target, inner_.run_attached(std::move(request)));
}

Task<Status> CrashPointEngine::logs(LogRequest request, OnLog on_log) {
  const auto target = request.container;
  return look("logs", target, inner_.logs(std::move(request), std::move(on_log)));
}

Task<Status> CrashPointEngine::events(std::string project, Signal* subscribed,
                                      OnEngineEvent on_event) {
  auto work = inner_.events(project, subscribed, std::move(on_event));
  return look("events", project, std::move(work));
}

// ---- journal

template <class T>
Task<T> CrashPointJournal::write(std::string_view call, const std::string& target, Task<T> work) {
  return CrashPoints::pass_around(CrashPoints::Call(points_, call, target, true), std::move(work));
}

Task<Result<History>> CrashPointJournal::history(std::string stack) {
  return inner_.history(std::move(stack));
}
Task<Result<std::vector<StepRecord>>> CrashPointJournal::steps(std::int64_t deployment) {
  return inner_.steps(deployment);
}
Task<Result<std::vector<Release>>> CrashPointJournal::releases(std::string stack) {
  return inner_.releases(std::move(stack));
}
Task<Result<std::vector<Deployment>>> CrashPointJournal::deployments(std::string stack) {
  return inner_.deployments(std::move(stack));
}
Task<Result<std::vector<StackInputs>>> CrashPointJournal::stacks() { return inner_.stacks(); }

Task<Status> CrashPointJournal::remember_inputs(StackInputs inputs) {
  const auto stack = inputs.name;
  return write("remember_inputs", stack, inner_.remember_inputs(std::move(inputs)));
}

Task<Result<std::int64_t>> CrashPointJournal::begin_deployment(Deployment deployment) {
  const auto stack = deployment.stack;
  return write("begin_deployment", stack, inner_.begin_deployment(std::move(deployment)));
}

Task<Status> CrashPointJournal::set_state(std::int64_t deployment, DeploymentState state) {
  const std::string target(to_string(state));
  return write("set_state", target, inner_.set_state(deployment, state));
}

Task<Status> CrashPointJournal::intend(StepIntent intent) {
  const auto step = intent.step;
  return write("intend", step, inner_.intend(std::move(intent)));
}

Task<Status> CrashPointJournal::record(std::int64_t deployment, std::string step,
                                       StepOutcome outcome, std::string result) {
  auto work = inner_.record(deployment, step, outcome, std::move(result));
  return write("record", step, std::move(work));
}

Task<Result<std::int64_t>> CrashPointJournal::commit(std::int64_t deployment, Release release,
                                                     std::vector<OneShotRun> one_shots) {
  auto work = inner_.commit(deployment, std::move(release), std::move(one_shots));
  return write("commit", "", std::move(work));
}

Task<Status> CrashPointJournal::end_deployment(std::int64_t deployment, DeploymentState state,
                                               std::string error) {
  const std::string target(to_string(state));
  auto work = inner_.end_deployment(deployment, state, std::move(error));
  return write("end_deployment", target, std::move(work));
}

Task<Status> CrashPointJournal::remember_volumes(std::string stack,
                                                 std::vector<std::string> volumes) {
  auto work = inner_.remember_volumes(stack, std::move(volumes));
  return write("remember_volumes", stack, std::move(work));
}

Task<Status> CrashPointJournal::close_stack(std::string stack) {
  return write("close_stack", stack, inner_.close_stack(stack));
}

}  // namespace landfast
