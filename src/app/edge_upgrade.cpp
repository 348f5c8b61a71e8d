// SPDX-License-Identifier: Apache-2.0
#include "app/edge_upgrade.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <iostream>
#include <set>

#include "app/confirm.h"
#include "app/edge_image.h"
#include "app/recovery.h"
#include "app/stack.h"
#include "base/text.h"
#include "plan/edge_body.h"
#include "plan/names.h"
#include "run/edge_upgrade.h"

namespace landfast {
namespace {

/// An edge that runs another image than the newest.
struct Outdated {
  std::string edge;
  std::string from;              ///< version, or the image's id
  std::set<std::string> stacks;  ///< that it serves
};

std::string short_id(const std::string& id) {
  return id.substr(id.starts_with("sha256:") ? 7 : 0, 12);
}

std::string shown_version(const Image& image) {
  const auto version = caddy_version_of(image);
  return fmt::format("{} ({})", version.empty() ? "Caddy" : "Caddy " + version, short_id(image.id));
}

/// With LANDFAST_EDGE_IMAGE another one, for tests that must not move the tag that others use.
std::string newest_reference(const Call& call) {
  const auto named = call.around.environment.find("LANDFAST_EDGE_IMAGE");
  return named == call.around.environment.end() ? edge_image : named->second;
}

Task<Result<Image>> newest_image(Call call) {
  CO_TRY(auto* engine, call.wiring.engine());
  const auto reference = newest_reference(call);
  auto image = co_await engine->image(reference);
  if (!image && image.error().code == Code::not_found)
    co_return fail(Code::invalid, fmt::format("the image {} is not on this engine", reference),
                   "landfast edge image makes it");
  if (image) CO_TRY_VOID(check_edge_image(*image, reference));
  co_return image;
}

Task<Result<std::vector<Outdated>>> outdated_edges(Call call, Image newest) {
  CO_TRY(const auto* ports, call.wiring.ports());
  ContainerFilter everything;
  everything.brief = true;
  CO_TRY(const auto containers, co_await ports->engine.containers(std::move(everything)));
  std::set<std::string> names;
  for (const auto& c : containers)
    if (auto name = c.label(label::edge); !name.empty()) names.insert(std::move(name));
  const auto wanted = call.arguments.words.size() > 1 ? call.arguments.words[1] : std::string();
  if (!wanted.empty() && !names.contains(wanted))
    co_return fail(Code::invalid, fmt::format("no edge is called {}", in_quotes(wanted)),
                   names.empty() ? "" : fmt::format("edges: {}", fmt::join(names, ", ")));
  std::vector<Outdated> out;
  for (const auto& name : names) {
    if (!wanted.empty() && name != wanted) continue;
    const auto there = co_await ports->engine.container(name);
    if (there && there->image_id == newest.id) continue;
    Outdated one{name, there ? short_id(there->image_id) : "nothing", {}};
    const auto image = co_await ports->engine.image(there ? there->image_id : std::string());
    if (there && image) one.from = shown_version(*image);
    CO_TRY(const auto facts, co_await ports->edge.facts(name));
    for (const auto& t : facts.table.targets) one.stacks.insert(t.stack);
    out.push_back(std::move(one));
  }
  co_return out;
}

Status confirm(const Call& call, const std::vector<Outdated>& edges, const Image& newest) {
  for (const auto& e : edges)
    call.output.say(fmt::format("  {}   {} → {}\n", printable(e.edge), printable(e.from),
                                shown_version(newest)));
  call.output.say(
      "\n  Each is stopped before its successor starts: about 1.5 s without answers, and "
      "connections\n  that are open then end. One that does not serve gives its place back.\n\n");
  if (call.arguments.yes) return {};
  const bool can_ask = call.around.input_is_terminal && call.around.output_is_terminal &&
                       !call.arguments.json && !call.arguments.quiet;
  if (!can_ask)
    return fail(Code::invalid, "an upgrade of an edge has to be confirmed, and nobody can be asked",
                "add --yes");
  call.output.say("upgrade? [y/N] ");
  std::string line;
  std::getline(std::cin, line);
  if (says_yes(line)) return {};
  return fail(Code::cancelled, "not confirmed; nothing was touched");
}

/// No stack of the edge is deployed meanwhile, and none waits for its recovery.
Task<Result<std::vector<std::unique_ptr<StackLock>>>> take_locks(Call call, Outdated edge) {
  std::vector<std::unique_ptr<StackLock>> locks;
  for (const auto& stack : edge.stacks) {
    CO_TRY(auto lock, co_await take_lock(call, stack, "edge upgrade"));
    locks.push_back(std::move(lock));
    CO_TRY_VOID(co_await recover_unfinished(call, stack));
  }
  co_return locks;
}

Task<Result<std::int64_t>> upgrade(Call call, Outdated edge) {
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(const auto locks, co_await take_locks(call, edge));
  const auto image = newest_reference(call);
  CO_TRY(const auto gap, co_await upgrade_edge(*ports, edge.edge, image));
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(gap).count();
  call.output.say(
      fmt::format("✓ {} answers again after {}\n", printable(edge.edge), human_duration(gap)));
  co_return ms;
}

}  // namespace

std::string caddy_version_of(const Image& image) {
  constexpr std::string_view name = "CADDY_VERSION=";
  const auto* list = image.config.if_contains("Env");
  if (list == nullptr || !list->is_array()) return {};
  for (const auto& item : list->as_array())
    if (item.is_string() && item.as_string().starts_with(name))
      return version_in(std::string(item.as_string().subview(name.size())));
  return {};
}

Status check_edge_image(const Image& image, const std::string& reference) {
  const auto version = caddy_version_of(image);
  if (version.empty() || can_switch_by_files(version)) return {};
  return fail(Code::unsupported,
              fmt::format("{} is Caddy {}: an edge needs 2.8 or newer", reference, version),
              "landfast edge image makes an image of a newer one");
}

Ending upgrade_edges(Call call) {
  CO_TRY(const auto newest, co_await newest_image(call));
  CO_TRY(const auto edges, co_await outdated_edges(call, newest));
  if (edges.empty()) call.output.say("every edge runs the newest image that is here\n");
  if (!edges.empty()) CO_TRY_VOID(confirm(call, edges, newest));
  boost::json::array list;
  for (const auto& edge : edges) {
    CO_TRY(const auto gap, co_await upgrade(call, edge));
    list.emplace_back(boost::json::object{
        {"edge", edge.edge}, {"from", edge.from}, {"to", shown_version(newest)}, {"gap_ms", gap}});
  }
  call.output.json(boost::json::object{{"upgraded", std::move(list)}});
  co_return ExitStatus::done;
}

}  // namespace landfast
