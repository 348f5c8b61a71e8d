// SPDX-License-Identifier: Apache-2.0
#include "engine/endpoint.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "io/file.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

using Kind = SocketAddress::Kind;
using test::Scratch;

Result<std::string> read(const std::string& path) { return read_file(path, 1u << 20); }

Result<DockerEndpoint> choose(const Environment& environment,
                              const std::string& folder = "/nonexistent") {
  return choose_endpoint(environment, folder, read);
}

void put(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

TEST_CASE("the default is the socket") {
  const auto endpoint = choose({}).value();
  CHECK(endpoint.address.kind == Kind::unix_socket);
  CHECK(endpoint.address.path == "/var/run/docker.sock");
  CHECK(endpoint.chosen_by == "the default");
}

TEST_CASE("DOCKER_HOST in its forms") {
  struct Row {
    const char* host;
    Kind kind;
    const char* where;
  };
  const Row rows[] = {
      {"unix:///run/user/1000/docker.sock", Kind::unix_socket, "/run/user/1000/docker.sock"},
      {"unix://", Kind::unix_socket, "/var/run/docker.sock"},
      {"tcp://10.0.0.1", Kind::tcp, "tcp://10.0.0.1:2375"},
      {"tcp://10.0.0.1:2376", Kind::tcp, "tcp://10.0.0.1:2376"},
      {"tcp://host.example:1/path", Kind::tcp, "tcp://host.example:1"},
      {"tcp://[::1]:2375", Kind::tcp, "tcp://::1:2375"},
      {"tcp://[::1]", Kind::tcp, "tcp://::1:2375"},
      {"tcp://:4000", Kind::tcp, "tcp://127.0.0.1:4000"},
      {"http://10.0.0.1:80", Kind::tcp, "tcp://10.0.0.1:80"},
      {"https://10.0.0.1", Kind::tls, "tcp://10.0.0.1:2376"},
      {"10.0.0.1:2375", Kind::tcp, "tcp://10.0.0.1:2375"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.host);
    const auto endpoint = choose({{"DOCKER_HOST", row.host}});
    REQUIRE(endpoint);
    CHECK(endpoint->address.kind == row.kind);
    CHECK(endpoint->address.text() == row.where);
    CHECK(endpoint->chosen_by == "DOCKER_HOST");
  }
}

TEST_CASE("a host that cannot be used says why") {
  const auto code = [](const char* host) { return choose({{"DOCKER_HOST", host}}).error().code; };
  CHECK(code("ssh://root@server") == Code::unsupported);
  CHECK(code("npipe:////./pipe/docker") == Code::unsupported);
  CHECK(code("unix://relative.sock") == Code::invalid);
  CHECK(code("tcp://host:0") == Code::invalid);
  CHECK(code("tcp://host:99999") == Code::invalid);
  CHECK(code("tcp://host:12x") == Code::invalid);
  const auto ssh = choose({{"DOCKER_HOST", "ssh://root@server/x"}}).error();
  CHECK(ssh.hint.find("ssh -N -L /tmp/docker.sock:/var/run/docker.sock root@server ") !=
        std::string::npos);
}

TEST_CASE("TLS: verified or not, with the files that are there") {
  const Scratch folder;
  put(folder.path("ca.pem"), "x");
  put(folder.path("key.pem"), "x");
  const Environment environment{
      {"DOCKER_HOST", "tcp://a"}, {"DOCKER_TLS_VERIFY", "1"}, {"DOCKER_CERT_PATH", folder.path()}};
  const auto verified = choose(environment).value().address;
  CHECK(verified.kind == Kind::tls);
  CHECK(verified.port == 2376);
  CHECK(verified.tls.verify);
  CHECK(verified.tls.ca == folder.path("ca.pem"));
  CHECK(verified.tls.certificate.empty());
  CHECK(verified.tls.key == folder.path("key.pem"));
  const Environment unverified{{"DOCKER_HOST", "tcp://a:2375"}, {"DOCKER_TLS", "1"}};
  const auto address = choose(unverified, folder.path()).value().address;
  CHECK_FALSE(address.tls.verify);
  CHECK(address.port == 2375);
  CHECK(address.tls.ca == folder.path("ca.pem"));
  const Environment local{{"DOCKER_HOST", "unix:///a"}, {"DOCKER_TLS_VERIFY", "1"}};
  CHECK(choose(local).value().address.kind == Kind::unix_socket);
}

struct Contexts {
  Contexts() {
    put(folder.path("config.json"), R"({"currentContext": "lab"})");
    put(folder.path("contexts/meta/" + sha256_hex("lab") + "/meta.json"),
        R"({"Name": "lab", "Endpoints": {"docker": {"Host": "tcp://lab.example"}}})");
    put(folder.path("contexts/meta/" + sha256_hex("rootless") + "/meta.json"),
        R"({"Name": "rootless", "Endpoints": {"docker": {"Host": "unix:///run/user/1/d.sock"}}})");
    put(folder.path("contexts/tls/" + sha256_hex("lab") + "/docker/ca.pem"), "x");
  }
  Scratch folder;
};

TEST_CASE("a context: DOCKER_HOST wins over DOCKER_CONTEXT, that over config.json") {
  const Contexts contexts;
  const auto current = choose({}, contexts.folder.path()).value();
  CHECK(current.address.text() == "tcp://lab.example:2376");
  CHECK(current.address.kind == Kind::tls);
  CHECK(current.address.tls.verify);
  CHECK(current.chosen_by == "context lab");
  const auto named = choose({{"DOCKER_CONTEXT", "rootless"}}, contexts.folder.path()).value();
  CHECK(named.address.path == "/run/user/1/d.sock");
  const auto plain = choose({{"DOCKER_CONTEXT", "default"}}, contexts.folder.path()).value();
  CHECK(plain.address.path == "/var/run/docker.sock");
  const Environment host{{"DOCKER_CONTEXT", "rootless"}, {"DOCKER_HOST", "unix:///h"}};
  CHECK(choose(host, contexts.folder.path()).value().address.path == "/h");
}

TEST_CASE("a context that does not exist is named") {
  const Contexts contexts;
  const auto missing = choose({{"DOCKER_CONTEXT", "nope"}}, contexts.folder.path());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::invalid);
  CHECK(missing.error().text == "there is no docker context \"nope\"");
}

}  // namespace
}  // namespace landfast
