// SPDX-License-Identifier: Apache-2.0
#include "compose/encode.h"

#include "compose/binder.h"
#include "compose/structures.h"

namespace landfast::compose {
namespace json = boost::json;

Encoder::Encoder(Arena& arena, Findings& findings, Shape shape, json::storage_ptr storage)
    : arena_(arena), findings_(findings), shape_(shape), storage_(std::move(storage)) {}

json::object Encoder::service(const Node& node, std::string_view name) {
  Path path{"services", name};
  return Binder(arena_, findings_, shape_, storage_, path).structure(node, service_structure);
}

json::object Encoder::network(const Node& node, std::string_view name) {
  Path path{"networks", name};
  return Binder(arena_, findings_, shape_, storage_, path).structure(node, network_structure);
}

json::object Encoder::volume(const Node& node, std::string_view name) {
  Path path{"volumes", name};
  return Binder(arena_, findings_, shape_, storage_, path).structure(node, volume_structure);
}

json::object Encoder::config(const Node& node, std::string_view name) {
  Path path{"configs", name};
  auto out =
      Binder(arena_, findings_, shape_, storage_, path).structure(node, file_object_structure);
  // The content came from the variable: Compose shows the variable only.
  if (out.contains("environment")) out.stable_erase("content");
  return out;
}

json::object Encoder::secret(const Node& node, std::string_view name) {
  Path path{"secrets", name};
  auto out =
      Binder(arena_, findings_, shape_, storage_, path).structure(node, file_object_structure);
  out.stable_erase("content");
  return out;
}

json::object Encoder::model(const Node& node, std::string_view name) {
  Path path{"models", name};
  return Binder(arena_, findings_, shape_, storage_, path).structure(node, model_structure);
}

json::value Encoder::any(const Node& node) {
  Path path;
  return Binder(arena_, findings_, shape_, storage_, path).any(node);
}

}  // namespace landfast::compose
