// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/scalar.h"
#include "compose/survey.h"

namespace landfast {
namespace {

/// A name as a YAML key: `on` or `1.5` would not stay a text.
std::string key_of(const std::string& name) {
  return compose::is_plain_string(name) ? name : "\"" + name + "\"";
}

/// The first line of what is said of a service, and the keys that fit.
struct Words {
  std::vector<std::string> why;
  std::vector<std::string> keys;
};

std::map<std::string, Words> words_of(const Survey& survey) {
  std::map<std::string, Words> out;
  for (const auto& s : survey.one_shots) {
    auto& words = out[s.service];
    words.why.push_back("a one-shot: " + join(s.waited_for_by, ", ") + " waits for it");
    words.keys.emplace_back("migrate: true");
  }
  for (const auto& s : survey.stateful) {
    auto& words = out[s.service];
    words.why.push_back("data: " + join(s.places, ", "));
    words.keys.emplace_back("backup: true");
  }
  for (const auto& s : survey.published) {
    auto& words = out[s.service];
    words.why.push_back("published: " + join(s.ports, ", "));
    if (!s.only.empty()) words.keys.push_back("route: \":" + s.only + "\"");
  }
  return out;
}

/// What a published port suggests as a check of every release.
std::string check_of(const Survey& survey) {
  for (const auto& s : survey.published)
    if (!s.only.empty()) return fmt::format("{{ tcp: \"127.0.0.1:{}\" }}", s.only);
  return "{ http: \"http://127.0.0.1:3000/\", status: 200 }";
}

}  // namespace

std::string starter_file(const Survey& survey) {
  std::string out = fmt::format(
      "# What Landfast needs to know beside {}. Docker Compose does not read this file.\n"
      "# Every line is a comment: nothing changes until you take its `# ` away.\n"
      "# `landfast schema` prints all keys; landfast says so where one has no effect yet.\n#\n",
      printable(compose::base_name(survey.compose_file)));
  out += fmt::format(
      "# x-landfast:\n"
      "#   verify:  # what must be true before a release counts\n"
      "#     - {}\n"
      "#   backup: {{ to: \"/srv/backups/{}\", every: \"0 3 * * *\", keep: {{ daily: 7, weekly: 5 "
      "}} }}\n",
      check_of(survey), survey.project);
  const auto words = words_of(survey);
  if (words.empty()) return out;
  out += "#\n# services:\n";
  for (const auto& [name, about] : words) {
    out += fmt::format("#   {}:  # {}\n", key_of(name), printable(join(about.why, "; ")));
    if (about.keys.empty()) {
      out += "#     x-landfast: {}\n";
      continue;
    }
    out += "#     x-landfast:\n";
    for (const auto& key : about.keys) out += fmt::format("#       {}\n", key);
  }
  return out;
}

}  // namespace landfast
