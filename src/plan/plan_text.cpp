// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/text.h"
#include "plan/drift.h"
#include "plan/plan.h"

namespace landfast {
namespace {

constexpr std::array<std::string_view, 41> kind_names{"pull",           "build",
                                                      "create network", "create volume",
                                                      "create",         "stop old",
                                                      "start",          "wait until ready",
                                                      "wait for exit",  "verify",
                                                      "serve",          "restart",
                                                      "stop",           "set policy",
                                                      "remove",         "remove network",
                                                      "restore",        "remove volume",
                                                      "restore tag",    "create fence",
                                                      "set aside",      "stop clean",
                                                      "first copy",     "copy",
                                                      "exchange",       "fence",
                                                      "unfence",        "remove fence",
                                                      "drop copy",      "create edge network",
                                                      "apply routes",   "make edge",
                                                      "join edge",      "leave edge",
                                                      "hold",           "point",
                                                      "probe",          "switch",
                                                      "drain",          "remove edge network",
                                                      "copy files"};

constexpr std::array<std::string_view, 10> change_names{
    "unchanged", "created", "replaced", "restarted", "started",
    "stopped",   "removed", "policy",   "runs",      "done"};

std::string service_line(const ServicePlan& p, std::size_t width) {
  auto line = fmt::format("  {:<{}}  {}", p.service, width, to_string(p.change));
  if (!p.causes.empty()) line += fmt::format(": {}", join(p.causes, ", "));
  line += '\n';
  if (!p.served.empty())
    line += fmt::format("  {:<{}}  served by the edge: {}\n", "", width, join(p.served, ", "));
  if (p.gap) line += fmt::format("  {:<{}}  {}\n", "", width, *p.gap);
  if (!p.peers.empty())
    line += fmt::format("  {:<{}}  {} has to resolve its address again\n", "", width,
                        join(p.peers, ", "));
  return line;
}

std::string step_line(const Step& s) {
  auto line = fmt::format("  {:<28} {} {}", s.id, to_string(s.kind), s.name);
  if (!s.after.empty()) line += fmt::format("  after {}", join(s.after, ", "));
  if (!s.cause.empty()) line += fmt::format("  ({})", s.cause);
  return line + '\n';
}

boost::json::array strings(const std::vector<std::string>& list) {
  boost::json::array out;
  for (const auto& text : list) out.emplace_back(text);
  return out;
}

boost::json::object step_json(const Step& s) {
  boost::json::object o;
  o["id"] = s.id;
  o["kind"] = to_string(s.kind);
  o["state"] = to_string(s.state);
  o["service"] = s.service;
  o["name"] = s.name;
  o["container"] = s.container_id;
  o["after"] = strings(s.after);
  o["cause"] = s.cause;
  return o;
}

boost::json::object service_json(const ServicePlan& p) {
  boost::json::object o;
  o["service"] = p.service;
  o["change"] = to_string(p.change);
  o["causes"] = strings(p.causes);
  o["old_image"] = p.old_image;
  o["new_image"] = p.new_image;
  o["served"] = strings(p.served);
  o["gap"] = p.gap ? boost::json::value(*p.gap) : boost::json::value(nullptr);
  o["one_shot"] = p.one_shot;
  o["drift"] = strings(p.drift);
  o["peers"] = strings(p.peers);
  return o;
}

boost::json::object guard_json(const PlannedGuard& g) {
  boost::json::object o;
  o["service"] = g.store.service;
  o["kind"] = to_string(g.store.kind);
  o["volume"] = g.store.place();
  o["aside"] = g.aside;
  o["bytes"] = g.bytes;
  o["first_copy"] = g.first_copy;
  o["causes"] = strings(g.causes);
  return o;
}

}  // namespace

std::string_view to_string(StepKind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }

std::string_view to_string(ServiceChange change) {
  return change_names.at(static_cast<std::size_t>(change));
}

std::string plan_text(const Plan& plan) {
  std::string text = plan.stack;
  text += plan.current_release
              ? fmt::format("  release {} → {}", *plan.current_release, *plan.current_release + 1)
              : std::string("  first release");
  if (plan.empty())
    text = fmt::format(
        "{}  {}nothing to do", plan.stack,
        plan.current_release ? fmt::format("release {}  ", *plan.current_release) : std::string());
  text += "\n";
  std::size_t width = 0;
  for (const auto& p : plan.services) width = std::max(width, p.service.size());
  if (!plan.services.empty()) text += "\nservices\n";
  for (const auto& p : plan.services) text += service_line(p, width);
  const auto drift = drift_of(plan);
  if (!drift.empty()) text += "\nchanged by others\n";
  for (const auto& line : drift) text += fmt::format("  {}\n", line);
  if (!plan.steps.empty()) text += "\nsteps\n";
  for (const auto& s : plan.steps) text += step_line(s);
  if (!plan.risks.empty()) text += "\nto be confirmed\n";
  for (const auto& r : plan.risks) text += fmt::format("  {}\n", r);
  if (!plan.notes.empty()) text += "\nnotes\n";
  for (const auto& n : plan.notes) text += fmt::format("  {}\n", n);
  return text;
}

boost::json::value plan_json(const Plan& plan) {
  boost::json::object o;
  o["stack"] = plan.stack;
  o["deployment"] = plan.deployment;
  o["current_release"] = plan.current_release ? boost::json::value(*plan.current_release)
                                              : boost::json::value(nullptr);
  o["hash"] = plan.hash;
  boost::json::array services;
  for (const auto& p : plan.services) services.emplace_back(service_json(p));
  o["services"] = std::move(services);
  boost::json::array steps;
  for (const auto& s : plan.steps) steps.emplace_back(step_json(s));
  o["steps"] = std::move(steps);
  boost::json::array guards;
  for (const auto& g : plan.guards) guards.emplace_back(guard_json(g));
  o["guards"] = std::move(guards);
  o["risks"] = strings(plan.risks);
  o["notes"] = strings(plan.notes);
  return o;
}

}  // namespace landfast
