// SPDX-License-Identifier: Apache-2.0
#include "plan/order.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"

namespace landfast {
namespace {

enum class Colour : std::uint8_t { white, grey, black };

/// Depth-first walk; `path` holds the chain for the text of a cycle.
struct Walk {
  const Project& project;
  const std::set<std::string>& wanted;
  std::map<std::string, Colour> colour;
  std::vector<std::string> path;
  std::vector<std::string> order;

  Status visit(const std::string& name) {
    auto& mine = colour[name];
    if (mine == Colour::black) return {};
    path.push_back(name);
    if (mine == Colour::grey) return cycle(name);
    mine = Colour::grey;
    const auto& service = project.services.at(name);
    std::set<std::string> next;
    for (const auto& d : service.depends_on)
      if (wanted.contains(d.service)) next.insert(d.service);
    for (const auto& d : next) TRY_VOID(visit(d));
    colour[name] = Colour::black;
    path.pop_back();
    order.push_back(name);
    return {};
  }

  [[nodiscard]] Status cycle(const std::string& name) const {
    const auto begin = std::find(path.begin(), path.end(), name);
    Error e;
    e.code = Code::invalid;
    e.text = "services depend on each other in a circle: " +
             join(std::vector<std::string>(begin, path.end()), " → ");
    e.mark = project.services.at(name).mark;
    e.path = "services." + name + ".depends_on";
    e.hint = "remove one depends_on of the circle";
    return fail(std::move(e));
  }
};

}  // namespace

Result<std::vector<std::string>> dependency_order(const Project& project,
                                                  const std::set<std::string>& services) {
  Walk walk{project, services, {}, {}, {}};
  for (const auto& name : services) TRY_VOID(walk.visit(name));
  return std::move(walk.order);
}

std::set<std::string> with_dependencies(const Project& project,
                                        const std::set<std::string>& services) {
  std::set<std::string> all;
  std::vector<std::string> open(services.begin(), services.end());
  while (!open.empty()) {
    auto name = open.back();
    open.pop_back();
    const auto it = project.services.find(name);
    if (it == project.services.end() || !all.insert(name).second) continue;
    for (const auto& d : it->second.depends_on) open.push_back(d.service);
  }
  return all;
}

std::string shared_service(const std::string& mode) {
  static constexpr std::string_view prefix = "service:";
  return mode.starts_with(prefix) ? mode.substr(prefix.size()) : std::string{};
}

std::set<std::string> namespace_owners(const Service& service) {
  std::set<std::string> owners;
  const auto& canonical = service.canonical.reveal();
  const auto add_mode = [&](const std::string& mode) {
    if (auto owner = shared_service(mode); !owner.empty()) owners.insert(std::move(owner));
  };
  add_mode(service.network_mode);
  for (const auto* key : {"ipc", "pid", "uts", "cgroup"})
    if (const auto* v = canonical.if_contains(key); v && v->is_string())
      add_mode(std::string(v->as_string()));
  if (const auto* from = canonical.if_contains("volumes_from"); from && from->is_array())
    for (const auto& item : from->as_array()) {
      if (!item.is_string()) continue;
      const std::string text(item.as_string());
      if (!text.starts_with("container:")) owners.insert(text.substr(0, text.find(':')));
    }
  return owners;
}

}  // namespace landfast
