// SPDX-License-Identifier: Apache-2.0
#include "corpus/golden_cases.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "compose/config_output.h"
#include "corpus/disk_files.h"

namespace landfast::test {
namespace {

namespace fs = std::filesystem;

void take_arguments(LoadRequest& request, const std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto next = [&] { return i + 1 < lines.size() ? lines[++i] : std::string(); };
    if (lines[i] == "-f") {
      request.files.push_back(next());
    } else if (lines[i] == "-p") {
      request.project_name = next();
    } else if (lines[i] == "--profile") {
      request.profiles.push_back(next());
    } else if (lines[i] == "--env-file") {
      request.env_files.push_back(next());
    } else if (lines[i] == "--project-directory") {
      request.project_directory = next();
    }
  }
}

std::vector<std::string> lines_of(const fs::path& path) {
  auto lines = split(text_of(path), '\n');
  std::erase(lines, "");
  return lines;
}

GoldenCase read_case(const fs::path& folder) {
  GoldenCase c;
  c.name = folder.filename().string();
  c.folder = folder;
  c.request.cwd = folder.string();
  c.request.home = "/root";
  c.request.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}, {"PWD", folder.string()}};
  for (const auto& line : lines_of(folder / "variables"))
    c.request.environment[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  take_arguments(c.request, lines_of(folder / "arguments"));
  const auto root = folder.parent_path().string();
  if (!fs::exists(folder / "expected.err")) {
    c.json = replaced(text_of(folder / "expected.json"), "@ROOT@", root);
    c.yaml = replaced(text_of(folder / "expected.yaml"), "@ROOT@", root);
  }
  return c;
}

/// What a case gives in a form; an error as its text.
std::string answer(const GoldenCase& c, ConfigForm form) {
  const auto text = config_text({c.request, form, {}}, DiskFiles());
  return text ? text->text : "rejected: " + text.error().text;
}

}  // namespace

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::vector<GoldenCase> golden_cases() {
  std::vector<GoldenCase> cases;
  for (const auto& entry : fs::directory_iterator(LANDFAST_SOURCE_DIR "/tests/golden/compose"))
    if (entry.is_directory()) cases.push_back(read_case(entry.path()));
  std::ranges::sort(cases, {}, &GoldenCase::name);
  return cases;
}

TEST_CASE("what Compose accepts, we print byte for byte; what it rejects, we reject") {
  const auto cases = golden_cases();
  CHECK(cases.size() > 500);
  for (const auto& c : cases) {
    CAPTURE(c.name);
    if (c.json) {
      CHECK(answer(c, ConfigForm::json) == *c.json);
      CHECK(answer(c, ConfigForm::yaml) == *c.yaml);
    } else {
      CHECK_FALSE(config_text({c.request, ConfigForm::json, {}}, DiskFiles()).has_value());
    }
  }
}

TEST_CASE("every error of a rejected case says where it is, or what to do") {
  for (const auto& c : golden_cases()) {
    if (c.json) continue;
    CAPTURE(c.name);
    const auto text = config_text({c.request, ConfigForm::quiet, {}}, DiskFiles());
    if (text) continue;  // rejected only as JSON
    const auto& e = text.error();
    CHECK(!e.text.empty());
    CHECK((e.mark.has_value() || !e.path.empty() || !e.hint.empty()));
  }
}

}  // namespace landfast::test
