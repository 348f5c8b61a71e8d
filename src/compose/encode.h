// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "compose/findings.h"
#include "compose/node.h"

namespace landfast::compose {

/// The two outputs of `config` differ in more than syntax: YAML shows `x-` keys and leaves empty
/// structures out, JSON shows `command: null` (compose.md 1.4).
enum class Shape : std::uint8_t { json, yaml };

/// Binds the tree to Compose's types: every attribute in Compose's order, with its units and
/// number formats. What does not fit its type is an error in `findings`.
class Encoder {
 public:
  Encoder(Arena& arena, Findings& findings, Shape shape, boost::json::storage_ptr storage = {});

  boost::json::object service(const Node& node, std::string_view name);
  boost::json::object network(const Node& node, std::string_view name);
  boost::json::object volume(const Node& node, std::string_view name);
  boost::json::object config(const Node& node, std::string_view name);
  boost::json::object secret(const Node& node, std::string_view name);
  boost::json::object model(const Node& node, std::string_view name);
  /// Any value as it is (`x-` keys), mappings sorted.
  boost::json::value any(const Node& node);

 private:
  Arena& arena_;
  Findings& findings_;
  Shape shape_;
  boost::json::storage_ptr storage_;
};

}  // namespace landfast::compose
