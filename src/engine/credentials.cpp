// SPDX-License-Identifier: Apache-2.0
#include "engine/credentials.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "engine/json_read.h"
#include "io/file.h"
#include "io/process.h"

namespace landfast {
namespace json = boost::json;

namespace {

constexpr std::string_view hub_key = "https://index.docker.io/v1/";

using Found = Result<std::optional<RegistryCredentials>>;

// config.json files a registry under its host, with or without a scheme and a path.
std::string host_of_key(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  return std::string(key.substr(0, key.find('/')));
}

const json::object* auth_entry(const json::object& config, const std::string& host) {
  const auto& auths = object_at(config, "auths");
  const std::string wanted = credentials_key(host);
  if (const auto* exact = auths.if_contains(wanted); exact && exact->is_object())
    return &exact->get_object();
  for (const auto& [key, value] : auths)
    if (value.is_object() && host_of_key(key) == host_of_key(wanted)) return &value.get_object();
  return nullptr;
}

Found from_auths(const json::object& config, const std::string& host) {
  const auto* entry = auth_entry(config, host);
  if (!entry) return std::nullopt;
  RegistryCredentials credentials;
  credentials.server = credentials_key(host);
  credentials.identity_token = Secret(text_at(*entry, "identitytoken"));
  const auto decoded = from_base64(text_at(*entry, "auth"));
  if (!decoded)
    return fail(Code::invalid,
                fmt::format("the credentials of {} in docker's config.json are damaged", host),
                fmt::format("docker login {}", host));
  const auto colon = decoded->find(':');
  credentials.username = decoded->substr(0, colon);
  if (colon != std::string::npos) credentials.password = Secret(decoded->substr(colon + 1));
  if (credentials.username.empty() && credentials.identity_token.empty()) return std::nullopt;
  return credentials;
}

bool plain_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                              "WXYZ0123456789-_.") == name.npos;
}

std::string helper_for(const json::object& config, const std::string& host) {
  const auto helpers = text_map_at(config, "credHelpers");
  for (const auto& key : {host, credentials_key(host)})
    if (const auto it = helpers.find(key); it != helpers.end()) return it->second;
  return text_at(config, "credsStore");
}

Found from_answer(const std::string& helper, const std::string& host, const std::string& output) {
  auto answer = parse_object(output, "the answer of docker-credential-" + helper);
  if (!answer) return fail(Code::failed, answer.error().text);
  RegistryCredentials credentials;
  credentials.server = credentials_key(host);
  credentials.username = text_at(*answer, "Username");
  Secret secret(text_at(*answer, "Secret"));
  if (credentials.username == "<token>") {
    credentials.username.clear();
    credentials.identity_token = std::move(secret);
  } else {
    credentials.password = std::move(secret);
  }
  return credentials;
}

ProcessRequest helper_request(const std::string& helper, const std::string& host,
                              const CallerHome& caller) {
  ProcessRequest request({"docker-credential-" + helper, "get"});
  request.input = credentials_key(host);
  request.output_limit = 64 * 1024;
  if (caller.user.empty()) return request;
  request.run_as = caller.user;
  auto environment = process_environment();
  environment["HOME"] = caller.home;
  environment["USER"] = environment["LOGNAME"] = caller.user;
  request.environment = std::move(environment);
  return request;
}

Task<Found> ask_helper(Loop& loop, std::string helper, std::string host, CallerHome caller) {
  if (!plain_name(helper))
    co_return fail(Code::invalid,
                   fmt::format("docker's config.json names no helper: {}", in_quotes(helper)));
  constexpr std::chrono::seconds limit(20);
  auto either =
      race(run_process(loop, helper_request(helper, host, caller)), sleep_for(loop, limit));
  auto winner = co_await either;
  const std::string name = "docker-credential-" + helper;
  if (winner.index() != 0)
    co_return fail(Code::timeout,
                   fmt::format("{} gave no credentials for {} within 20 s", name, host));
  auto& process = std::get<0>(winner);
  if (!process) co_return fail(wrap(std::move(process.error()), "cannot get credentials"));
  if (process->exit_code == 0) co_return from_answer(helper, host, process->output);
  const bool none = process->output.find("credentials not found") != std::string::npos ||
                    process->errors.find("credentials not found") != std::string::npos;
  if (none) co_return std::nullopt;
  // Its output is not shown: only the helper knows what is secret in it.
  co_return fail(
      Code::failed,
      fmt::format("{} gave no credentials for {} (exit code {})", name, host, process->exit_code),
      fmt::format("try: echo {} | {} get", credentials_key(host), name));
}

