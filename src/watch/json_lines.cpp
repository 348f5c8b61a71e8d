// SPDX-License-Identifier: Apache-2.0
#include "watch/json_lines.h"

#include <boost/json/serialize.hpp>

#include "watch/render_error.h"

namespace landfast {
namespace {

namespace json = boost::json;

std::int64_t milliseconds(std::chrono::nanoseconds value) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(value).count();
}

json::object step_json(const Step& step) {
  json::object out{{"id", step.id}, {"kind", to_string(step.kind)}};
  if (!step.service.empty()) out["service"] = step.service;
  if (step.number > 0) out["number"] = step.number;
  if (!step.name.empty()) out["name"] = step.name;
  if (!step.cause.empty()) out["cause"] = step.cause;
  return out;
}

void add_details(json::object& out, const Event& event) {
  const bool bytes = event.kind == EventKind::step_progress;
  if (bytes) {
    out["current"] = event.current;
    out["total"] = event.total;
  }
  const bool ends = event.kind == EventKind::step_done || event.kind == EventKind::deployment_done;
  if (ends) out["took_ms"] = milliseconds(event.took);
  const bool states =
      event.kind == EventKind::state_changed || event.kind == EventKind::deployment_done;
  if (states) out["state"] = to_string(event.state);
  if (event.release) out["release"] = *event.release;
  if (event.error != nullptr) out["error"] = error_json(*event.error);
}

}  // namespace

std::string_view to_string(EventKind kind) {
  switch (kind) {
  case EventKind::deployment_started:
    return "deployment_started";
  case EventKind::state_changed:
    return "state_changed";
  case EventKind::step_started:
    return "step_started";
  case EventKind::step_progress:
    return "step_progress";
  case EventKind::step_waiting:
    return "step_waiting";
  case EventKind::step_done:
    return "step_done";
  case EventKind::step_failed:
    return "step_failed";
  case EventKind::notice:
    return "notice";
  case EventKind::undo_started:
    return "undo_started";
  case EventKind::deployment_done:
    return "deployment_done";
  }
  return "notice";
}

json::object event_json(const Event& event) {
  json::object out{{"event", to_string(event.kind)}, {"at_ms", milliseconds(event.at)}};
  if (!event.stack.empty()) out["stack"] = event.stack;
  if (event.deployment != 0) out["deployment"] = event.deployment;
  if (event.step != nullptr) out["step"] = step_json(*event.step);
  if (!event.text.empty()) out["text"] = event.text;
  add_details(out, event);
  const bool begins =
      event.kind == EventKind::deployment_started || event.kind == EventKind::undo_started;
  if (begins && event.plan != nullptr) out["plan"] = plan_json(*event.plan);
  return out;
}

void JsonLines::on_event(const Event& event) { write_(json::serialize(event_json(event)) + "\n"); }

}  // namespace landfast
