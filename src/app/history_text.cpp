// SPDX-License-Identifier: Apache-2.0
#include "app/history_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>

#include "app/table.h"
#include "base/text.h"

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

TableRow release_row(const Release& r, TimePoint now) {
  return {LineState::done,
          {fmt::format("release {}", r.number), when_text(r.created, now), printable(r.user),
           human_duration(std::chrono::milliseconds(r.duration_ms)), r.git_revision.substr(0, 10),
           printable(r.cause)}};
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
                         const std::vector<Deployment>& deployments, TimePoint now,
                         std::size_t width, Style style) {
  const auto released = by_deployment(releases);
  std::vector<TableRow> rows;
  for (const auto& d : newest_first(deployments)) {
    const auto it = released.find(d.number);
    rows.push_back(it != released.end() ? release_row(*it->second, now) : failed_row(d, now));
  }
  if (rows.empty()) return fmt::format("{}  no deployment yet\n", printable(stack));
  return printable(stack) + "\n\n" + table_text(rows, width, true, style);
}

json::object history_json(const std::string& stack, const std::vector<Release>& releases,
                          const std::vector<Deployment>& deployments) {
  const auto released = by_deployment(releases);
  json::array list;
  for (const auto& d : newest_first(deployments)) {
    json::object entry{{"deployment", d.number}, {"state", to_string(d.state)},
                       {"started", d.started},   {"finished", d.finished},
                       {"user", d.user},         {"error", d.error}};
    if (const auto it = released.find(d.number); it != released.end()) {
      const auto& r = *it->second;
      entry["release"] = r.number;
      entry["cause"] = r.cause;
      entry["git_revision"] = r.git_revision;
      entry["took_ms"] = r.duration_ms;
      json::object images;
      for (const auto& [service, released_service] : r.services)
        images[service] = json::object{{"image", released_service.image_ref},
                                       {"image_id", released_service.image_id}};
      entry["services"] = std::move(images);
    }
    list.emplace_back(std::move(entry));
  }
  return {{"stack", stack}, {"deployments", std::move(list)}};
}

}  // namespace landfast
