// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <set>

#include "app/args.h"
#include "app/call.h"
#include "app/containers.h"
#include "app/log_lines.h"
#include "app/stack.h"
#include "app/time_text.h"
#include "base/text.h"
#include "plan/names.h"

namespace landfast {
namespace {

/// What the streams of one `logs` share.
struct LogView {
  Call call;
  std::string stack;
  Engine& engine;
  std::string since, until;
  std::size_t width = 0;
  std::size_t streams = 0;            ///< begun so far: the next one's colour
  std::set<std::string> following{};  ///< container ids
  std::optional<Error> error{};
  TaskGroup group{};
};

/// "10m" ago as unix seconds; anything else is left to the engine.
Result<std::string> moment(const std::string& text) {
  const bool span = !text.empty() && text.find_first_of("hms") != std::string::npos &&
                    text.find(':') == std::string::npos;
  if (!span) return text;
  TRY(const auto back, parse_duration(text));
  const auto then = now_utc() - back;
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(then.time_since_epoch()).count());
}

void show_line(LogView& view, const Container& c, const std::string& prefix, bool errors,
               std::string_view line) {
  const auto& output = view.call.output;
  if (output.is_json()) {
    output.json(boost::json::object{{"service", c.label(label::service)},
                                    {"container", c.name},
                                    {"stream", errors ? "err" : "out"},
                                    {"text", printable(line)}});
    return;
  }
  const bool terminal = view.call.around.output_is_terminal;
  write_out(prefix + (terminal ? log_line_for_terminal(line) : std::string(line)) + "\n");
}

Task<void> stream(LogView& view, Container container, std::string since) {
  const auto prefix = log_prefix(short_name(view.stack, container), view.width, view.streams++,
                                 view.call.output.style());
  LineSplitter out([&](std::string_view l) { show_line(view, container, prefix, false, l); });
  LineSplitter err([&](std::string_view l) { show_line(view, container, prefix, true, l); });
  LogRequest request;
  request.container = container.id;
  request.follow = view.call.arguments.follow;
  request.timestamps = view.call.arguments.timestamps;
  request.tail = view.call.arguments.tail;
  request.since = std::move(since);
  request.until = view.until;
  const OnLog on_log = [&](const LogChunk& chunk) {
    (chunk.stream == LogChunk::Stream::err ? err : out).feed(chunk.bytes);
  };
  const auto status = co_await view.engine.logs(std::move(request), on_log);
  out.end();
  err.end();
  view.following.erase(container.id);
  const bool gone = !status && status.error().code == Code::not_found;
  if (!status && !gone && !view.error) view.error = status.error();
}

void begin(LogView& view, Container container, std::string since) {
  if (!view.following.insert(container.id).second) return;
  view.width = std::max(view.width, display_width(short_name(view.stack, container)));
  view.group.spawn(stream(view, std::move(container), std::move(since)));
}

Task<void> follow_started(LogView& view, std::string id, std::string since) {
  auto container = co_await view.engine.container(std::move(id));
  if (container && is_wanted(*container, view.call.arguments.services))
    begin(view, std::move(*container), std::move(since));
}

/// Containers that start from now on, such as those of a deploy, are followed too.
Task<Done> follow_new(LogView& view) {
  const OnEngineEvent on_event = [&view](const EngineEvent& e) {
    if (e.type == "container" && e.action == "start" && !view.following.contains(e.id))
      view.group.spawn(follow_started(view, e.id, std::to_string(e.time_nano / 1'000'000'000)));
    return true;
  };
  const auto status = co_await view.engine.events(view.stack, nullptr, on_event);
  if (!status && !view.error) view.error = status.error();
  co_return Done{};
}

/// "shop-web-1.lf-12" is of web; a container with a name of its own is meant by that name.
bool is_log_of(const std::string& container, const std::vector<std::string>& services) {
  const auto generation = generation_name(container);
  const auto name = generation ? generation->serving : container;
  const auto stem = name.substr(0, name.rfind('-'));
  return services.empty() ||
         std::any_of(services.begin(), services.end(), [&](const std::string& service) {
           return name == service || stem == service || stem.ends_with("-" + service);
         });
}

/// What an undo saved before it removed containers.
Ending show_saved_logs(Call call) {
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(auto logs, ports->files.logs(call.arguments.deployment));
  std::erase_if(logs, [&](const SavedLog& log) {
    return !is_log_of(log.container, call.arguments.services);
  });
  if (logs.empty())
    co_return fail(
        Code::invalid, fmt::format("no logs of deployment {} are kept", call.arguments.deployment),
        "they are of containers that an undo removed: landfast history lists deployments");
  std::size_t width = 0, count = 0;
  for (const auto& log : logs) width = std::max(width, display_width(log.container));
  for (const auto& log : logs) {
    const auto prefix = log_prefix(log.container, width, count++, call.output.style());
    LineSplitter lines([&](std::string_view line) {
      if (call.output.is_json()) {
        call.output.json(
            boost::json::object{{"container", log.container}, {"text", printable(line)}});
        return;
      }
      write_out(prefix + log_line_for_terminal(line) + "\n");
    });
    lines.feed(log.text);
    lines.end();
  }
  co_return ExitStatus::done;
}

}  // namespace

Ending show_logs(Call call) {
  if (call.arguments.deployment != 0) co_return co_await show_saved_logs(call);
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto stack, co_await find_stack_name(call));
  if (!stack) co_return fail(no_stack(call));
  CO_TRY(auto containers, co_await wanted_containers(*engine, *stack, call.arguments.services));
  LogView view{.call = call, .stack = *stack, .engine = *engine};
  CO_TRY(view.since, moment(call.arguments.since));
  CO_TRY(view.until, moment(call.arguments.until));
  for (const auto& c : containers)
    view.width = std::max(view.width, display_width(short_name(*stack, c)));
  for (auto& c : containers) begin(view, std::move(c), view.since);
  if (call.arguments.follow) (void)co_await follow_new(view);
  co_await view.group.join();
  if (view.error) co_return fail(std::move(*view.error));
  co_return ExitStatus::done;
}

}  // namespace landfast
