// SPDX-License-Identifier: Apache-2.0
#include "compose/migration_service.h"

#include <boost/json/array.hpp>

#include "compose/project_values.h"

namespace landfast::compose {
namespace {

namespace json = boost::json;

/// What belongs to a service that stays: a migration has no traffic, no watch over it, no copies.
constexpr const char* only_of_the_service[] = {"container_name", "ports",   "expose",
                                               "labels",         "restart", "scale",
                                               "post_start",     "develop", "pre_stop"};
constexpr const char* only_of_its_deploy[] = {"replicas",       "mode",          "labels",
                                              "restart_policy", "update_config", "rollback_config"};

std::string free_name(const Project& project, const std::string& service) {
  auto name = service + "-migrate";
  while (project.services.contains(name) || project.disabled.contains(name)) name += "-landfast";
  return name;
}

json::object migration_of(const Service& service) {
  json::object json = service.canonical.reveal();
  for (const auto* key : only_of_the_service) json.erase(key);
  if (auto* deploy = json.if_contains("deploy"); deploy != nullptr && deploy->is_object())
    for (const auto* key : only_of_its_deploy) deploy->as_object().erase(key);
  json::array command;
  for (const auto& word : service.landfast.migrate_command) command.emplace_back(word);
  json["image"] = service.image;
  // The entrypoint of many images migrates by itself before it runs anything.
  json["entrypoint"] = std::move(command);
  json["command"] = json::array{};
  json["healthcheck"] = json::object{{"disable", true}};
  return json;
}

}  // namespace

void add_migration_services(Project& project) {
  std::vector<std::pair<std::string, Service>> made;
  for (auto& [name, service] : project.services) {
    if (service.landfast.migrate_command.empty()) continue;
    auto migration = service_of(free_name(project, name), project.name, migration_of(service));
    migration.mark = service.mark;
    migration.landfast.migrate = true;
    migration.landfast.pending = service.landfast.pending;
    Dependency waits;
    waits.service = migration.name;
    waits.condition = DependencyCondition::completed_successfully;
    service.depends_on.push_back(std::move(waits));
    made.emplace_back(migration.name, std::move(migration));
  }
  for (auto& [name, migration] : made) project.services.emplace(name, std::move(migration));
}

}  // namespace landfast::compose
