// SPDX-License-Identifier: Apache-2.0
#include "model/route_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>
#include <tuple>

#include "base/digest.h"

namespace landfast {
namespace {

/// To be raised when edge/ makes another configuration of the same table.
constexpr int configuration_format = 1;

std::string served(const Route& r) {
  return r.host.empty() ? fmt::format(":{}{}", r.published, r.path) : r.host + r.path;
}

/// Behind a tunnel only the port tells, and the host where the file says so.
std::string served(const EdgeRoute& r) {
  if (!r.tunnel) return served(r.route);
  const auto host = r.route.host.empty() ? std::string() : " for " + r.route.host;
  return fmt::format("port {}{} behind the tunnel{}", r.route.port,
                     r.route.path == "/" ? "" : r.route.path, host);
}

auto order_of(const EdgeRoute& r) {
  return std::tuple(r.route.host, r.route.published, r.route.path, r.target, r.tunnel.has_value());
}

void sort(RouteTable& table) {
  std::ranges::sort(table.targets, {}, &EdgeTarget::id);
  std::ranges::stable_sort(table.routes,
                           [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
}

void take(RouteTable& to, const RouteTable& from, const std::string& stack, bool of_stack) {
  for (const auto& t : from.targets)
    if ((t.stack == stack) == of_stack) to.targets.push_back(t);
  for (const auto& r : from.routes) {
    const auto* t = from.target(r.target);
    if (t != nullptr && (t->stack == stack) == of_stack) to.routes.push_back(r);
  }
  for (const auto& [name, settings] : from.settings)
    if ((name == stack) == of_stack) to.settings[name] = settings;
}

}  // namespace

const EdgeTarget* RouteTable::target(std::string_view id) const {
  const auto it = std::ranges::find(targets, id, &EdgeTarget::id);
  return it == targets.end() ? nullptr : &*it;
}

std::map<std::string, std::vector<std::string>> RouteTable::taken_names() const {
  std::map<std::string, std::set<std::string>> found;
  for (const auto& r : routes)
    if (r.tunnel)
      for (const auto& [network, names] : r.tunnel->names)
        found[network].insert(names.begin(), names.end());
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& [network, names] : found) out[network] = {names.begin(), names.end()};
  return out;
}

std::string target_id(const std::string& stack, const std::string& service, std::uint16_t port) {
  return sha256_hex(fmt::format("{}/{}/{}", stack, service, port)).substr(0, 16);
}

std::string revision_of(const RouteTable& table) {
  auto json = to_json(table);
  json["format"] = configuration_format;
  return sha256_hex(boost::json::serialize(json)).substr(0, 16);
}

RouteTable with_stack(const RouteTable& table, const std::string& stack, const RouteTable& part) {
  RouteTable merged;
  merged.edge = part.edge.empty() ? table.edge : part.edge;
  take(merged, table, stack, false);
  take(merged, part, stack, true);
  sort(merged);
  return merged;
}

Status check_clashes(const RouteTable& table) {
  for (std::size_t i = 0; i < table.routes.size(); ++i)
    for (std::size_t k = i + 1; k < table.routes.size(); ++k) {
      const auto &first = table.routes[i], &second = table.routes[k];
      if (served(first) != served(second)) continue;
      const auto *a = table.target(first.target), *b = table.target(second.target);
      if (a == nullptr || b == nullptr) continue;
      if (std::tie(b->stack, b->service) < std::tie(a->stack, a->service)) std::swap(a, b);
      auto error =
          fail(Code::invalid,
               fmt::format("{} is served twice: by {} of stack {} and by {} of stack {}",
                           served(first), a->service, a->stack, b->service, b->stack),
               first.tunnel ? "the edge tells them apart by host: write route: HOST on both, or "
                              "let one listen on another port"
               : a->stack == b->stack
                   ? "give one of them another path"
                   : "give one of them another host or path; landfast route shows who "
                     "serves what");
      const auto& mark = second.route.mark.file.empty() ? first.route.mark : second.route.mark;
      if (!mark.file.empty()) error.value().mark = mark;
      return error;
    }
  return {};
}

std::string_view to_string(SlotName slot) { return slot == SlotName::a ? "a" : "b"; }

std::string_view to_string(SlotWord word) {
  switch (word) {
  case SlotWord::a:
    return "a";
  case SlotWord::b:
    return "b";
  case SlotWord::hold:
    return "hold";
  case SlotWord::down:
    break;
  }
  return "down";
}

std::optional<SlotWord> slot_word(std::string_view text) {
  for (const auto word : {SlotWord::a, SlotWord::b, SlotWord::hold, SlotWord::down})
    if (to_string(word) == text) return word;
  return std::nullopt;
}

SlotWord serving(SlotName slot) { return slot == SlotName::a ? SlotWord::a : SlotWord::b; }

std::optional<SlotName> serving_slot(SlotWord word) {
  if (word == SlotWord::a) return SlotName::a;
  if (word == SlotWord::b) return SlotName::b;
  return std::nullopt;
}

SlotName idle_slot(SlotWord word) { return word == SlotWord::b ? SlotName::a : SlotName::b; }

}  // namespace landfast
