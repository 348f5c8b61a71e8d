// SPDX-License-Identifier: Apache-2.0
#include "engine/credentials.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "engine/json_read.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

using test::Scratch;

TEST_CASE("the registry of a reference") {
  const std::pair<const char*, const char*> rows[] = {
      {"redis", "docker.io"},
      {"redis:7", "docker.io"},
      {"library/redis", "docker.io"},
      {"me/app:1", "docker.io"},
      {"docker.io/library/redis", "docker.io"},
      {"index.docker.io/me/app", "docker.io"},
      {"ghcr.io/me/app@sha256:ab", "ghcr.io"},
      {"localhost/app", "localhost"},
      {"localhost:5000/app", "localhost:5000"},
      {"registry:5000/app", "registry:5000"},
      {"10.0.0.1/app", "10.0.0.1"},
  };
  for (const auto& [reference, host] : rows) CHECK(registry_host(reference) == host);
  CHECK(credentials_key("docker.io") == "https://index.docker.io/v1/");
  CHECK(credentials_key("ghcr.io") == "ghcr.io");
}

TEST_CASE("base64 both ways, both alphabets") {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
  for (const auto& [bytes, text] : rows) {
    CHECK(base64(bytes) == text);
    CHECK(from_base64(text).value() == bytes);
  }
  CHECK(base64("\xff\xfe") == "//4=");
  CHECK(base64url("\xff\xfe") == "__4=");
  CHECK(from_base64("__4").value() == "\xff\xfe");
  CHECK_FALSE(from_base64("Zm9vY"));
  CHECK_FALSE(from_base64("no base64!"));
}

/// A docker folder with its helpers in PATH.
struct Login {
  explicit Login(const std::string& config) {
    std::ofstream(folder.path("config.json")) << config;
    caller.home = folder.path();
    caller.docker_config = folder.path();
  }
  void helper(const std::string& name, const std::string& script) {
    const auto path = folder.path("docker-credential-" + name);
    std::ofstream(path) << "#!/bin/sh\nread host\n" << script;
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
    const char* old = std::getenv("PATH");
    ::setenv("PATH", (folder.path() + ":" + old).c_str(), 1);
  }
  Result<std::optional<RegistryCredentials>> find(const std::string& host) const {
    Loop loop;
    const CredentialsSource source(caller);
    return loop.run(source.find(loop, host));
  }
  Scratch folder;
  CallerHome caller;
};

TEST_CASE("auths of config.json: by host, by address, by token") {
  const Login login(R"({"auths": {
      "https://index.docker.io/v1/": {"auth": "bWU6cGE6c3M="},
      "https://ghcr.io": {"auth": "YTpi"},
      "quay.io": {"identitytoken": "tok", "auth": "dTo="},
      "empty.io": {},
      "bad.io": {"auth": "%%%"}}})");
  const auto hub = login.find("docker.io").value();
  REQUIRE(hub);
  CHECK(hub->username == "me");
  CHECK(hub->password.reveal() == "pa:ss");
  CHECK(hub->server == "https://index.docker.io/v1/");
  CHECK(login.find("ghcr.io").value()->username == "a");
  CHECK(login.find("quay.io").value()->identity_token.reveal() == "tok");
  CHECK_FALSE(login.find("empty.io").value());
  CHECK_FALSE(login.find("unknown.io").value());
  const auto bad = login.find("bad.io");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().hint == "docker login bad.io");
  const CredentialsSource source(login.caller);
  CHECK(source.hosts().value() ==
        std::vector<std::string>{"bad.io", "docker.io", "empty.io", "ghcr.io", "quay.io"});
}

TEST_CASE("no config.json is no credentials; a broken one is named") {
  Login none("{}");
  none.caller.docker_config = "/nonexistent";
  CHECK_FALSE(none.find("ghcr.io").value());
  const Login broken("{");
  CHECK(broken.find("ghcr.io").error().code == Code::invalid);
}

