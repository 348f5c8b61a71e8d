// SPDX-License-Identifier: Apache-2.0
// Whatever stands in a service either reaches the engine, or is reported, or is used elsewhere by
// Landfast: taking it out of the model changes the request, the warnings or the refusals.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "compose/schema.h"
#include "peer_body/canonical_project.h"
#include "plan/capabilities.h"
#include "plan/create_body.h"

namespace landfast::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using compose::Rule;

/// Path of a generic attribute ("deploy.resources.limits.cpus") → who uses it.
const std::map<std::string, std::string> used_elsewhere{
    {"attach", "the output of `docker compose up` in the foreground; a deploy has none"},
    {"build", "engine/build_arguments: the image is built with it"},
    {"depends_on", "plan/order: the order of steps and their gates"},
    {"deploy.mode",
     "replicated says nothing; another mode is reported (unit/plan/capabilities_test)"},
    {"deploy.replicas", "plan/decide: how many containers"},
    {"deploy.update_config", "plan/replacement: order, parallelism and delay of batches"},
    {"environment", "a variable without value unsets the image's"},
    {"ports[].app_protocol", "a note for other tools: the engine has no such field"},
    {"ports[].mode", "Swarm's routing mesh: one engine publishes on the host either way"},
    {"ports[].name", "a note for other tools: the engine has no such field"},
    {"profiles", "compose: what is enabled"},
    {"pull_policy", "app/images, plan/decide: when it is pulled or built"},
    {"pull_refresh_after", "compose: read and never used, as in Compose"},
    {"scale", "plan/decide: how many containers"},
};

/// What is said about it at plan time.
std::string reports(const Project& project, const EngineFacts& engine) {
  std::string out;
  for (const auto& warning : what_engine_cannot(project, engine)) out += warning.path;
  for (const auto& error : what_engine_refuses(project, engine)) out += error.path;
  return out;
}

/// Everything that the service makes happen at an engine, as one text.
std::string request(const Project& project, const EngineFacts& engine, const std::string& name) {
  const auto& service = project.services.at(name);
  BodyContext context{.project = project,
                      .engine = engine,
                      .container_name = service.container_name,
                      .number = 1,
                      .image = service.image,
                      .image_id = "sha256:1",
                      .config_hash = "h"};
  for (const auto& [other, value] : project.services)
    context.service_containers[other] = "id-" + other;
  std::string out;
  if (const auto made = create_request(service, context)) {
    out = made->name + json::serialize(made->body) + made->platform + made->restart_policy.name +
          std::to_string(made->restart_policy.maximum_retry_count);
    for (const auto& c : made->connect) out += c.network + json::serialize(c.endpoint);
    for (const auto& f : made->files)
      out += fmt::format("{} {:o} {} {}", f.target, f.mode, f.uid, f.gid);
  } else {
    out = made.error().text;
  }
  return out;
}

/// Walks a service with the rule of what it is: the generic path of each attribute, and how to get
/// a copy of the service without it.
using Visit = std::function<void(const std::string& path, json::object without)>;

void walk(const json::value& value, const Rule* rule, const std::string& path,
          const std::function<json::object(json::value)>& rebuilt, const Visit& visit) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, item] : *object) {
      const std::string name(key);
      const Rule* below = rule != nullptr ? rule->values : nullptr;
      bool attribute = false;
      if (rule != nullptr)
        for (const auto& known : rule->attributes)
          if (known.name == name) below = known.rule, attribute = true;
      if (name.starts_with("x-") || name.starts_with('#')) continue;
      const auto inner = (path.empty() ? "" : path + ".") + (attribute ? name : "*");
      auto rest = *object;
      rest.erase(key);
      visit(inner, rebuilt(rest));
      const auto around = [&rebuilt, object, name](json::value changed) {
        auto copy = *object;
        copy[name] = std::move(changed);
        return rebuilt(std::move(copy));
      };
      walk(item, below, inner, around, visit);
    }
  }
  if (const auto* list = value.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto around = [&rebuilt, list, i](json::value changed) {
        auto copy = *list;
        copy[i] = std::move(changed);
        return rebuilt(std::move(copy));
      };
      walk((*list)[i], rule != nullptr ? rule->items : nullptr, path + "[]", around, visit);
    }
  }
}

const Rule& service_rule() {
  for (const auto& known : compose::compose_rule().attributes)
    if (known.name == "services") return *known.rule->values;
  throw std::runtime_error("the schema has no services");
}

EngineFacts newest_engine() {
  EngineFacts engine;
  engine.api_version = "1.51";
  engine.os = "linux";
  engine.arch = "x86_64";
  engine.cgroup_version = "1";
  return engine;
}

/// Whether the path, or what it stands in, is one of them.
template <class Paths>
bool within(const Paths& paths, const std::string& path) {
  for (std::string at = path; !at.empty();) {
    if (paths.contains(at)) return true;
    const auto dot = at.rfind('.');
    at = dot == std::string::npos ? "" : at.substr(0, dot);
    if (at.ends_with("[]")) at.resize(at.size() - 2);
  }
  return false;
}

struct Found {
  std::set<std::string> seen;                ///< generic paths that stand in a golden case
  std::set<std::string> sent;                ///< without them the request is another one
  std::set<std::string> reported;            ///< without them a warning or a refusal is gone
  std::map<std::string, std::string> where;  ///< path → a case that has it
};

void read_case(const fs::path& folder, const EngineFacts& engine, Found& found) {
  const auto project = peer::project_of(peer::read_json((folder / "expected.json").string()));
  for (const auto& [name, service] : project.services) {
    const auto whole = request(project, engine, name), said = reports(project, engine);
    const auto& canonical = service.canonical.reveal();
    const Visit visit = [&](const std::string& path, json::object without) {
      found.seen.insert(path);
      found.where.emplace(path, folder.filename().string());
      auto changed = project;
      changed.services[name] = peer::service_of(name, without, project.name);
      if (request(changed, engine, name) != whole) found.sent.insert(path);
      if (reports(changed, engine) != said) found.reported.insert(path);
    };
    const auto itself = [](json::value value) { return std::move(value.as_object()); };
    walk(canonical, &service_rule(), "", itself, visit);
  }
}

}  // namespace

TEST_CASE("every attribute of a service reaches the engine, is reported, or is used elsewhere") {
  Found found;
  for (const auto& folder : fs::directory_iterator(LANDFAST_SOURCE_DIR "/tests/golden/compose"))
    if (fs::exists(folder.path() / "expected.json"))
      read_case(folder.path(), newest_engine(), found);
  REQUIRE(found.seen.size() > 200);
  MESSAGE(found.seen.size() << " attributes in the golden cases, " << found.sent.size()
                            << " reach the engine, " << found.reported.size() << " are reported");
  for (const auto& path : found.seen) {
    const bool used =
        found.sent.contains(path) || within(found.reported, path) || within(used_elsewhere, path);
    CHECK_MESSAGE(used, path << " goes nowhere (" << found.where.at(path) << ")");
  }
}

}  // namespace landfast::test
