// SPDX-License-Identifier: Apache-2.0
#include "watch/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "watch/wording.h"

namespace landfast {
namespace {

/// What a service is called in the view; networks and volumes have lines of their own.
std::string line_name(const Step& step) {
  if (!step.service.empty()) return printable(step.service);
  return printable(step.key.empty() ? step.name : step.key);
}

/// Networks and volumes are made in an instant: they get a line only if they have to be seen.
bool has_own_line(const Step& step) { return !step.service.empty(); }

/// Steps whose outcome says how the service stands, unlike those that follow them.
bool is_gate(StepKind kind) {
  return kind == StepKind::await_ready || kind == StepKind::await_exit ||
         kind == StepKind::restore_container;
}

std::string result_text(const ServicePlan& service) {
  switch (service.change) {
  case ServiceChange::unchanged:
    return "unchanged";
  case ServiceChange::done:
    return "done before";
  case ServiceChange::removed:
    return "removed";
  case ServiceChange::stopped:
    return "stopped";
  case ServiceChange::policy:
    return "restart policy set";
  default:
    return {};
  }
}

}  // namespace

void Progress::apply(const Event& event) {
  if (!event.stack.empty()) stack_ = printable(event.stack);
  switch (event.kind) {
  case EventKind::deployment_started:
    return begin(event);
  case EventKind::undo_started:
    return begin_undo(event);
  case EventKind::deployment_done:
    return end(event);
  case EventKind::notice:
    notices_.push_back(notice_text(event));
    return;
  case EventKind::state_changed:
    return;
  default:
    if (auto* view = view_of(event); view != nullptr) apply_step(event, *view);
  }
}

void Progress::apply_step(const Event& event, StepView& view) {
  const auto finish = [&](LineState state, std::string text) {
    view.state = state;
    view.ended = event.at;
    view.text = std::move(text);
  };
  switch (event.kind) {
  case EventKind::step_started:
    view.state = LineState::active;
    view.started = event.at;
    return;
  case EventKind::step_progress:
  case EventKind::step_waiting:
    view.text = progress_text(event);
    return;
  case EventKind::step_done:
    return finish(LineState::done, outcome_of(event));
  case EventKind::step_failed:
    return finish(LineState::failed,
                  event.error != nullptr ? printable(event.error->text) : "failed");
  default:
    return;
  }
}

void Progress::begin(const Event& event) {
  if (event.plan == nullptr) return;
  change_ = release_change(*event.plan);
  summary_ = plan_summary(*event.plan);
  was_release_ = event.plan->current_release;
  adopt(*event.plan);
}

void Progress::adopt(const Plan& plan) {
  for (const auto& service : plan.services) {
    const auto name = printable(service.service);
    if (!services_.contains(name)) order_.push_back(name);
    auto& view = services_[name];
    view.result = result_text(service);
    view.unchanged =
        service.change == ServiceChange::unchanged || service.change == ServiceChange::done;
  }
  for (const auto& step : plan.steps) {
    steps_[step.id] = StepView{.step = step};
    if (has_own_line(step)) service_of(step).steps.push_back(step.id);
  }
}

Progress::ServiceView& Progress::service_of(const Step& step) {
  const auto name = line_name(step);
  if (!services_.contains(name)) order_.push_back(name);
  return services_[name];
}

Progress::StepView* Progress::view_of(const Event& event) {
  if (event.step == nullptr) return nullptr;
  const auto it = steps_.find(event.step->id);
  const bool seen = it != steps_.end();
  auto& view = seen ? it->second : steps_[event.step->id];
  if (!seen) view.step = *event.step;
  const bool shown = has_own_line(*event.step) || event.kind == EventKind::step_failed;
  auto* service = shown ? &service_of(*event.step) : nullptr;
  if (service != nullptr && std::find(service->steps.begin(), service->steps.end(),
                                      event.step->id) == service->steps.end())
    service->steps.push_back(event.step->id);
  return &view;
}

void Progress::begin_undo(const Event& event) {
  failed_ = true;
  change_ = was_release_ ? fmt::format("back to release {}", *was_release_) : "undoing";
  summary_ = printable(event.text);
  // What has not begun will not: only what failed, what ran and what the undo does is left to see.
  for (auto& [name, service] : services_) {
    std::erase_if(service.steps,
                  [&](const auto& id) { return steps_.at(id).state == LineState::waiting; });
    if (service.steps.empty() && !service.unchanged)
      service.result = was_release_ ? "as before" : "not made";
  }
  if (event.plan != nullptr) adopt(*event.plan);
}

void Progress::end(const Event& event) {
  outcome_ = outcome_text(event, was_release_);
  failed_ = event.error != nullptr || event.state != DeploymentState::committed;
}

std::string Progress::header() const {
  std::vector<std::string> parts;
  for (const auto* part : {&stack_, &change_, &summary_})
    if (!part->empty()) parts.push_back(*part);
  return join(parts, "   ");
}

std::vector<ServiceLine> Progress::lines() const {
  std::vector<ServiceLine> out;
  out.reserve(order_.size());
  for (const auto& name : order_) out.push_back(line(name, services_.at(name)));
  return out;
}

ServiceLine Progress::line(const std::string& name, const ServiceView& view) const {
  const auto now = look_at(view);
  ServiceLine out{.name = name, .since = now.since};
  if (now.active != nullptr) {
    out.state = LineState::active;
    out.text = active_text(*now.active);
  } else if (now.failed != nullptr) {
    out.state = LineState::failed;
    out.text = now.failed->text;
    out.took = now.failed->ended - *now.since;
  } else if (now.next != nullptr) {
    const auto others = waits_for(name, *now.next);
    if (outcome_) {
      out.text = "not done";
    } else if (others.empty() && now.since) {  // between two of its own steps
      out.state = LineState::active;
      out.text = doing(now.next->step);
    } else {
      out.text = others.empty() ? "next" : others;
    }
    if (out.state != LineState::active) out.since.reset();
  } else {
    out.state = LineState::done;
    out.unchanged = view.unchanged;
    if (now.last != nullptr && !view.unchanged) out.took = now.last->ended - *now.since;
    out.text = done_text(view, now);
  }
  return out;
}

Progress::Moment Progress::look_at(const ServiceView& view) const {
  Moment now;
  for (const auto& id : view.steps) {
    const auto& step = steps_.at(id);
    if (is_gate(step.step.kind)) now.gate = &step;
    if (step.state == LineState::failed) now.failed = &step;
    if (step.state == LineState::active) now.active = &step;
    if (step.state == LineState::waiting && now.next == nullptr) now.next = &step;
    if (step.state == LineState::done && (now.last == nullptr || step.ended >= now.last->ended))
      now.last = &step;
    if (step.state != LineState::waiting)
      now.since = now.since ? std::min(*now.since, step.started) : step.started;
  }
  return now;
}

std::string Progress::active_text(const StepView& view) {
  const auto kind = view.step.kind;
  const bool image = kind == StepKind::pull_image || kind == StepKind::build_image;
  if (view.text.empty()) return doing(view.step);
  return image ? doing(view.step) + "  " + view.text : view.text;
}

std::string Progress::done_text(const ServiceView& view, const Moment& now) {
  if (!view.result.empty()) return view.result;
  // The gate says what was seen ("healthy"); what follows it says less.
  const auto* step = now.gate != nullptr ? now.gate : now.last;
  if (step == nullptr) return {};
  return step->text.empty() ? did(step->step) : step->text;
}

std::string Progress::waits_for(const std::string& service, const StepView& first) const {
  std::set<std::string> names, seen;
  std::vector<const StepView*> open{&first};
  while (!open.empty()) {
    const auto* view = open.back();
    open.pop_back();
    for (const auto& id : view->step.after) {
      const auto it = steps_.find(id);
      if (it == steps_.end() || it->second.state == LineState::done) continue;
      if (!seen.insert(id).second) continue;
      const auto name = line_name(it->second.step);
      const auto kind = it->second.step.kind;
      if (kind == StepKind::pull_image || kind == StepKind::build_image)
        names.insert("the images");
      else if (name == service)
        open.push_back(&it->second);
      else
        names.insert(name);
    }
  }
  if (names.empty()) return {};
  std::vector<std::string> ordered(names.begin(), names.end());
  if (ordered.size() <= 3) return "after " + join(ordered, ", ");
  return fmt::format("after {}, {} and {} more", ordered[0], ordered[1], ordered.size() - 2);
}

}  // namespace landfast