TEST_CASE("helpers: the one of the host, the store, a token, none") {
  Login login(R"({"credsStore": "store", "credHelpers": {"ghcr.io": "special"},
                  "auths": {"fallback.io": {"auth": "YTpi"}}})");
  login.helper("special", R"(echo '{"Username": "special", "Secret": "s1"}')");
  login.helper("store", R"(case $host in
    quay.io) echo '{"Username": "<token>", "Secret": "tok"}';;
    https://index.docker.io/v1/) echo '{"Username": "hub", "Secret": "s2"}';;
    broken.io) echo 'secret-in-output'; exit 3;;
    *) echo 'credentials not found in native keychain'; exit 1;;
  esac)");
  CHECK(login.find("ghcr.io").value()->username == "special");
  CHECK(login.find("docker.io").value()->password.reveal() == "s2");
  const auto token = login.find("quay.io").value();
  CHECK(token->username.empty());
  CHECK(token->identity_token.reveal() == "tok");
  CHECK_FALSE(login.find("unknown.io").value());
  CHECK(login.find("fallback.io").value()->username == "a");
  const auto broken = login.find("broken.io");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().text.find("secret-in-output") == std::string::npos);
}

TEST_CASE("a helper that is missing or has no plain name is an error") {
  const Login missing(R"({"credsStore": "landfast-none"})");
  CHECK(missing.find("ghcr.io").error().text.find("get credentials") != std::string::npos);
  const Login path(R"({"credsStore": "../../bin/sh"})");
  CHECK(path.find("ghcr.io").error().code == Code::invalid);
}

TEST_CASE("proxies: those of this engine, else the default ones, in both cases of letters") {
  const Login login(R"({"proxies": {
      "default": {"httpProxy": "http://p:3128", "noProxy": "localhost,.lan", "ftpProxy": ""},
      "tcp://10.0.0.1:2376": {"allProxy": "socks5://q"}}})");
  const CredentialsSource source(login.caller);
  using Variables = std::map<std::string, std::string>;
  CHECK(source.proxies("unix:///var/run/docker.sock").value() ==
        Variables{{"HTTP_PROXY", "http://p:3128"},
                  {"http_proxy", "http://p:3128"},
                  {"NO_PROXY", "localhost,.lan"},
                  {"no_proxy", "localhost,.lan"}});
  CHECK(source.proxies("tcp://10.0.0.1:2376").value() ==
        Variables{{"ALL_PROXY", "socks5://q"}, {"all_proxy", "socks5://q"}});
  CHECK(CredentialsSource{}.proxies("unix:///x").value().empty());
}

TEST_CASE("the headers hold what the engine wants") {
  RegistryCredentials credentials;
  credentials.server = "ghcr.io";
  credentials.username = "me";
  credentials.password = Secret("pass?>");
  const auto header = from_base64(registry_auth_header(credentials).reveal());
  CHECK(header.value() == R"({"username":"me","password":"pass?>","serveraddress":"ghcr.io"})");
  credentials.identity_token = Secret("tok");
  const auto token = from_base64(registry_auth_header(credentials).reveal());
  CHECK(token.value() == R"({"identitytoken":"tok","serveraddress":"ghcr.io"})");
  const auto all = from_base64(registry_config_header({credentials}).reveal());
  CHECK(all.value() == R"({"ghcr.io":{"identitytoken":"tok","serveraddress":"ghcr.io"}})");
}

TEST_CASE("under sudo the caller's folder counts, unless one is named") {
  const auto own = caller_home({{"HOME", "/root"}});
  CHECK(own.docker_config == "/root/.docker");
  CHECK(own.user.empty());
  CHECK(caller_home({{"HOME", "/root"}, {"DOCKER_CONFIG", "/x"}}).docker_config == "/x");
  if (::geteuid() != 0) return;
  const auto sudo = caller_home({{"HOME", "/root"}, {"SUDO_USER", "daemon"}});
  CHECK(sudo.user == "daemon");
  CHECK(sudo.docker_config == sudo.home + "/.docker");
  CHECK(sudo.home != "/root");
}

}  // namespace
}  // namespace landfast
