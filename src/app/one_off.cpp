// SPDX-License-Identifier: Apache-2.0
#include "app/one_off.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <filesystem>

#include "base/digest.h"
#include "base/text.h"

namespace landfast {
namespace {

namespace json = boost::json;

json::array array_of(const std::vector<std::string>& words) {
  json::array out;
  for (const auto& word : words) out.emplace_back(word);
  return out;
}

/// Words of an entrypoint that is given as one text, split at spaces as Compose's flag does.
json::array entrypoint_words(const std::string& text) {
  json::array out;
  for (const auto& word : split(text, ' '))
    if (!word.empty()) out.emplace_back(word);
  return out;
}

/// SOURCE:TARGET[:ro]; a source that begins with / . or ~ is a path, else a volume of the engine.
Result<json::object> mount_of(const std::string& text, const std::string& cwd,
                              const std::string& home) {
  const auto parts = split(text, ':');
  const bool ro = parts.size() == 3 && parts[2] == "ro";
  const bool good = (parts.size() == 2 || ro || (parts.size() == 3 && parts[2] == "rw")) &&
                    !parts[0].empty() && parts[1].starts_with('/');
  if (!good)
    return fail(Code::invalid,
                fmt::format("--volume {} is not SOURCE:TARGET[:ro]", landfast::in_quotes(text)));
  auto source = parts[0];
  if (source == "~" || source.starts_with("~/")) source = home + source.substr(1);
  const bool bind = source.starts_with('/') || source.starts_with('.');
  if (source.starts_with('.'))
    source = (std::filesystem::path(cwd) / source).lexically_normal().string();
  json::object out{{"type", bind ? "bind" : "volume"}, {"source", source}, {"target", parts[1]}};
  if (ro) out["read_only"] = true;
  if (bind) out["bind"] = json::object{{"create_host_path", true}};
  return out;
}

void set_environment(Service& service, const std::vector<std::string>& entries,
                     const std::map<std::string, std::string>& caller) {
  auto& canonical = service.canonical.edit();
  auto& target = canonical["environment"];
  if (!target.is_object()) target.emplace_object();
  for (const auto& entry : entries) {
    const auto equals = entry.find('=');
    const auto name = entry.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos)
      value = entry.substr(equals + 1);
    else if (const auto it = caller.find(name); it != caller.end())
      value = it->second;
    if (!value) continue;
    service.environment[name] = Secret(*value);
    target.as_object()[name] = *value;
  }
}

}  // namespace

Result<Service> one_off_service(const Service& service, const Arguments& a,
                                const std::map<std::string, std::string>& environment,
                                const std::string& cwd, bool tty) {
  Service out = service;
  auto& canonical = out.canonical.edit();
  if (!a.words.empty()) canonical["command"] = array_of(a.words);
  if (a.entrypoint) {
    canonical["entrypoint"] = entrypoint_words(*a.entrypoint);
    if (a.words.empty())
      canonical["command"] = json::array{};  // the image's belongs to the old one
  }
  if (!a.user.empty()) canonical["user"] = a.user;
  if (!a.working_dir.empty()) canonical["working_dir"] = a.working_dir;
  canonical["tty"] = tty;
  canonical["stdin_open"] = true;
  canonical.erase("container_name");
  out.container_name.clear();
  set_environment(out, a.environment, environment);
  const auto home = environment.find("HOME");
  for (const auto& text : a.volumes) {
    TRY(auto mount, mount_of(text, cwd, home == environment.end() ? "" : home->second));
    auto& volumes = canonical["volumes"];
    if (!volumes.is_array()) volumes.emplace_array();
    volumes.as_array().emplace_back(std::move(mount));
  }
  return out;
}

std::string one_off_name(const Project& project, const Service& service) {
  return fmt::format("{}-{}-run-{}", project.name, service.name, random_hex(6));
}

}  // namespace landfast
