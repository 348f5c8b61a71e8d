// SPDX-License-Identifier: Apache-2.0
#include "compose/inputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/go_text.h"

namespace landfast::compose {
namespace {

constexpr std::string_view default_names[] = {"compose.yaml", "compose.yml", "docker-compose.yml",
                                              "docker-compose.yaml"};
constexpr std::string_view override_names[] = {"compose.override.yml", "compose.override.yaml",
                                               "docker-compose.override.yml",
                                               "docker-compose.override.yaml"};

/// strconv.ParseBool.
std::optional<bool> go_bool(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "TRUE", "true", "True"})
    if (text == word) return true;
  for (const std::string_view word : {"0", "f", "F", "FALSE", "false", "False"})
    if (text == word) return false;
  return {};
}

class Gatherer {
 public:
  Gatherer(const LoadRequest& request, const Files& files, Findings& findings)
      : request_(request), files_(files), findings_(findings) {}

  Inputs run() {
    for (const auto& [name, value] : request_.environment) in_.environment.emplace(name, value);
    in_.environment.try_emplace("PWD", request_.cwd);
    for (const auto& file : request_.files) in_.files.push_back(absolute(file));
    const auto listed = env_file_arguments();
    take_compose_variables(listed);
    read_dot_env(listed);
    files_of_environment();
    if (in_.files.empty()) discover();
    read_dot_env(listed);
    in_.profiles = request_.profiles;
    if (in_.profiles.empty())
      for (const auto& name : split(variable("COMPOSE_PROFILES"), ','))
        in_.profiles.emplace_back(trim(name));
    in_.directory = directory();
    in_.env_files = listed;
    return std::move(in_);
  }

 private:
  [[nodiscard]] std::string absolute(const std::string& path) const {
    if (path == "-") return path;
    return path.starts_with('/') ? clean_path(path) : join_path(request_.cwd, path);
  }

  [[nodiscard]] std::string_view variable(std::string_view name) const {
    const auto it = in_.environment.find(name);
    return it == in_.environment.end() ? std::string_view{} : it->second;
  }

  [[nodiscard]] std::vector<std::string> env_file_arguments() const {
    std::vector<std::string> out;
    for (const auto& file : request_.env_files) out.push_back(absolute(file));
    if (!out.empty()) return out;
    const auto it = request_.environment.find("COMPOSE_ENV_FILES");
    if (it == request_.environment.end()) return out;
    for (const auto& file : split(it->second, ','))
      if (!file.empty()) out.push_back(absolute(file));
    return out;
  }

  [[nodiscard]] std::string directory() const {
    if (!request_.project_directory.empty()) return absolute(request_.project_directory);
    for (const auto& file : in_.files)
      if (file != "-") return parent_path(file);
    return request_.cwd;
  }

  std::vector<std::string> env_files(const std::vector<std::string>& listed) {
    if (!listed.empty()) return listed;
    const auto switch_off = in_.environment.find("COMPOSE_DISABLE_ENV_FILE");
    if (switch_off != in_.environment.end()) {
      const auto off = go_bool(switch_off->second);
      if (!off)
        findings_.error(
            {}, "",
            fmt::format("COMPOSE_DISABLE_ENV_FILE={} is not a boolean", switch_off->second));
      if (off.value_or(true)) return {};
    }
    const auto path = join_path(directory(), ".env");
    if (!files_.exists(path) || files_.is_directory(path)) return {};
    return {path};
  }

  /// COMPOSE_* of the env file count as if they were in the environment, for all that follows.
  void take_compose_variables(const std::vector<std::string>& listed) {
    for (auto& [name, value] : read(env_files(listed)))
      if (name.starts_with("COMPOSE_")) in_.environment.try_emplace(name, value);
  }

  void read_dot_env(const std::vector<std::string>& listed) {
    for (auto& [name, value] : read(env_files(listed))) in_.environment.try_emplace(name, value);
  }

  Variables read(const std::vector<std::string>& paths) {
    return read_env_files(paths, in_.environment, files_, findings_);
  }

  void files_of_environment() {
    const auto list = in_.environment.find("COMPOSE_FILE");
    if (!in_.files.empty() || list == in_.environment.end()) return;
    auto separator = std::string(variable("COMPOSE_PATH_SEPARATOR"));
    if (separator.empty()) separator = ":";
    std::string_view rest = list->second;
    while (true) {
      const auto end = rest.find(separator);
      in_.files.push_back(absolute(std::string(rest.substr(0, end))));
      if (in_.files.back() != "-" && !files_.exists(in_.files.back()))
        findings_.error({}, "", fmt::format("{} does not exist", in_.files.back()),
                        "COMPOSE_FILE names it");
      if (end == std::string_view::npos) return;
      rest.remove_prefix(end + separator.size());
    }
  }

  std::vector<std::string> present(std::span<const std::string_view> names,
                                   const std::string& folder) {
    std::vector<std::string> found;
    for (const auto name : names)
      if (auto path = join_path(folder, name); files_.exists(path)) found.push_back(path);
    if (found.size() > 1)
      findings_.warn(fmt::format("there are {} files that could be meant: {}; {} is used",
                                 found.size(), join(found, ", "), found[0]));
    return found;
  }

  void discover() {
    for (auto folder = directory();; folder = parent_path(folder)) {
      const auto found = present(default_names, folder);
      if (!found.empty()) {
        in_.files.push_back(found[0]);
        const auto overrides = present(override_names, folder);
        if (!overrides.empty()) in_.files.push_back(overrides[0]);
        return;
      }
      if (folder == "/" || folder == ".") return;
    }
  }

  const LoadRequest& request_;
  const Files& files_;
  Findings& findings_;
  Inputs in_;
};

}  // namespace

Lookup lookup_in(const Variables& variables) {
  return [&variables](std::string_view name) -> std::optional<std::string_view> {
    const auto it = variables.find(name);
    if (it == variables.end()) return {};
    return it->second;
  };
}

Variables read_env_files(const std::vector<std::string>& paths, const Variables& environment,
                         const Files& files, Findings& findings) {
  Variables vars;
  for (const auto& path : paths) {
    auto text = files.read(path);
    if (!text) {
      findings.error({}, "",
                     fmt::format("the env file {} cannot be read: {}", path, text.error().text),
                     "name it with --env-file, or create it");
      continue;
    }
    const Lookup lookup = [&](std::string_view name) -> std::optional<std::string_view> {
      if (const auto it = environment.find(name); it != environment.end()) return it->second;
      if (const auto it = vars.find(name); it != vars.end()) return it->second;
      return {};
    };
    const auto outcome = read_env(*text, vars, lookup);
    const auto source = findings.add_source({path, std::move(*text), {}});
    for (const auto& name : outcome.unset)
      findings.warn_once(
          fmt::format("the variable {} is not set, a blank text stands for it", in_quotes(name)),
          Place{});
    if (outcome.error)
      findings.error(Place{outcome.error->line, 1, source}, "", outcome.error->text,
                     outcome.error->hint);
  }
  return vars;
}

std::string normalised_name(std::string_view name) {
  std::string out;
  for (const char c : lower(name))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-') out += c;
  out.erase(0, std::min(out.find_first_not_of("_-"), out.size()));
  return out;
}

Inputs gather_inputs(const LoadRequest& request, const Files& files, Findings& findings) {
  return Gatherer(request, files, findings).run();
}

}  // namespace landfast::compose
