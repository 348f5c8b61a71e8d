// SPDX-License-Identifier: Apache-2.0
#include "watch/plain_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "watch/style.h"
#include "watch/wording.h"

namespace landfast {
namespace {

constexpr auto progress_interval = std::chrono::seconds(5);

std::string subject(const Step& step) {
  if (step.service.empty()) return "-";
  return printable(step.service) + (step.number > 1 ? fmt::format("-{}", step.number) : "");
}

}  // namespace

void PlainLines::on_event(const Event& event) {
  const auto* step = event.step;
  switch (event.kind) {
  case EventKind::deployment_started:
    return started(event);
  case EventKind::state_changed:
    return;
  case EventKind::step_started:
    if (step != nullptr) step_line(event, doing(*step));
    return;
  case EventKind::step_progress:
  case EventKind::step_waiting:
    if (step != nullptr && worth_saying(event)) step_line(event, progress_text(event));
    return;
  case EventKind::step_done: {
    if (step == nullptr) return;
    const auto text = outcome_of(event);
    const bool repeats = text.empty() || text == did(*step);
    return step_line(event, repeats ? did(*step) : did(*step) + ": " + text);
  }
  case EventKind::step_failed:
    if (step != nullptr)
      step_line(event, "failed: " + (event.error != nullptr ? printable(event.error->text) : ""));
    return;
  case EventKind::notice:
    return write_("note: " + notice_text(event) + "\n");
  case EventKind::undo_started:
    return write_(
        fmt::format("{:>10}  undoing: {}\n", human_duration(event.at), printable(event.text)));
  case EventKind::deployment_done:
    return write_(
        fmt::format("{}  {}\n", printable(event.stack), outcome_text(event, was_release_)));
  }
}

void PlainLines::started(const Event& event) {
  if (event.plan == nullptr) return;
  was_release_ = event.plan->current_release;
  for (const auto& step : event.plan->steps)
    name_width_ = std::max(name_width_, display_width(subject(step)));
  std::vector<std::string> parts{printable(event.stack)};
  for (auto part : {release_change(*event.plan), plan_summary(*event.plan)})
    if (!part.empty()) parts.push_back(std::move(part));
  write_(join(parts, "  ") + "\n");
}

void PlainLines::step_line(const Event& event, std::string_view text) {
  write_(fmt::format("{:>10}  {}  {}\n", human_duration(event.at),
                     padded(subject(*event.step), name_width_), text));
}

bool PlainLines::worth_saying(const Event& event) {
  const auto text = progress_text(event);
  auto& said = said_[event.step->id];
  if (text.empty() || said.text == text) return false;
  const bool waiting = event.kind == EventKind::step_waiting;
  if (!waiting && event.at - said.at < progress_interval && !said.text.empty()) return false;
  said = Said{text, event.at};
  return true;
}

}  // namespace landfast
