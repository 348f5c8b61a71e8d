// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "compose/findings.h"
#include "compose/node.h"

namespace landfast::compose {

/// Kinds of values that an attribute takes, to be combined.
namespace kinds {
inline constexpr std::uint16_t null = 1, boolean = 2, integer = 4, number = 8, string = 16,
                               list = 32, mapping = 64;
inline constexpr std::uint16_t any = 127;
}  // namespace kinds

struct Attribute;

/// What a value may be: the attributes of the Compose Specification as tables (schema_tables.cpp).
struct Rule {
  std::uint16_t takes = kinds::any;
  std::span<const Attribute> attributes{};  ///< of a mapping
  const Rule* values = nullptr;             ///< of a mapping: what other keys hold
  std::string_view names{};                 ///< which other keys: "" any, "name", "lower"
  bool open = false;                        ///< of a mapping: unknown keys are allowed
  bool extensible = true;                   ///< of a mapping with attributes: `x-` keys are allowed
  const Rule* items = nullptr;              ///< of a list
  bool unique = false;                      ///< of a list: no item twice
  std::span<const std::string_view> words{};     ///< of a string: the ones allowed
  std::span<const std::string_view> required{};  ///< of a mapping
  std::span<const std::string_view> one_of{};    ///< of a mapping: exactly one of these
  bool ranged = false;
  std::int64_t least = 0, most = 0;             ///< of an integer
  bool (*accepts)(std::string_view) = nullptr;  ///< of a string
  std::string_view form{};                      ///< what `accepts` wants, for the message
  std::string_view pattern{};  ///< `accepts` as a regular expression, for the published schema
  bool hidden = false;         ///< of a string: no message shows it
};

struct Attribute {
  std::string_view name;
  const Rule* rule;
  std::string_view about{};  ///< one sentence for the published schema
  std::string_view needs{};  ///< of no use without this other attribute
};

/// The rule of a whole compose file.
[[nodiscard]] const Rule& compose_rule();

/// Checks a merged tree, as written (short forms allowed). All violations go to `findings`, with
/// paths below `under`.
void validate(Findings& findings, const Node& root, const Rule& rule, Path under = {});

}  // namespace landfast::compose
