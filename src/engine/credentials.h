// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "engine/endpoint.h"
#include "io/loop.h"
#include "io/task.h"

namespace landfast {

/// What a registry asks for. It cannot print itself.
struct RegistryCredentials {
  std::string server;  ///< as in config.json: "https://index.docker.io/v1/", "ghcr.io"
  std::string username;
  Secret password;
  Secret identity_token;
};

/// Where `docker login` keeps credentials: config.json's `auths`, `credsStore`, `credHelpers`.
class CredentialsSource {
 public:
  /// `caller` names the folder and, under sudo, the user whose helpers are run as that user.
  explicit CredentialsSource(CallerHome caller) : caller_(std::move(caller)) {}
  /// Never any credentials.
  CredentialsSource() = default;

  /// Credentials for a registry host; nothing where there are none. Helpers are given 20 s.
  [[nodiscard]] Task<Result<std::optional<RegistryCredentials>>> find(Loop& loop,
                                                                      std::string host) const;
  /// Every registry that config.json names, for a build that may pull from any.
  [[nodiscard]] Result<std::vector<std::string>> hosts() const;
  /// The variables of config.json's `proxies` for the engine at `host`
  /// ("unix:///var/run/docker.sock"), in both cases, as the docker CLI and Compose give them to
  /// containers and builds.
  [[nodiscard]] Result<std::map<std::string, std::string>> proxies(const std::string& host) const;
  [[nodiscard]] const CallerHome& caller() const { return caller_; }

 private:
  CallerHome caller_;
};

/// The registry of an image reference: "docker.io" where none is written.
[[nodiscard]] std::string registry_host(const std::string& reference);
/// The key under which config.json files a registry's credentials.
[[nodiscard]] std::string credentials_key(const std::string& host);
/// The X-Registry-Auth header (base64url of JSON, Engine API "Authentication"); secret.
[[nodiscard]] Secret registry_auth_header(const RegistryCredentials& credentials);
/// The X-Registry-Config header of a build: credentials by server; secret.
[[nodiscard]] Secret registry_config_header(const std::vector<RegistryCredentials>& all);

[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string base64url(std::string_view bytes);
/// Either alphabet, padded or not; nothing where it is neither.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace landfast
