// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace landfast::compose {

/// How a field is read from the tree and written; "kept" ones show zero values when they were set.
enum class Codec : std::uint8_t {
  text,
  text_always,
  flag,
  flag_kept,
  flag_always,
  integer,
  integer_kept,
  integer_always,
  natural,
  natural_kept,
  natural16,
  natural16_always,
  natural32,
  real32,
  cpus,
  bytes,
  bytes_always,
  duration,
  duration_kept,
  device_count,
  file_mode,
  texts,
  text_or_texts,
  loose_texts,
  command,  ///< JSON: null where unset
  health_test,
  mapping,          ///< values become texts
  mapping_or_null,  ///< environment: a key without value stays null
  labels,
  options,
  multi_options,
  text_map,
  hosts,
  ssh,
  ulimits,
  env_files,
  structure,         ///< a pointer in Compose: only where set
  structure_always,  ///< in JSON always there
  structures,        ///< list of structures
  structure_map,     ///< names to structures or null
  structure_values   ///< names to structures
};

struct Structure;

struct Field {
  std::string_view key;
  Codec codec;
  const Structure* of = nullptr;
  std::string_view json_name{};  ///< where it differs from the key
};

struct Structure {
  std::span<const Field> fields;
  bool extensions = true;  ///< keeps `x-` keys
};

extern const Structure service_structure;
extern const Structure network_structure;
extern const Structure volume_structure;
extern const Structure file_object_structure;
extern const Structure model_structure;

}  // namespace landfast::compose
