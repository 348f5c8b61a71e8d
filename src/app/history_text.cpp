// SPDX-License-Identifier: Apache-2.0
#include "app/history_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>

#include "app/table.h"
#include "base/text.h"
#include "model/release_changes.h"

namespace landfast {
namespace {

namespace json = boost::json;

std::map<std::int64_t, const Release*> by_deployment(const std::vector<Release>& releases) {
  std::map<std::int64_t, const Release*> map;
  for (const auto& r : releases) map[r.deployment] = &r;
  return map;
}

std::vector<Deployment> newest_first(std::vector<Deployment> deployments) {
  std::sort(deployments.begin(), deployments.end(),
            [](const Deployment& a, const Deployment& b) { return a.number > b.number; });
  return deployments;
}

/// The release before; nullptr for the first one, or where it is not at hand.
const Release* before(const std::vector<Release>& releases, const Release& r) {
  const Release* found = nullptr;
  for (const auto& other : releases)
    if (other.number < r.number && (found == nullptr || other.number > found->number))
      found = &other;
  return found;
}

std::vector<ReleaseChange> changes_of(const std::vector<Release>& releases, const Release& r) {
  const auto* was = before(releases, r);
  return was == nullptr ? std::vector<ReleaseChange>{} : release_changes(*was, r);
}

std::string variables_text(const VariableNames& variables, const Release& r) {
  const auto it = variables.find(r.number);
  if (it == variables.end() || it->second.empty()) return {};
  return (it->second.size() == 1 ? "variable " : "variables ") + join(it->second, ", ");
}

/// What it changed; the first release of all says what its plan did.
std::string what_changed(const std::vector<Release>& releases, const VariableNames& variables,
                         const Release& r) {
  auto text = changes_text(changes_of(releases, r));
  if (text.empty()) text = r.cause;
  if (r.data_before != 0)
    text +=
        fmt::format("{}its data as before deployment {}", text.empty() ? "" : "; ", r.data_before);
  const auto names = variables_text(variables, r);
  if (names.empty()) return printable(text);
  return printable(text.empty() ? names : text + "; " + names);
}

std::string took(const Release& r) {
  return human_duration(std::chrono::milliseconds(r.duration_ms));
}

TableRow release_row(const std::vector<Release>& releases, const VariableNames& variables,
                     const Release& r, TimePoint now) {
  return {LineState::done,
          {release_name(r), when_text(r.created, now), printable(r.user), took(r),
           r.git_revision.substr(0, 10), what_changed(releases, variables, r)}};
}

TableRow failed_row(const Deployment& d, TimePoint now) {
  const auto begin = parse_rfc3339(d.started);
  const auto end = parse_rfc3339(d.finished);
  const auto took = begin && end ? human_duration(*end - *begin) : std::string{};
  const auto state = d.finished.empty() ? fmt::format("cut off while {}", to_string(d.state))
                                        : std::string(to_string(d.state));
  const auto why = d.error.empty() ? state : state + ": " + printable(d.error);
  return {LineState::failed,
          {fmt::format("deployment {}", d.number), when_text(d.started, now), printable(d.user),
           took, "", why}};
}

}  // namespace

std::string history_text(const std::string& stack, const std::vector<Release>& releases,
                         const std::vector<Deployment>& deployments, const VariableNames& variables,
                         TimePoint now, std::size_t width, Style style) {
  const auto released = by_deployment(releases);
  std::vector<TableRow> rows;
  for (const auto& d : newest_first(deployments)) {
    const auto it = released.find(d.number);
    rows.push_back(it != released.end() ? release_row(releases, variables, *it->second, now)
                                        : failed_row(d, now));
  }
  if (rows.empty()) return fmt::format("{}  no deployment yet\n", printable(stack));
  return printable(stack) + "\n\n" + table_text(rows, width, true, style);
}

json::object history_json(const std::string& stack, const std::vector<Release>& releases,
                          const std::vector<Deployment>& deployments,
                          const VariableNames& variables) {
  const auto released = by_deployment(releases);
  json::array list;
  for (const auto& d : newest_first(deployments)) {
    json::object entry{{"deployment", d.number}, {"state", to_string(d.state)},
                       {"started", d.started},   {"finished", d.finished},
                       {"user", d.user},         {"error", d.error}};
    if (const auto it = released.find(d.number); it != released.end())
      for (auto& [key, value] : release_json(releases, *it->second, variables))
        entry[key] = std::move(value);
    list.emplace_back(std::move(entry));
  }
  return {{"stack", stack}, {"deployments", std::move(list)}};
}

std::string release_text(const std::vector<Release>& releases, const Release& r,
                         const VariableNames& variables, TimePoint now, std::size_t width,
                         Style style) {
  auto text = fmt::format("{}   {} by {}   {}{}\n", release_name(r), when_text(r.created, now),
                          printable(r.user), took(r),
                          r.git_revision.empty() ? "" : "   git " + r.git_revision.substr(0, 10));
  text += fmt::format("{}\n\n", what_changed(releases, variables, r));
  std::vector<TableRow> rows;
  for (const auto& [name, service] : r.services) {
    auto id = std::string_view(service.image_id);
    if (id.starts_with("sha256:")) id.remove_prefix(7);
    rows.push_back(
        {LineState::done,
         {printable(name), printable(service.image_ref), std::string(id.substr(0, 12))}});
  }
  return text + table_text(rows, width, true, style);
}

json::object release_json(const std::vector<Release>& releases, const Release& r,
                          const VariableNames& variables) {
  json::object images;
  for (const auto& [service, released] : r.services)
    images[service] = json::object{{"image", released.image_ref}, {"image_id", released.image_id}};
  json::array changes, names;
  for (const auto& change : changes_of(releases, r))
    changes.emplace_back(
        json::object{{"service", change.service}, {"change", change_text(change)}});
  if (const auto it = variables.find(r.number); it != variables.end())
    for (const auto& name : it->second) names.emplace_back(name);
  return {{"release", r.number},
          {"origin", r.origin == 0 ? json::value(nullptr) : json::value(r.origin)},
          {"data_before", r.data_before == 0 ? json::value(nullptr) : json::value(r.data_before)},
          {"created", r.created},
          {"user", r.user},
          {"cause", r.cause},
          {"git_revision", r.git_revision},
          {"took_ms", r.duration_ms},
          {"changes", std::move(changes)},
          {"variables", std::move(names)},
          {"services", std::move(images)}};
}

}  // namespace landfast
