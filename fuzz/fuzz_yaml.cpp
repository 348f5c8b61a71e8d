// SPDX-License-Identifier: Apache-2.0
// The YAML tree: any bytes end in a tree or an error, and what is printed of a tree reads back.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "compose/encode.h"
#include "compose/yaml_text.h"
#include "compose/yaml_tree.h"

using namespace landfast::compose;

namespace {

/// The first document as YAML, "" where the text is none.
std::string printed(const std::string& text) {
  Arena arena;
  Findings findings;
  const auto yaml = read_yaml(arena, findings, findings.add_source({"f", text, {}}));
  if (findings.failed() || yaml.documents.empty()) return {};
  return yaml_text(Encoder(arena, findings, Shape::yaml).any(*yaml.documents[0].root));
}

/// A float below zero that rounds to none: Compose prints `-0` too, which reads back as the integer
/// 0.
bool holds_negative_zero(const std::string& text) {
  return text.find(" -0\n") != std::string::npos || text.starts_with("-0\n");
}

/// Numbers in keys wrap around where Compose sorts them, so that the order of such keys depends on
/// the order in which they come, there as here.
bool holds_endless_number(const std::string& text) {
  int digits = 0;
  return std::any_of(text.begin(), text.end(), [&digits](char c) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    return digits > 18;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto once = printed(std::string(reinterpret_cast<const char*>(data), size));
  if (once.empty() || holds_negative_zero(once) || holds_endless_number(once)) return 0;
  const auto twice = printed(once);
  if (!twice.empty() && twice != once) std::abort();
  return 0;
}
