// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <vector>

#include "compose/encode.h"
#include "compose/structures.h"

namespace landfast::compose {

/// Writes one value after another into JSON objects, by the tables of structures.h.
class Binder {
 public:
  Binder(Arena& arena, Findings& findings, Shape shape, boost::json::storage_ptr storage,
         Path& path)
      : arena_(arena),
        findings_(findings),
        shape_(shape),
        storage_(std::move(storage)),
        path_(path) {}

  boost::json::object structure(const Node& node, const Structure& of);
  boost::json::value any(const Node& node);

 private:
  using Value = std::optional<boost::json::value>;  ///< nullopt: left out

  Value field(const Node* node, const Field& field);
  Value by_codec(const Node& node, const Field& field);
  Value unset(const Field& field);

  Value text(const Node& node, bool always);
  Value flag(const Node& node, bool keep);
  Value integer(const Node& node, bool keep);
  Value natural(const Node& node, bool keep, std::uint64_t mask);
  Value real32(const Node& node);
  Value cpus(const Node& node);
  Value bytes(const Node& node, bool keep);
  Value duration(const Node& node, bool keep);
  Value device_count(const Node& node);
  Value file_mode(const Node& node);
  Value texts(const Node& node, bool single, bool loose);
  Value command(const Node& node);
  Value health_test(const Node& node);
  Value mapping(const Node& node, bool nulls);
  Value labels(const Node& node);
  Value options(const Node& node);
  Value multi_options(const Node& node);
  Value text_map(const Node& node);
  Value hosts(const Node& node);
  Value ssh(const Node& node);
  Value ulimits(const Node& node);
  Value env_files(const Node& node);
  Value structures(const Node& node, const Structure& of);
  Value structure_map(const Node& node, const Structure& of, bool nulls);

  Value refuse(const Node& node, std::string_view wanted);
  std::optional<std::string> text_value(const Node& node);
  std::vector<Entry> sorted(const Node& node);
  Value pairs(const Node& node, bool nulls);
  void extensions(const Node& node, boost::json::object& out);
  boost::json::value str(std::string_view text);

  Arena& arena_;
  Findings& findings_;
  Shape shape_;
  boost::json::storage_ptr storage_;
  Path& path_;
};

}  // namespace landfast::compose
