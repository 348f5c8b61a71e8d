// SPDX-License-Identifier: Apache-2.0
// `docker compose config` by our loader alone, with Compose's flags: for benchmarks and for
// comparisons beside the real one. usage: compose_config [-f FILE]… [--profile P]… config [FORM]
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include "compose/config_output.h"
#include "corpus/disk_files.h"

extern char** environ;

namespace {

using landfast::ConfigForm;
using landfast::ConfigRequest;
using landfast::Error;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

ConfigRequest surroundings() {
  ConfigRequest r;
  r.load.cwd = std::filesystem::current_path();
  if (const auto pwd = variable("PWD"); !pwd.empty()) r.load.cwd = pwd;
  r.load.home = variable("HOME");
  for (char** e = environ; *e != nullptr; ++e) {
    const std::string entry = *e;
    r.load.environment[entry.substr(0, entry.find('='))] = entry.substr(entry.find('=') + 1);
  }
  return r;
}

bool take_form(ConfigRequest& r, const std::string& word) {
  const std::pair<const char*, ConfigForm> forms[] = {{"-q", ConfigForm::quiet},
                                                      {"--services", ConfigForm::services},
                                                      {"--images", ConfigForm::images},
                                                      {"--volumes", ConfigForm::volumes},
                                                      {"--networks", ConfigForm::networks},
                                                      {"--models", ConfigForm::models},
                                                      {"--profiles", ConfigForm::profiles},
                                                      {"--environment", ConfigForm::environment},
                                                      {"--variables", ConfigForm::variables}};
  for (const auto& [name, form] : forms)
    if (word == name) return r.form = form, true;
  return false;
}

void take(ConfigRequest& r, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    const auto next = [&] { return i + 1 < words.size() ? words[++i] : std::string(); };
    if (word == "config" || take_form(r, word)) continue;
    if (word == "-f") {
      r.load.files.push_back(next());
    } else if (word == "-p") {
      r.load.project_name = next();
    } else if (word == "--profile") {
      r.load.profiles.push_back(next());
    } else if (word == "--env-file") {
      r.load.env_files.push_back(next());
    } else if (word == "--project-directory") {
      r.load.project_directory = next();
    } else if (word == "--format") {
      r.form = next() == "json" ? ConfigForm::json : ConfigForm::yaml;
    } else if (word == "--hash") {
      r.form = ConfigForm::hash;
      if (const auto name = next(); name != "*") r.hash_services.push_back(name);
    } else if (word == "--no-interpolate") {
      r.load.interpolate = false;
    } else {
      r.load.services.push_back(word);
    }
  }
}

void show(const Error& e) {
  std::cerr << "error: ";
  if (e.mark) std::cerr << e.mark->file << ":" << e.mark->line << ":" << e.mark->column << ": ";
  std::cerr << e.text << (e.path.empty() ? "" : "  [" + e.path + "]") << "\n";
  if (e.mark && !e.mark->source_line.empty())
    std::cerr << "    " << e.mark->source_line << "\n    "
              << std::string(static_cast<std::size_t>(std::max(e.mark->column - 1, 0)), ' ')
              << "^\n";
  if (!e.hint.empty()) std::cerr << "    " << e.hint << "\n";
  for (const auto& step : e.trace) std::cerr << "    " << step << "\n";
  for (const auto& other : e.more) show(other);
}

}  // namespace

int main(int argc, char** argv) {
  auto request = surroundings();
  take(request, std::vector<std::string>(argv + 1, argv + argc));
  for (const auto& file : request.load.files)
    if (file == "-")
      request.load.standard_input.assign(std::istreambuf_iterator<char>(std::cin), {});
  const auto text = landfast::config_text(request, landfast::test::DiskFiles());
  if (!text) return show(text.error()), 1;
  std::fwrite(text->text.data(), 1, text->text.size(), stdout);
  return 0;
}