Result<json::object> read_config(const CallerHome& caller) {
  if (caller.docker_config.empty()) return json::object{};
  auto text = read_file(caller.docker_config + "/config.json", 4u << 20);
  if (!text && text.error().code == Code::not_found) return json::object{};
  if (!text) return fail(std::move(text.error()));
  auto config = parse_object(*text, caller.docker_config + "/config.json");
  if (!config) return fail(Code::invalid, config.error().text, "repair it, or docker login again");
  return config;
}

json::object header_object(const RegistryCredentials& credentials) {
  json::object object;
  if (!credentials.identity_token.empty()) {
    object["identitytoken"] = std::string(credentials.identity_token.reveal());
  } else {
    object["username"] = credentials.username;
    object["password"] = std::string(credentials.password.reveal());
  }
  object["serveraddress"] = credentials.server;
  return object;
}

}  // namespace

std::string registry_host(const std::string& reference) {
  const auto slash = reference.find('/');
  if (slash == std::string::npos) return "docker.io";
  auto first = reference.substr(0, slash);
  const bool is_host = first.find_first_of(".:") != std::string::npos || first == "localhost" ||
                       lower(first) != first;
  if (!is_host || first == "index.docker.io") return "docker.io";
  return first;
}

std::string credentials_key(const std::string& host) {
  return host == "docker.io" ? std::string(hub_key) : host;
}

Secret registry_auth_header(const RegistryCredentials& credentials) {
  return Secret(base64url(json::serialize(header_object(credentials))));
}

Secret registry_config_header(const std::vector<RegistryCredentials>& all) {
  json::object object;
  for (const auto& credentials : all) object[credentials.server] = header_object(credentials);
  return Secret(base64url(json::serialize(object)));
}

Task<Found> CredentialsSource::find(Loop& loop, std::string host) const {
  const CallerHome caller = caller_;
  CO_TRY(const auto config, read_config(caller));
  const std::string helper = helper_for(config, host);
  if (helper.empty()) co_return from_auths(config, host);
  auto found = co_await ask_helper(loop, helper, host, caller);
  if (found && !*found) co_return from_auths(config, host);
  co_return found;
}

Result<std::vector<std::string>> CredentialsSource::hosts() const {
  TRY(const auto config, read_config(caller_));
  std::vector<std::string> hosts;
  const auto add = [&](const json::object& object) {
    for (const auto& entry : object) {
      const std::string host = host_of_key(entry.key());
      hosts.push_back(host == "index.docker.io" ? "docker.io" : host);
    }
  };
  add(object_at(config, "auths"));
  add(object_at(config, "credHelpers"));
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return hosts;
}

Result<std::map<std::string, std::string>> CredentialsSource::proxies(
    const std::string& host) const {
  TRY(const auto config, read_config(caller_));
  const auto& all = object_at(config, "proxies");
  const auto& chosen = object_at(all, all.contains(host) ? host : "default");
  std::map<std::string, std::string> found;
  for (const auto& [key, name] :
       {std::pair("httpProxy", "HTTP_PROXY"), std::pair("httpsProxy", "HTTPS_PROXY"),
        std::pair("noProxy", "NO_PROXY"), std::pair("ftpProxy", "FTP_PROXY"),
        std::pair("allProxy", "ALL_PROXY")}) {
    const auto value = text_at(chosen, key);
    if (!value.empty()) found[name] = found[lower(name)] = value;
  }
  return found;
}

}  // namespace landfast
