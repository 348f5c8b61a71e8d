// SPDX-License-Identifier: Apache-2.0
#include "run/build_request.h"

#include <boost/json/array.hpp>

namespace landfast {
namespace {

std::string member(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// A grant without a target has its source's name, as Compose gives it to BuildKit.
BuildSecret build_secret(const Project& project, const boost::json::object& grant) {
  const auto source = member(grant, "source"), target = member(grant, "target");
  BuildSecret secret;
  secret.id = target.empty() ? source : target;
  const auto it = project.secrets.find(source);
  if (it == project.secrets.end()) return secret;
  secret.file = it->second.file;
  if (secret.file.empty()) secret.value = it->second.content;
  return secret;
}

}  // namespace

BuildRequest build_request(const Project& project, const Service& service) {
  BuildRequest request;
  request.service = service.name;
  request.tag = service.image;
  request.build = service.build;
  request.platform = service.platform;
  const auto* grants = service.build.if_contains("secrets");
  if (grants == nullptr || !grants->is_array()) return request;
  for (const auto& grant : grants->as_array())
    if (grant.is_object()) request.secrets.push_back(build_secret(project, grant.as_object()));
  return request;
}

}  // namespace landfast
