// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "model/project.h"
#include "model/world.h"

// Projects from `docker compose config --format json` and containers from `docker inspect`, without
// the loader and without an engine: what the tests of plan/create_body and plan/difference read.
namespace landfast::peer {

inline boost::json::value read_json(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::stringstream all;
  all << file.rdbuf();
  return boost::json::parse(all.str());
}

/// `config` doubles every dollar sign; the canonical model does not.
inline std::string undouble(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '$') ++i;
  }
  return out;
}

inline boost::json::value undoubled(const boost::json::value& value) {
  if (const auto* string = value.if_string()) return boost::json::value(undouble(*string));
  if (const auto* array = value.if_array()) {
    boost::json::array out;
    for (const auto& item : *array) out.push_back(undoubled(item));
    return out;
  }
  if (const auto* object = value.if_object()) {
    boost::json::object out;
    for (const auto& [key, item] : *object) out[undouble(key)] = undoubled(item);
    return out;
  }
  return value;
}

inline std::string text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* string = value ? value->if_string() : nullptr;
  return string ? std::string{string->data(), string->size()} : std::string{};
}

inline const boost::json::object& part(const boost::json::object& object, std::string_view key) {
  static const boost::json::object empty;
  const auto* value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : empty;
}

inline Service service_of(const std::string& name, const boost::json::object& canonical,
                          const std::string& project) {
  Service out;
  out.name = name;
  out.image = text_of(canonical, "image");
  if (out.image.empty()) out.image = project + "-" + name;
  out.container_name = text_of(canonical, "container_name");
  if (const auto* scale = canonical.if_contains("scale"))
    out.replicas = static_cast<int>(scale->to_number<int>());
  out.canonical = Canonical(canonical);
  return out;
}

inline std::map<std::string, FileObject> file_objects_of(const boost::json::object& all) {
  std::map<std::string, FileObject> out;
  for (const auto& [key, value] : all) {
    const auto& object = value.as_object();
    FileObject made;
    made.key = key;
    made.name = text_of(object, "name");
    made.file = text_of(object, "file");
    made.external = object.contains("external");
    if (object.contains("content")) made.content = Secret(text_of(object, "content"));
    if (object.contains("environment")) made.content = Secret("topsecret");
    out[made.key] = made;
  }
  return out;
}

/// The project of a `config --format json` answer.
inline Project project_of(const boost::json::value& config) {
  const auto whole = undoubled(config).as_object();
  Project out;
  out.name = text_of(whole, "name");
  out.working_dir = "/srv/stack";
  out.canonical = Canonical(whole);
  for (const auto& [key, value] : part(whole, "services"))
    out.services[key] = service_of(key, value.as_object(), out.name);
  for (const auto& [key, value] : part(whole, "networks")) {
    const auto& canonical = value.as_object();
    out.networks[key] = {
        key, text_of(canonical, "name"), canonical.contains("external"), canonical, {}};
  }
  for (const auto& [key, value] : part(whole, "volumes")) {
    const auto& canonical = value.as_object();
    out.volumes[key] = {key,
                        text_of(canonical, "name"),
                        canonical.contains("external"),
                        text_of(canonical, "driver"),
                        canonical,
                        {}};
  }
  out.configs = file_objects_of(part(whole, "configs"));
  out.secrets = file_objects_of(part(whole, "secrets"));
  return out;
}

/// A container of a `docker inspect` answer (the object, not the list).
inline Container container_of(const boost::json::object& inspect) {
  Container out;
  out.id = text_of(inspect, "Id");
  out.name = text_of(inspect, "Name");
  if (out.name.starts_with('/')) out.name.erase(0, 1);
  out.image_id = text_of(inspect, "Image");
  out.config = part(inspect, "Config");
  out.host_config = part(inspect, "HostConfig");
  out.image_ref = text_of(out.config, "Image");
  for (const auto& [key, value] : part(out.config, "Labels"))
    out.labels[key] = value.as_string().c_str();
  const auto& policy = part(out.host_config, "RestartPolicy");
  out.restart_policy.name = text_of(policy, "Name");
  if (const auto* count = policy.if_contains("MaximumRetryCount"))
    out.restart_policy.maximum_retry_count = count->to_number<int>();
  out.networks = part(part(inspect, "NetworkSettings"), "Networks");
  return out;
}

/// An image of a `docker image inspect` answer.
inline Image image_of(const boost::json::object& inspect) {
  Image out;
  out.id = text_of(inspect, "Id");
  out.config = part(inspect, "Config");
  return out;
}

}  // namespace landfast::peer
