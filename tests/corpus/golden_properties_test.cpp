// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "compose/config_output.h"
#include "compose/encode.h"
#include "compose/recorded_inputs.h"
#include "compose/yaml_text.h"
#include "compose/yaml_tree.h"
#include "corpus/disk_files.h"
#include "corpus/golden_cases.h"

namespace landfast::test {
namespace {

/// The files of the disk, with some replaced.
class Overlay : public DiskFiles {
 public:
  std::map<std::string, std::string> texts;
  Result<std::string> read(const std::string& path) const override {
    const auto it = texts.find(path);
    if (it == texts.end()) return DiskFiles::read(path);
    return it->second;
  }
  bool exists(const std::string& path) const override {
    return texts.contains(path) || DiskFiles::exists(path);
  }
};

std::string json_of(const LoadRequest& request, const Files& files) {
  const auto text = config_text({request, ConfigForm::json, {}}, files);
  return text ? text->text : "rejected: " + text.error().text;
}

/// The same call, on one file with this text.
std::string with_file(const GoldenCase& c, const std::string& text) {
  Overlay files;
  auto request = c.request;
  const auto path = (c.folder / "again.yaml").string();
  files.texts[path] = text;
  request.files = {path};
  return json_of(request, files);
}

/// Cases whose output Compose itself does not read back as the same.
const std::set<std::string> not_idempotent{
    "attr-environment-list",               // an empty name is no key of a mapping
    "env-file-last-word-without-newline",  // the same
    "attr-memory",                         // memswap_limit: "-1" is no size
    "attr-post-start-command-null",        // a hook without command is printed without the key
    "attr-pre-stop-command-null",          // the same
    "check-x-in-list",                     // a key with x- in a mapping is an extension
    "interpolation-not-in-keys",           // `$$` in keys is not undone
    "merge-ports-append",                  // equal ports that were two become one
    "profiles-optional-dependency-off",    // the service that is off is not printed
};

boost::json::value reversed(const boost::json::value& value) {
  if (value.is_array()) {
    boost::json::array out;
    for (const auto& item : value.get_array()) out.push_back(reversed(item));
    return out;
  }
  if (!value.is_object()) return value;
  std::vector<std::pair<std::string, boost::json::value>> entries;
  for (const auto& [key, item] : value.get_object()) entries.emplace_back(key, reversed(item));
  boost::json::object out;
  for (auto it = entries.rbegin(); it != entries.rend(); ++it) out.emplace(it->first, it->second);
  return out;
}

/// The only document of the case's only file, keys in reverse; "" where that cannot be made.
std::string reversed_file(const GoldenCase& c) {
  if (!c.request.files.empty() || std::filesystem::exists(c.folder / "compose.override.yaml"))
    return {};
  compose::Arena arena;
  compose::Findings findings;
  const auto text = text_of(c.folder / "compose.yaml");
  const auto source = findings.add_source({"compose.yaml", text, {}});
  const auto yaml = compose::read_yaml(arena, findings, source);
  if (yaml.documents.size() != 1 || !yaml.documents[0].resets.empty() || findings.failed())
    return {};
  const auto value =
      compose::Encoder(arena, findings, compose::Shape::yaml).any(*yaml.documents[0].root);
  return compose::yaml_text(reversed(value));
}

}  // namespace

TEST_CASE("the canonical output loads to itself") {
  for (const auto& c : golden_cases()) {
    if (!c.json || not_idempotent.contains(c.name)) continue;
    CAPTURE(c.name);
    const auto once = with_file(c, *c.yaml);
    CHECK(once == *c.json);
  }
}

TEST_CASE("a second file that says nothing changes nothing") {
  for (const auto& c : golden_cases()) {
    if (!c.json || !c.request.files.empty() || c.request.environment.contains("COMPOSE_FILE"))
      continue;
    const auto first = (c.folder / "compose.yaml").string();
    if (!std::filesystem::exists(first)) continue;
    CAPTURE(c.name);
    Overlay files;
    auto request = c.request;
    request.files = {first};
    const auto alone = json_of(request, files);
    const auto nothing = (c.folder / "nothing.yaml").string();
    files.texts[nothing] = "services: {}\n";
    request.files.push_back(nothing);
    CHECK(json_of(request, files) == alone);
  }
}

TEST_CASE("the order of keys does not matter") {
  std::size_t count = 0;
  for (const auto& c : golden_cases()) {
    if (!c.json) continue;
    const auto text = reversed_file(c);
    if (text.empty() || c.name == "attr-memory-float-ignored") continue;  // 1e3 becomes 1000
    CAPTURE(c.name);
    ++count;
    CHECK(with_file(c, text) == *c.json);
  }
  CHECK(count > 200);
}

TEST_CASE("every project loads to itself from what a release records") {
  std::size_t count = 0;
  const DiskFiles disk;
  for (const auto& c : golden_cases()) {
    CAPTURE(c.name);
    const RecordingFiles files(disk);
    auto project = load(c.request, files);
    if (!project || !attach_content(*project, disk)) continue;
    ++count;
    const auto record =
        record_from(record_bytes(recorded_inputs(c.request, files.seen(), *project, {})));
    REQUIRE(record);
    const auto again = load_recorded(*record, disk);
    REQUIRE_MESSAGE(again, c.name);
    CHECK(again->canonical.reveal() == project->canonical.reveal());
    CHECK(again->env_files == project->env_files);
    for (const auto& [key, secret] : project->secrets)
      CHECK(again->secrets.at(key).digest == secret.digest);
  }
  CHECK(count > 300);
}

}  // namespace landfast::test
