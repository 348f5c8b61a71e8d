// SPDX-License-Identifier: Apache-2.0
#include "engine/endpoint.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <charconv>

#include "base/digest.h"
#include "base/text.h"
#include "engine/json_read.h"

extern char** environ;

namespace landfast {

namespace {

std::string value_of(const Environment& environment, const std::string& key) {
  const auto it = environment.find(key);
  return it == environment.end() ? std::string{} : it->second;
}

Result<SocketAddress> parse_authority(const std::string& host, std::string_view rest,
                                      std::uint16_t default_port) {
  rest = rest.substr(0, rest.find('/'));
  std::string_view name = rest;
  std::uint16_t port = default_port;
  const auto colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && rest.find(']', colon) == rest.npos;
  if (has_port) {
    name = rest.substr(0, colon);
    const auto digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0)
      return fail(Code::invalid,
                  fmt::format("no such port in the engine's address {}", in_quotes(host)));
  }
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  if (name.empty()) name = "127.0.0.1";
  return SocketAddress::tcp_at(std::string(name), port);
}

void use_tls(SocketAddress& address, const std::string& directory, bool verify) {
  address.kind = SocketAddress::Kind::tls;
  address.tls.verify = verify;
  const auto file = [&](const char* name) {
    const std::string path = directory + "/" + name;
    return ::access(path.c_str(), F_OK) == 0 ? path : std::string{};
  };
  address.tls.ca = file("ca.pem");
  address.tls.certificate = file("cert.pem");
  address.tls.key = file("key.pem");
}

Result<DockerEndpoint> endpoint_of_context(const std::string& name, const std::string& config_dir,
                                           const ReadFile& read) {
  const std::string id = sha256_hex(name);
  auto text = read(fmt::format("{}/contexts/meta/{}/meta.json", config_dir, id));
  if (!text)
    return fail(Code::invalid, fmt::format("there is no docker context {}", in_quotes(name)),
                "`docker context ls` shows them; DOCKER_HOST wins over a context");
  TRY(const auto meta, parse_object(*text, fmt::format("the docker context {}", in_quotes(name))));
  const auto& docker = object_at(object_at(meta, "Endpoints"), "docker");
  DockerEndpoint endpoint;
  endpoint.chosen_by = "context " + name;
  const std::string certificates = fmt::format("{}/contexts/tls/{}/docker", config_dir, id);
  const bool has_files = ::access(certificates.c_str(), F_OK) == 0;
  TRY(endpoint.address, parse_docker_host(text_at(docker, "Host"), has_files));
  if (endpoint.address.kind != SocketAddress::Kind::unix_socket && has_files)
    use_tls(endpoint.address, certificates, !flag_at(docker, "SkipTLSVerify"));
  return endpoint;
}

Result<DockerEndpoint> endpoint_of_host(const Environment& environment,
                                        const std::string& config_dir) {
  DockerEndpoint endpoint;
  endpoint.chosen_by = "DOCKER_HOST";
  const bool verify = !value_of(environment, "DOCKER_TLS_VERIFY").empty();
  const bool tls = verify || !value_of(environment, "DOCKER_TLS").empty();
  TRY(endpoint.address, parse_docker_host(value_of(environment, "DOCKER_HOST"), tls));
  if (tls && endpoint.address.kind != SocketAddress::Kind::unix_socket) {
    const std::string directory = value_of(environment, "DOCKER_CERT_PATH");
    use_tls(endpoint.address, directory.empty() ? config_dir : directory, verify);
  }
  return endpoint;
}

std::string context_name(const Environment& environment, const std::string& config_dir,
                         const ReadFile& read) {
  if (auto name = value_of(environment, "DOCKER_CONTEXT"); !name.empty()) return name;
  const auto text = read(config_dir + "/config.json");
  if (!text) return {};
  const auto config = parse_object(*text, "config.json");
  return config ? text_at(*config, "currentContext") : std::string{};
}

}  // namespace

Result<SocketAddress> parse_docker_host(const std::string& host, bool tls) {
  const auto colon = host.find("://");
  const std::string scheme = host.substr(0, colon == std::string::npos ? 0 : colon);
  const std::string_view rest = colon == std::string::npos
                                    ? std::string_view(host)
                                    : std::string_view(host).substr(colon + 3);
  if (scheme == "unix") {
    if (rest.empty()) return SocketAddress::unix_at("/var/run/docker.sock");
    if (!rest.starts_with('/'))
      return fail(Code::invalid,
                  fmt::format("the engine's socket path is not absolute: {}", in_quotes(host)),
                  "write unix:///path/to/docker.sock");
    return SocketAddress::unix_at(std::string(rest));
  }
  if (scheme == "tcp" || scheme == "http" || scheme.empty()) {
    if (rest.empty())
      return fail(Code::invalid, "the engine's address is empty", "unset DOCKER_HOST");
    return parse_authority(host, rest, tls ? 2376 : 2375);
  }
  if (scheme == "https") {
    TRY(auto address, parse_authority(host, rest, 2376));
    address.kind = SocketAddress::Kind::tls;
    return address;
  }
  if (scheme == "ssh")
    return fail(Code::unsupported,
                fmt::format("an engine over ssh is not supported: {}", in_quotes(host)),
                fmt::format("run Landfast on that server, or forward its socket: ssh -N -L "
                            "/tmp/docker.sock:/var/run/docker.sock {} and "
                            "DOCKER_HOST=unix:///tmp/docker.sock",
                            std::string(rest.substr(0, rest.find('/')))));
  return fail(Code::unsupported, fmt::format("unknown kind of engine address: {}", in_quotes(host)),
              "use unix:// or tcp://");
}

Result<DockerEndpoint> choose_endpoint(const Environment& environment,
                                       const std::string& config_dir, const ReadFile& read) {
  if (!value_of(environment, "DOCKER_HOST").empty())
    return endpoint_of_host(environment, config_dir);
  const std::string context = context_name(environment, config_dir, read);
  if (!context.empty() && context != "default")
    return endpoint_of_context(context, config_dir, read);
  DockerEndpoint endpoint;
  endpoint.address = SocketAddress::unix_at("/var/run/docker.sock");
  endpoint.chosen_by = "the default";
  return endpoint;
}

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view line = *entry;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return environment;
}

namespace {

std::string home_of(const passwd* entry) { return entry ? entry->pw_dir : ""; }

}  // namespace

CallerHome caller_home(const Environment& environment) {
  CallerHome caller;
  const std::string sudo_user = value_of(environment, "SUDO_USER");
  if (::geteuid() == 0 && !sudo_user.empty() && sudo_user != "root") {
    caller.home = home_of(::getpwnam(sudo_user.c_str()));
    if (!caller.home.empty()) caller.user = sudo_user;
  }
  if (caller.home.empty()) caller.home = value_of(environment, "HOME");
  if (caller.home.empty()) caller.home = home_of(::getpwuid(::geteuid()));
  caller.docker_config = value_of(environment, "DOCKER_CONFIG");
  if (caller.docker_config.empty()) caller.docker_config = caller.home + "/.docker";
  return caller;
}

}  // namespace landfast
