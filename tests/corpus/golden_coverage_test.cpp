// SPDX-License-Identifier: Apache-2.0
// Every attribute of the Compose Specification, in every form that it takes (a scalar, a list, a
// mapping, nothing), stands in at least one golden case that Docker Compose accepts.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "compose/schema.h"
#include "compose/yaml_tree.h"

namespace landfast::test {
namespace {

namespace fs = std::filesystem;
using namespace compose;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> forms_of(const Rule& rule) {
  std::vector<std::string> out;
  if ((rule.takes & (kinds::boolean | kinds::integer | kinds::number | kinds::string)) != 0)
    out.emplace_back("scalar");
  if ((rule.takes & kinds::list) != 0) out.emplace_back("list");
  if ((rule.takes & kinds::mapping) != 0) out.emplace_back("mapping");
  if ((rule.takes & kinds::null) != 0) out.emplace_back("nothing");
  return out;
}

std::string form_of(const Node& node) {
  if (node.is_null()) return "nothing";
  if (node.is_mapping()) return "mapping";
  return node.is_sequence() ? "list" : "scalar";
}

/// All "path: form" of a rule and of what is below it.
void wanted(const Rule& rule, const std::string& path, std::set<std::string>& out) {
  for (const auto& form : forms_of(rule)) out.insert(path + ": " + form);
  for (const auto& a : rule.attributes) wanted(*a.rule, path + "." + std::string(a.name), out);
  if (rule.values != nullptr) wanted(*rule.values, path + ".*", out);
  if (rule.items != nullptr) wanted(*rule.items, path + "[]", out);
}

void seen(const Node& node, const Rule& rule, const std::string& path, std::set<std::string>& out) {
  out.insert(path + ": " + form_of(node));
  for (const auto& e : node.entries()) {
    const auto known = std::ranges::find(rule.attributes, e.key, &Attribute::name);
    if (known != rule.attributes.end()) {
      seen(*e.value, *known->rule, path + "." + std::string(e.key), out);
    } else if (rule.values != nullptr) {
      seen(*e.value, *rule.values, path + ".*", out);
    }
  }
  if (rule.items == nullptr) return;
  for (const auto* item : node.items()) seen(*item, *rule.items, path + "[]", out);
}

void read_case(const fs::path& folder, std::set<std::string>& out) {
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    const auto extension = file.path().extension();
    if ((extension != ".yaml" && extension != ".yml") || file.path().stem() == "expected") continue;
    Arena arena;
    Findings findings;
    const auto source = findings.add_source({file.path().string(), text_of(file.path()), {}});
    for (const auto& document : read_yaml(arena, findings, source).documents)
      seen(*document.root, compose_rule(), "", out);
  }
}

/// Its schema allows them, and Docker Compose 2.40.3 fails on them.
const std::set<std::string> compose_fails{
    ".services.*.pid: nothing",                          // panics
    ".services.*.build.additional_contexts.*: nothing",  // panics
    ".services.*.build.ssh.*: scalar",                   // writes JSON that is none
};

}  // namespace

TEST_CASE("every attribute has a golden case in every form") {
  std::set<std::string> all, found;
  wanted(compose_rule(), "", all);
  for (const auto& folder : fs::directory_iterator(LANDFAST_SOURCE_DIR "/tests/golden/compose"))
    if (fs::exists(folder.path() / "expected.json")) read_case(folder.path(), found);
  REQUIRE(all.size() > 500);
  MESSAGE(all.size() << " forms of attributes");
  for (const auto& one : all)
    CHECK_MESSAGE(found.contains(one) != compose_fails.contains(one), one);
}

}  // namespace landfast::test
