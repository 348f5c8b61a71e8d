// SPDX-License-Identifier: Apache-2.0
#include "watch/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"

namespace landfast {
namespace {

std::string with_name(std::string_view verb, const std::string& name) {
  return name.empty() ? std::string(verb) : fmt::format("{} {}", verb, printable(name));
}

/// Its visitors get the edge's page.
bool closes(const Step& step) {
  const auto* word = step.facts.if_contains("word");
  return word != nullptr && word->is_string() && word->as_string() == to_string(SlotWord::down);
}

/// "image" of "image 1.4 → 1.5": the header has no room for both sides.
std::string short_cause(const std::string& cause) {
  const auto space = cause.find(' ');
  return printable(cause.starts_with("image ") ? cause.substr(0, space) : cause);
}

std::string causes_in_brackets(const ServicePlan& service) {
  if (service.causes.empty()) return {};
  auto text = short_cause(service.causes.front());
  if (service.causes.size() > 1) text += fmt::format(" and {} more", service.causes.size() - 1);
  return fmt::format(" ({})", text);
}

std::string_view verb_of(ServiceChange change) {
  switch (change) {
  case ServiceChange::created:
    return "is new";
  case ServiceChange::replaced:
    return "changes";
  case ServiceChange::restarted:
    return "restarts";
  case ServiceChange::started:
    return "starts";
  case ServiceChange::stopped:
    return "stops";
  case ServiceChange::removed:
    return "goes";
  case ServiceChange::policy:
    return "gets another restart policy";
  case ServiceChange::runs:
    return "runs";
  case ServiceChange::unchanged:
  case ServiceChange::done:
    break;
  }
  return "";
}

constexpr std::array counted{
    std::pair{ServiceChange::created, "new"},       std::pair{ServiceChange::replaced, "changed"},
    std::pair{ServiceChange::restarted, "restart"}, std::pair{ServiceChange::started, "start"},
    std::pair{ServiceChange::stopped, "stop"},      std::pair{ServiceChange::removed, "removed"},
    std::pair{ServiceChange::policy, "policy"},     std::pair{ServiceChange::runs, "run"}};

std::string count_changes(const std::map<ServiceChange, int>& counts) {
  std::vector<std::string> parts;
  for (const auto& [change, word] : counted)
    if (const auto it = counts.find(change); it != counts.end())
      parts.push_back(fmt::format("{} {}", it->second, word));
  return join(parts, ", ");
}

std::string name_changes(const std::vector<const ServicePlan*>& changes) {
  std::vector<std::string> parts;
  for (const auto* s : changes) {
    const bool why = s->change == ServiceChange::replaced || s->change == ServiceChange::restarted;
    parts.push_back(fmt::format("{} {}{}", printable(s->service), verb_of(s->change),
                                why ? causes_in_brackets(*s) : ""));
  }
  return join(parts, ", ");
}

}  // namespace

std::string doing(const Step& step) {
  switch (step.kind) {
  case StepKind::pull_image:
    return with_name("pulling", step.name);
  case StepKind::build_image:
    return with_name("building", step.name);
  case StepKind::create_network:
    return with_name("creating network", step.name);
  case StepKind::create_volume:
    return with_name("creating volume", step.name);
  case StepKind::create_container:
    return "creating the container";
  case StepKind::retire_container:
    return "stopping the old container";
  case StepKind::start_container:
    return "starting";
  case StepKind::await_ready:
    return "waiting until it is ready";
  case StepKind::await_exit:
    return "running";
  case StepKind::verify:
    return with_name("asking", step.name);
  case StepKind::promote:
    return step.container_id.empty() ? "setting its restart policy" : "taking its place";
  case StepKind::restart_container:
    return "restarting";
  case StepKind::stop_container:
    return "stopping";
  case StepKind::set_policy:
    return "setting the restart policy";
  case StepKind::remove_container:
    return with_name("removing", step.name);
  case StepKind::remove_network:
    return with_name("removing network", step.name);
  case StepKind::restore_container:
    return "going back to the old container";
  case StepKind::remove_volume:
    return with_name(step.name.starts_with('/') ? "emptying" : "removing volume", step.name);
  case StepKind::restore_tag:
    return with_name("putting the tag back:", step.name);
  case StepKind::create_fence:
    return "raising the fence";
  case StepKind::set_aside:
    return with_name("making room for a copy of", step.key);
  case StepKind::stop_clean:
    return "stopping it cleanly";
  case StepKind::first_copy:
    return with_name("copying, while it serves,", step.key);
  case StepKind::copy_volume:
    return with_name("copying", step.key);
  case StepKind::exchange_volumes:
    return step.state == DeploymentState::undoing ? with_name("giving the original back:", step.key)
                                                  : with_name("setting aside", step.key);
  case StepKind::fence_container:
    return step.keeps_networks ? "joining the fence" : "going behind the fence";
  case StepKind::unfence_container:
    return "leaving the fence";
  case StepKind::remove_fence:
    return "removing the fence";
  case StepKind::drop_aside:
    return with_name("removing the copy", step.name);
  case StepKind::create_edge_network:
    return "creating the edge network";
  case StepKind::apply_routes:
    return with_name("setting the routes of", step.name);
  case StepKind::make_edge:
    return with_name("raising", step.name);
  case StepKind::join_edge:
    return "joining the edge";
  case StepKind::leave_edge:
    return "leaving the edge";
  case StepKind::hold_slot:
    return "letting requests wait";
  case StepKind::point_slot:
    return "telling the edge its address";
  case StepKind::probe_slot:
    return "asking it through the edge";
  case StepKind::switch_slot:
    return closes(step) ? "closing it to visitors" : "moving traffic";
  case StepKind::drain_slot:
    return "waiting for requests in flight";
  case StepKind::remove_edge_network:
    return "removing the edge network";
  case StepKind::add_site:
    return with_name("copying the files of", step.folder);
  }
  return {};
}

std::string did(const Step& step) {
  switch (step.kind) {
  case StepKind::pull_image:
    return with_name("pulled", step.name);
  case StepKind::build_image:
    return with_name("built", step.name);
  case StepKind::create_network:
    return with_name("created network", step.name);
  case StepKind::create_volume:
    return with_name("created volume", step.name);
  case StepKind::create_container:
    return with_name("created", step.name);
  case StepKind::retire_container:
    return "stopped the old container";
  case StepKind::start_container:
    return "started";
  case StepKind::await_ready:
    return "ready";
  case StepKind::await_exit:
    return "ran to its end";
  case StepKind::verify:
    return with_name("verified", step.name);
  case StepKind::promote:
    return "serves";
  case StepKind::restart_container:
    return "restarted";
  case StepKind::stop_container:
    return "stopped";
  case StepKind::set_policy:
    return "set the restart policy";
  case StepKind::remove_container:
    return with_name("removed", step.name);
  case StepKind::remove_network:
    return with_name("removed network", step.name);
  case StepKind::restore_container:
    return "runs as before";
  case StepKind::remove_volume:
    return with_name(step.name.starts_with('/') ? "emptied" : "removed volume", step.name);
  case StepKind::restore_tag:
    return with_name("put the tag back:", step.name);
  case StepKind::create_fence:
    return "raised the fence";
  case StepKind::set_aside:
    return with_name("made room for a copy of", step.key);
  case StepKind::stop_clean:
    return "stopped cleanly";
  case StepKind::first_copy:
    return with_name("copied, while it served,", step.key);
  case StepKind::copy_volume:
    return with_name("copied", step.key);
  case StepKind::exchange_volumes:
    return step.state == DeploymentState::undoing
               ? fmt::format("{} is as it was before", printable(step.key))
               : fmt::format("set {} aside as {}", printable(step.key), printable(step.name));
  case StepKind::fence_container:
    return step.keeps_networks ? "joined the fence" : "behind the fence";
  case StepKind::unfence_container:
    return "left the fence";
  case StepKind::remove_fence:
    return "removed the fence";
  case StepKind::drop_aside:
    return with_name("removed the copy", step.name);
  case StepKind::create_edge_network:
    return "created the edge network";
  case StepKind::apply_routes:
    return with_name("set the routes of", step.name);
  case StepKind::make_edge:
    return with_name("raised", step.name);
  case StepKind::join_edge:
    return "joined the edge";
  case StepKind::leave_edge:
    return "left the edge";
  case StepKind::hold_slot:
    return "requests wait";
  case StepKind::point_slot:
    return "told the edge its address";
  case StepKind::probe_slot:
    return "answers through the edge";
  case StepKind::switch_slot:
    return closes(step) ? "closed to visitors" : "moved traffic";
  case StepKind::drain_slot:
    return "drained";
  case StepKind::remove_edge_network:
    return "removed the edge network";
  case StepKind::add_site:
    return with_name("copied the files of", step.folder);
  }
  return {};
}

std::string outcome_of(const Event& event) {
  if (event.step == nullptr) return {};
  const auto kind = event.step->kind;
  const bool gate =
      kind == StepKind::await_ready || kind == StepKind::await_exit || kind == StepKind::verify;
  const bool image = kind == StepKind::pull_image || kind == StepKind::build_image;
  const auto text = trim(event.text);
  return gate || (image && !text.starts_with("sha256:")) ? printable(text) : std::string{};
}

std::string notice_text(const Event& event) {
  const bool of_service = event.step != nullptr && !event.step->service.empty();
  return of_service ? printable(event.step->service + ": " + event.text) : printable(event.text);
}

std::string progress_text(const Event& event) {
  if (event.total == 0) return printable(trim(event.text));
  const auto percent = std::min<std::uint64_t>(100, event.current * 100 / event.total);
  return fmt::format("{} % of {}", percent, human_bytes(event.total));
}

std::string plan_summary(const Plan& plan) {
  std::vector<const ServicePlan*> changes;
  std::map<ServiceChange, int> counts;
  for (const auto& service : plan.services) {
    if (verb_of(service.change).empty()) continue;
    changes.push_back(&service);
    ++counts[service.change];
  }
  if (changes.empty()) return plan.empty() ? "nothing to do" : "";
  return changes.size() > 4 ? count_changes(counts) : name_changes(changes);
}

std::string release_change(const Plan& plan) {
  const auto now = plan.current_release;
  if (plan.empty()) return now ? fmt::format("release {}", *now) : "";
  if (plan.deployment == 0) return now ? fmt::format("release {}", *now) : "";
  return now ? fmt::format("release {} → {}", *now, *now + 1) : "release 1";
}

std::string outcome_text(const Event& done, std::optional<std::int64_t> was_release) {
  const auto in = "in " + human_duration(done.took);
  const auto how = done.text.empty() ? "serves as before" : "is back, not all of it is ready";
  const auto serving = was_release ? fmt::format("release {} {}", *was_release, how)
                                   : std::string("nothing of it is left running");
  switch (done.state) {
  case DeploymentState::committed:
    if (done.error != nullptr) return "failed after " + human_duration(done.took);
    return done.release ? fmt::format("release {} {}", *done.release, in) : "done " + in;
  case DeploymentState::undone:
    return fmt::format("undone {}   {}", in, serving);
  case DeploymentState::stuck:
    return fmt::format("stuck after {}   a person is needed", human_duration(done.took));
  case DeploymentState::planned:
    // A verb has no deployment and no undo: what it did before it failed stays.
    if (done.deployment == 0) return "failed after " + human_duration(done.took);
    return "stopped before anything was touched";
  default:
    return fmt::format("failed after {}", human_duration(done.took));
  }
}

}  // namespace landfast
