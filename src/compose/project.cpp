// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/array.hpp>

#include "compose/load.h"
#include "compose/migration_service.h"
#include "compose/project_values.h"
#include "compose/session.h"
#include "compose/tunnel_rules.h"

namespace landfast {
namespace {

using compose::LoadedService;
using compose::Session;

Network network_of(Session& session, compose::Encoder& encoder, const compose::Entry& e) {
  Network n;
  n.key = e.key;
  n.canonical = encoder.network(*e.value, e.key);
  n.name = e.value->text_of("name");
  n.external = n.canonical.contains("external");
  n.mark = session.findings().mark(e.place);
  return n;
}

Volume volume_of(Session& session, compose::Encoder& encoder, const compose::Entry& e) {
  Volume v;
  v.key = e.key;
  v.canonical = encoder.volume(*e.value, e.key);
  v.name = e.value->text_of("name");
  v.external = v.canonical.contains("external");
  v.driver = e.value->text_of("driver");
  v.mark = session.findings().mark(e.place);
  return v;
}

FileObject file_object_of(Session& session, const compose::Entry& e) {
  FileObject f;
  f.key = e.key;
  f.name = e.value->text_of("name");
  const auto* external = e.value->find("external");
  f.external = external != nullptr && external->is(compose::Kind::boolean) && external->boolean;
  f.file = e.value->text_of("file");
  for (const auto key : {std::string_view("content"), compose::secret_value_key})
    if (e.value->has(key)) f.content = Secret(std::string(e.value->text_of(key)));
  f.mark = session.findings().mark(e.place);
  return f;
}

void fill_resources(Session& session, Project& project) {
  compose::Encoder encoder(session.arena(), session.findings(), compose::Shape::json);
  const auto each = [&](std::string_view kind, const auto& take) {
    const auto* all = session.root().find(kind);
    for (const auto& key : session.used(kind))
      if (const auto* e = all->entry(key)) take(*e);
  };
  each("networks",
       [&](const auto& e) { project.networks.emplace(e.key, network_of(session, encoder, e)); });
  each("volumes",
       [&](const auto& e) { project.volumes.emplace(e.key, volume_of(session, encoder, e)); });
  each("configs",
       [&](const auto& e) { project.configs.emplace(e.key, file_object_of(session, e)); });
  each("secrets",
       [&](const auto& e) { project.secrets.emplace(e.key, file_object_of(session, e)); });
}

void fill_services(Session& session, std::map<std::string, LoadedService>& from,
                   std::map<std::string, Service>& to) {
  for (auto& [name, loaded] : from) {
    auto service = compose::service_of(name, session.name(), std::move(loaded.json));
    service.mark = session.findings().mark(loaded.place);
    const auto& extensions = session.extension().services;
    if (const auto it = extensions.find(name); it != extensions.end())
      service.landfast = it->second;
    to.emplace(name, std::move(service));
  }
}

}  // namespace

Result<Project> load(const LoadRequest& request, const Files& files) {
  Session session(request, files);
  if (session.model() == nullptr || !session.bind()) return fail(session.findings().take_error());
  Project project;
  project.name = session.name();
  project.working_dir = session.inputs().directory;
  project.config_files = session.inputs().files;
  project.env_files = session.inputs().env_files;
  project.profiles = session.inputs().profiles;
  std::erase(project.profiles, "");
  project.landfast = session.extension().stack;
  project.canonical = Canonical(session.encode_all(compose::Shape::json));
  fill_resources(session, project);
  fill_services(session, session.enabled(), project.services);
  fill_services(session, session.disabled(), project.disabled);
  compose::add_migration_services(project);
  project.warnings = session.findings().take_warnings();
  compose::apply_tunnel(project, session.findings());
  if (session.findings().failed()) return fail(session.findings().take_error());
  return project;
}

}  // namespace landfast
