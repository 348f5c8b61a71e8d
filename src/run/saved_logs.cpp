// SPDX-License-Identifier: Apache-2.0
#include "run/saved_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <chrono>

namespace landfast {
namespace {

constexpr std::size_t most_read = std::size_t{64} << 20;  // bytes of one log, read to its end
constexpr std::chrono::seconds limit{10};                 // of reading one log
constexpr const char* last_lines = "50000";

/// The files that a container has from our state directory: digests of configs and secrets.
std::vector<std::string> kept_files(const Container& container, const std::string& stack) {
  std::vector<std::string> digests;
  const auto part = "/mounted/" + stack + "/";
  for (const auto& mount : container.mounts) {
    const auto* source = mount.is_object() ? mount.get_object().if_contains("Source") : nullptr;
    if (source == nullptr || !source->is_string()) continue;
    const std::string_view path = source->get_string();
    if (const auto at = path.find(part); at != std::string_view::npos)
      digests.emplace_back(path.substr(at + part.size()));
  }
  return digests;
}

/// A secret of one line, or a key; a config of many lines would take ordinary words with it.
void add_kept_file(Redactor& redactor, const Secret& content) {
  const auto text = content.reveal();
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (lines <= 1 || text.find("PRIVATE KEY") != std::string_view::npos) redactor.add(content);
}

/// The end of a log as it streams by.
class LogEnd {
 public:
  void add(std::string_view bytes) {
    text_.append(bytes);
    if (text_.size() > 2 * DeploymentFiles::log_limit)
      text_.erase(0, text_.size() - DeploymentFiles::log_limit);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Task<Done> nap(const Ports& ports) {
  co_await ports.clock.sleep(limit);
  co_return Done{};
}

Task<Result<std::string>> read_log(const Ports& ports, std::string container) {
  LogEnd end;
  LogRequest request;
  request.container = std::move(container);
  request.tail = last_lines;
  request.limit = most_read;
  OnLog collect = [&end](const LogChunk& chunk) { end.add(chunk.bytes); };
  auto reading = ports.engine.logs(std::move(request), std::move(collect));
  auto either = race(std::move(reading), nap(ports));
  const auto winner = co_await either;
  if (winner.index() == 0 && !std::get<0>(winner)) co_return fail(std::get<0>(winner).error());
  co_return end.text();
}

Task<Status> save_log(const Ports& ports, const Plan& undo, const Container& container,
                      const std::vector<Secret>& secrets) {
  CO_TRY(const auto text, co_await read_log(ports, container.id));
  if (text.empty()) co_return Status{};
  auto redactor = redactor_of(container);
  for (const auto& secret : secrets) redactor.add(secret);
  for (const auto& digest : kept_files(container, undo.stack)) {
    CO_TRY(const auto content, ports.host.mounted_file(undo.stack, digest));
    add_kept_file(redactor, content);
  }
  SavedLog log;
  log.container = container.name;
  log.text = redactor.apply(text);
  co_return ports.files.keep_log(undo.deployment, std::move(log));
}

}  // namespace

Redactor redactor_of(const Container& container) {
  Redactor redactor;
  const auto* list = container.config.if_contains("Env");
  if (list == nullptr || !list->is_array()) return redactor;
  for (const auto& item : list->get_array()) {
    if (!item.is_string()) continue;
    const std::string_view entry = item.get_string();
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos)
      redactor.add_variable(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return redactor;
}

void add_secrets(Redactor& redactor, const Project& project) {
  for (const auto& [key, secret] : project.secrets)
    if (secret.content) redactor.add(*secret.content);
}

Task<Status> save_logs(const Ports& ports, const Plan& undo, const World& world,
                       const std::vector<Secret>& secrets) {
  Status first;
  bool any = false;
  for (const auto& step : undo.steps) {
    if (step.kind != StepKind::remove_container) continue;
    const auto it = std::find_if(world.containers.begin(), world.containers.end(),
                                 [&](const auto& c) { return c.id == step.container_id; });
    if (it == world.containers.end() || it->started_at.starts_with("0001")) continue;
    any = true;
    auto saved = co_await save_log(ports, undo, *it, secrets);
    if (!saved && first)
      first = fail(wrap(std::move(saved).error(),
                        fmt::format("the log of {} could not be saved", it->name)));
  }
  if (any && first) first = ports.files.drop_old_logs(deployments_with_logs);
  co_return first;
}

}  // namespace landfast
