// SPDX-License-Identifier: Apache-2.0
#include "engine/build_arguments.h"

#include <fmt/core.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <set>

#include "base/text.h"
#include "engine/json_read.h"
#include "engine/query.h"

namespace landfast {
namespace json = boost::json;

namespace {

const std::set<std::string_view> known_keys = {"context",      "dockerfile", "dockerfile_inline",
                                               "args",         "target",     "labels",
                                               "cache_from",   "cache_to",   "network",
                                               "ssh",          "platforms",  "extra_hosts",
                                               "pull",         "no_cache",   "shm_size",
                                               "tags",         "privileged", "additional_contexts",
                                               "entitlements", "provenance", "sbom",
                                               "secrets",      "ulimits",    "isolation"};

// A value as text: numbers and booleans as they are written.
std::string scalar(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return value.is_null() ? std::string{} : json::serialize(value);
}

// A mapping, or a list of KEY=VALUE; a key without a value takes the environment's, or is left out.
std::map<std::string, std::string> pairs(const json::object& build, std::string_view key,
                                         const Environment* environment) {
  std::map<std::string, std::string> found;
  const auto unset = [&](const std::string& name) {
    if (!environment) return;
    const auto it = environment->find(name);
    if (it != environment->end()) found[name] = it->second;
  };
  for (const auto& [name, value] : object_at(build, key)) {
    if (value.is_null()) {
      unset(name);
    } else {
      found[name] = scalar(value);
    }
  }
  for (const auto& text : texts_at(build, key)) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      unset(text);
    } else {
      found[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  return found;
}

// A list, or a mapping whose members are joined.
std::vector<std::string> list(const json::object& build, std::string_view key, char joint) {
  auto found = texts_at(build, key);
  for (const auto& [name, value] : object_at(build, key)) {
    const auto add = [&found, joint, key = std::string(name)](const std::string& text) {
      found.push_back(text.empty() ? key : fmt::format("{}{}{}", key, joint, text));
    };
    if (value.is_array()) {
      for (const auto& item : value.get_array()) add(scalar(item));
    } else {
      add(scalar(value));
    }
  }
  return found;
}

// A number, or soft and hard.
std::map<std::string, std::string> limits(const json::object& build) {
  std::map<std::string, std::string> found;
  for (const auto& [name, value] : object_at(build, "ulimits")) {
    const auto* both = value.if_object();
    found[name] =
        both == nullptr ? scalar(value) : scalar(both->at("soft")) + ":" + scalar(both->at("hard"));
  }
  return found;
}

// BuildKit takes a secret from a file or from its own environment.
Status check_secrets(const std::vector<BuildSecret>& secrets, const std::string& service) {
  for (const auto& secret : secrets) {
    const bool plain = !secret.id.empty() &&
                       secret.id.find_first_of(",=\n\"") == std::string::npos &&
                       secret.file.find_first_of(",\n\"") == std::string::npos;
    if (plain && (!secret.file.empty() || secret.value)) continue;
    auto error = fail(Code::invalid,
                      plain ? fmt::format("the build secret {} is neither a file nor a value",
                                          in_quotes(secret.id))
                            : fmt::format("the build secret {} has a name or a file that BuildKit "
                                          "cannot take (a comma, a quote, a line break)",
                                          in_quotes(secret.id)),
                      "give it as `file` or `environment` below `secrets`");
    error.value().path = fmt::format("services.{}.build.secrets", service);
    return error;
  }
  return {};
}

Status check_keys(const json::object& build, const std::string& service) {
  for (const auto& [key, value] : build) {
    const bool empty = value.is_null() || (value.is_array() && value.get_array().empty()) ||
                       (value.is_object() && value.get_object().empty());
    if (empty || known_keys.contains(std::string_view(key)) || key.starts_with("x-")) continue;
    auto error =
        fail(Code::unsupported, fmt::format("build.{} is not supported yet", std::string_view(key)),
             "build the image yourself and name it with `image`");
    error.value().path = fmt::format("services.{}.build.{}", service, std::string_view(key));
    return error;
  }
  return {};
}

}  // namespace

bool BuildPlan::remote() const {
  if (context.starts_with('/')) return false;
  return context.find("://") != std::string::npos || context.starts_with("git@") ||
         context.starts_with("github.com/");
}

std::string BuildPlan::dockerfile_path() const {
  if (!dockerfile_inline.empty() || remote()) return {};
  return dockerfile.starts_with('/') ? dockerfile : context + "/" + dockerfile;
}

Result<BuildPlan> read_build(const BuildRequest& request, const Environment& environment) {
  const auto& build = request.build;
  TRY_VOID(check_keys(build, request.service));
  BuildPlan plan;
  plan.context = text_at(build, "context");
  plan.dockerfile = text_at(build, "dockerfile");
  if (plan.dockerfile.empty()) plan.dockerfile = "Dockerfile";
  plan.dockerfile_inline = text_at(build, "dockerfile_inline");
  plan.target = text_at(build, "target");
  plan.network = text_at(build, "network");
  plan.args = pairs(build, "args", &environment);
  plan.labels = pairs(build, "labels", nullptr);
  plan.additional_contexts = pairs(build, "additional_contexts", nullptr);
  plan.tags = texts_at(build, "tags");
  plan.tags.insert(plan.tags.begin(), request.tag);
  plan.cache_from = texts_at(build, "cache_from");
  plan.cache_to = texts_at(build, "cache_to");
  plan.entitlements = texts_at(build, "entitlements");
  plan.ssh = list(build, "ssh", '=');
  plan.extra_hosts = list(build, "extra_hosts", '=');
  TRY_VOID(check_secrets(request.secrets, request.service));
  plan.secrets = request.secrets;
  plan.ulimits = limits(build);
  plan.isolation = text_at(build, "isolation");
  if (const auto* size = build.if_contains("shm_size")) plan.shm_size = scalar(*size);
  plan.no_cache = request.no_cache || flag_at(build, "no_cache");
  plan.pull = request.pull || flag_at(build, "pull");
  plan.privileged = flag_at(build, "privileged");
  const auto platforms = texts_at(build, "platforms");
  plan.platform = request.platform;
  if (plan.platform.empty() && platforms.size() == 1) plan.platform = platforms.front();
  return plan;
}

namespace {

// Variables that steer the docker CLI itself keep their meaning.
bool steers_cli(const std::string& name) {
  static const std::set<std::string_view> own = {"PATH", "HOME", "TMPDIR", "USER"};
  return own.contains(name) || name.starts_with("DOCKER_") || name.starts_with("BUILDX_") ||
         name.starts_with("BUILDKIT_") || name.starts_with("LD_");
}

}  // namespace

BuildCommand build_command(const BuildPlan& plan, const std::string& docker, bool buildx,
                           Environment environment) {
  BuildCommand command;
  auto& argv = command.argv;
  argv = {docker, "build", "--progress", "plain"};
  const auto add = [&](const char* flag, const std::string& value) {
    if (value.empty()) return;
    argv.emplace_back(flag);
    argv.push_back(value);
  };
  if (buildx) argv.emplace_back("--load");
  for (const auto& tag : plan.tags) add("--tag", tag);
  add("--target", plan.target);
  add("--network", plan.network);
  add("--platform", plan.platform);
  add("--shm-size", plan.shm_size);
  add("--isolation", plan.isolation);
  for (const auto& [name, value] : plan.ulimits) add("--ulimit", name + "=" + value);
  for (std::size_t i = 0; i < plan.secrets.size(); ++i) {
    const auto& secret = plan.secrets[i];
    const auto variable = fmt::format("LANDFAST_BUILD_SECRET_{}", i);
    if (secret.value) environment[variable] = secret.value->reveal();
    add("--secret", secret.value ? fmt::format("id={},env={}", secret.id, variable)
                                 : fmt::format("id={},src={}", secret.id, secret.file));
  }
  for (const auto& [name, value] : plan.args) {
    const bool hidden = !steers_cli(name);
    add("--build-arg", hidden ? name : fmt::format("{}={}", name, value));
    if (hidden) environment[name] = value;
  }
  for (const auto& [name, value] : plan.labels) add("--label", fmt::format("{}={}", name, value));
  for (const auto& [name, value] : plan.additional_contexts)
    add("--build-context", fmt::format("{}={}", name, value));
  for (const auto& from : plan.cache_from) add("--cache-from", from);
  for (const auto& to : plan.cache_to) add("--cache-to", to);
  for (const auto& key : plan.ssh) add("--ssh", key);
  for (const auto& host : plan.extra_hosts) {
    // Compose writes HOST=IP, the CLI wants HOST:IP.
    const auto equals = host.find('=');
    add("--add-host", equals == std::string::npos
                          ? host
                          : host.substr(0, equals) + ":" + host.substr(equals + 1));
  }
  for (const auto& right : plan.entitlements) add("--allow", right);
  if (plan.no_cache) argv.emplace_back("--no-cache");
  if (plan.pull) argv.emplace_back("--pull");
  if (!plan.dockerfile_inline.empty()) {
    add("--file", "-");
    command.input = plan.dockerfile_inline;
  } else {
    add("--file", plan.remote() ? plan.dockerfile : plan.dockerfile_path());
  }
  argv.push_back(plan.context);
  environment["DOCKER_BUILDKIT"] = "1";
  command.environment = std::move(environment);
  return command;
}

namespace {

std::string json_text(const std::map<std::string, std::string>& values) {
  if (values.empty()) return {};
  json::object object;
  for (const auto& [name, value] : values) object[name] = value;
  return json::serialize(object);
}

// The engine's own list: [{"Name": …, "Soft": …, "Hard": …}] (go-units Ulimit).
std::string ulimits_text(const std::map<std::string, std::string>& limits) {
  if (limits.empty()) return {};
  json::array list;
  for (const auto& [name, value] : limits) {
    const auto colon = value.find(':');
    const auto soft = value.substr(0, colon);
    const auto hard = colon == std::string::npos ? soft : value.substr(colon + 1);
    list.push_back(
        json::object{{"Name", name}, {"Soft", std::stoll(soft)}, {"Hard", std::stoll(hard)}});
  }
  return json::serialize(list);
}

}  // namespace

std::string build_query(const BuildPlan& plan, const std::string& dockerfile) {
  Query query("/build");
  for (const auto& tag : plan.tags) query.add("t", tag);
  query.add("dockerfile", dockerfile).add("rm", "1").add("forcerm", "1");
  query.add_if("remote", plan.remote() ? plan.context : "");
  query.add_if("target", plan.target).add_if("networkmode", plan.network);
  query.add_if("platform", plan.platform).add_if("shmsize", plan.shm_size);
  query.add_if("buildargs", json_text(plan.args)).add_if("labels", json_text(plan.labels));
  if (!plan.cache_from.empty()) {
    json::array from;
    for (const auto& image : plan.cache_from) from.emplace_back(image);
    query.add("cachefrom", json::serialize(from));
  }
  std::vector<std::string> hosts;
  for (auto host : plan.extra_hosts) {
    if (const auto equals = host.find('='); equals != std::string::npos) host[equals] = ':';
    hosts.push_back(std::move(host));
  }
  query.add_if("extrahosts", join(hosts, ","));
  query.add_if("isolation", plan.isolation);
  query.add_if("ulimits", ulimits_text(plan.ulimits));
  if (plan.no_cache) query.add("nocache", "1");
  if (plan.pull) query.add("pull", "1");
  return query.str();
}

std::string beyond_classic(const BuildPlan& plan) {
  if (!plan.additional_contexts.empty()) return "build.additional_contexts";
  if (!plan.cache_to.empty()) return "build.cache_to";
  if (!plan.ssh.empty()) return "build.ssh";
  if (!plan.secrets.empty()) return "build.secrets";
  if (!plan.entitlements.empty()) return "build.entitlements";
  if (plan.privileged) return "build.privileged";
  if (plan.shm_size.find_first_not_of("0123456789") != std::string::npos) return "build.shm_size";
  return {};
}

}  // namespace landfast
