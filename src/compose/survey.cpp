// SPDX-License-Identifier: Apache-2.0
#include "compose/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/text.h"
#include "compose/session.h"

namespace landfast {
namespace {

std::string place_of(const ServiceMount& mount) {
  const auto what = mount.kind == MountKind::bind ? "folder " + mount.source
                    : mount.source.empty()        ? std::string("an anonymous volume")
                                                  : "volume " + mount.source;
  return fmt::format("{} at {}", what, mount.target);
}

/// A writable volume or folder; sockets and single files are no stores.
bool holds_data(const ServiceMount& mount, const Files& files) {
  if (mount.read_only) return false;
  if (mount.kind == MountKind::volume) return true;
  return mount.kind == MountKind::bind &&
         (files.is_directory(mount.source) || !files.exists(mount.source));
}

void add_stateful(const Service& service, const Files& files, Survey& out) {
  Survey::Stateful found{service.name, {}};
  for (const auto& mount : service.mounts)
    if (holds_data(mount, files)) found.places.push_back(place_of(mount));
  if (!found.places.empty()) out.stateful.push_back(std::move(found));
}

void add_one_shot(const Service& service, const std::vector<const Service*>& all, Survey& out) {
  Survey::OneShot found{service.name, {}};
  for (const auto* other : all)
    for (const auto& d : other->depends_on)
      if (d.service == service.name && d.condition == DependencyCondition::completed_successfully)
        found.waited_for_by.push_back(other->name);
  if (!found.waited_for_by.empty()) out.one_shots.push_back(std::move(found));
}

void add_published(const Service& service, Survey& out) {
  Survey::Published found{service.name, {}, {}};
  std::vector<std::string> tcp;
  for (const auto& port : service.ports) {
    if (port.published.empty()) continue;
    const auto address =
        port.host_ip.find(':') == std::string::npos ? port.host_ip : "[" + port.host_ip + "]";
    found.ports.push_back(fmt::format("{}{}{} → {}/{}", address, address.empty() ? "" : ":",
                                      port.published, port.target, port.protocol));
    if (port.protocol == "tcp" && port.published != "0" &&
        port.published.find('-') == std::string::npos)
      tcp.push_back(port.published);
  }
  if (tcp.size() == 1 && found.ports.size() == 1) found.only = tcp[0];
  if (!found.ports.empty()) out.published.push_back(std::move(found));
}

std::string section(std::string_view title, const std::vector<std::string>& lines) {
  std::string out = fmt::format("{}\n", title);
  if (lines.empty()) out += "  none\n";
  for (const auto& line : lines) out += fmt::format("  {}\n", printable(line));
  return out;
}

boost::json::array array_of(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

}  // namespace

Result<Survey> survey(const LoadRequest& request, const Files& files) {
  TRY(const auto project, load(request, files));
  Survey out;
  out.project = project.name;
  out.compose_file = project.config_files.front();
  std::vector<const Service*> all;
  for (const auto* services : {&project.services, &project.disabled})
    for (const auto& [name, service] : *services) all.push_back(&service);
  std::ranges::sort(all, {}, &Service::name);
  for (const auto* service : all) {
    add_stateful(*service, files, out);
    add_one_shot(*service, all, out);
    add_published(*service, out);
  }
  compose::Session again(request, files);
  again.model();
  out.unset = again.findings().take_unset();
  return out;
}

std::string survey_text(const Survey& survey) {
  std::vector<std::string> stateful, one_shots, published;
  for (const auto& s : survey.stateful)
    stateful.push_back(fmt::format("{}: {}", s.service, join(s.places, ", ")));
  for (const auto& s : survey.one_shots)
    one_shots.push_back(
        fmt::format("{}: waited for by {}", s.service, join(s.waited_for_by, ", ")));
  for (const auto& s : survey.published)
    published.push_back(fmt::format("{}: {}", s.service, join(s.ports, ", ")));
  return section("services with data", stateful) + section("one-shots", one_shots) +
         section("published ports", published) + section("variables without a value", survey.unset);
}

boost::json::object survey_json(const Survey& survey) {
  boost::json::object stateful, one_shots, published;
  for (const auto& s : survey.stateful) stateful[s.service] = array_of(s.places);
  for (const auto& s : survey.one_shots) one_shots[s.service] = array_of(s.waited_for_by);
  for (const auto& s : survey.published) published[s.service] = array_of(s.ports);
  return {{"stack", survey.project},
          {"stateful", std::move(stateful)},
          {"one_shots", std::move(one_shots)},
          {"published", std::move(published)},
          {"unset", array_of(survey.unset)}};
}

}  // namespace landfast
