// SPDX-License-Identifier: Apache-2.0
#include "compose/yaml_tree.h"

#include <doctest/doctest.h>

#include "compose/go_text.h"

namespace landfast::compose {
namespace {

/// Reads a text; what it holds as Go prints it, or the first error.
struct Reading {
  Arena arena;
  Findings findings;
  YamlText yaml;

  explicit Reading(const std::string& text) {
    yaml = read_yaml(arena, findings, findings.add_source({"f.yaml", text, {}}));
  }
  std::string said() {
    if (findings.failed()) return "error: " + findings.take_error().text;
    return yaml.documents.empty() ? "nothing" : sprint(*yaml.documents[0].root);
  }
};

std::string said(const std::string& text) { return Reading(text).said(); }

}  // namespace

TEST_CASE("anchors, aliases and merge keys") {
  CHECK(said("a: &x {k: 1}\nb: *x") == "map[a:map[k:1] b:map[k:1]]");
  CHECK(said("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}") == "map[a:map[k:1 l:2] b:map[k:3 l:2]]");
  CHECK(said("a: &x {k: 1}\nc: &y {k: 2, m: 4}\nb: {<<: [*x, *y]}") ==
        "map[a:map[k:1] b:map[k:1 m:4] c:map[k:2 m:4]]");
  CHECK(said("b: {\"<<\": 1}") == "map[b:map[<<:1]]");
  CHECK(said("a: *nope").starts_with("error: there is no anchor"));
  CHECK(said("a: &x [*x]").starts_with("error: the anchor `&x` contains itself"));
  CHECK(said("a: {<<: 5}").starts_with("error: `<<` wants"));
}

TEST_CASE("keys are strings and stand once") {
  CHECK(said("a: 1\na: 2") == "error: the key `a` stands here twice");
  CHECK(said("{a: 1, \"a\": 2}") == "error: the key `a` stands here twice");
  CHECK(said("1: a") == "error: the key `1` is not a string");
  CHECK(said("yes: a") == "map[yes:a]");
  CHECK(said("~: a").starts_with("error: the key `~`"));
}

TEST_CASE("a syntax error has its line and column, and the line itself") {
  Reading reading("services:\n  a:\n    image: x\n   hostname: h\n");
  REQUIRE(reading.findings.failed());
  const auto error = reading.findings.take_error();
  REQUIRE(error.mark.has_value());
  CHECK(error.mark->file == "f.yaml");
  CHECK(error.mark->line == 4);
  CHECK(error.mark->source_line == "   hostname: h");
  CHECK_FALSE(reading.yaml.complete);
}

TEST_CASE("!reset and !override are noted with the path as written") {
  Reading reading("a: {b: !reset null, c: !override [1]}\nd: [x, !reset y]");
  CHECK(reading.said() == "map[a:map[c:[1]] d:[x]]");
  REQUIRE(reading.yaml.documents[0].resets.size() == 3);
  CHECK(reading.yaml.documents[0].resets[0] == std::vector<std::string>{"a", "b"});
  CHECK(reading.yaml.documents[0].resets[2] == std::vector<std::string>{"d", "1"});
}

TEST_CASE("documents are read in order, an empty text has none") {
  CHECK(Reading("a: 1\n---\nb: 2\n").yaml.documents.size() == 2);
  CHECK(Reading("").yaml.documents.empty());
  CHECK(Reading("# only a comment\n").yaml.documents.empty());
  CHECK(said("---\n") == "<nil>");
}

TEST_CASE("hostile texts end at a bound") {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'i'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string("*") + static_cast<char>(c - 1) + ",";
    bomb += "]\n";
  }
  CHECK(said(bomb).starts_with("error: the file consists almost only of repeated aliases"));
  CHECK(said(std::string(5000, '[')).starts_with("error: nested deeper than 200 levels"));
  CHECK(said("a: \"" + std::string(max_file_bytes, 'x') + "\"") ==
        "error: the file is larger than 10 MiB");
  std::string many = "a:\n";
  for (int i = 0; i < 400'000; ++i) many += "- a\n";
  CHECK(said(many).starts_with("error: the file, with its aliases, holds more than"));
}

TEST_CASE("marks point at keys and values") {
  Reading reading("a:\n  bc: [1,\n    22]\n");
  const auto* entry = reading.yaml.documents[0].root->find("a")->entry("bc");
  REQUIRE(entry != nullptr);
  CHECK(entry->place.line == 2);
  CHECK(entry->place.column == 3);
  CHECK(entry->value->items()[1]->place.line == 3);
  CHECK(entry->value->items()[1]->place.column == 5);
}

}  // namespace landfast::compose
