// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "engine/docker.h"
#include "unit/io/scripted_server.h"

namespace landfast {
namespace {

constexpr const char* in_use = R"({"message": "network x has active endpoints"})";

/// The engine's answers, one after the other on one connection.
ScriptedServer::Script answers(std::vector<std::pair<std::string, std::string>> dialogue) {
  return [dialogue = std::move(dialogue)](ScriptedConnection& c) {
    CHECK(c.head().starts_with("GET /_ping"));
    c.send(response(200, "OK", "Api-Version: 1.41\r\n"));
    for (const auto& [asked, answer] : dialogue) {
      CHECK(c.head().starts_with(asked));
      c.send(answer);
    }
  };
}

Status remove_network(const ScriptedServer& server) {
  Loop loop;
  DockerEndpoint endpoint;
  endpoint.address = SocketAddress::unix_at(server.path());
  const auto engine = make_docker_engine(loop, endpoint, CredentialsSource{});
  return loop.run(engine->remove_network("x"));
}

TEST_CASE("a network is removed once the engine has let go of containers that are gone") {
  ScriptedServer server({answers({
      {"DELETE /v1.41/networks/x", response(403, in_use)},
      {"GET /v1.41/networks/x", response(200, R"({"Id": "x", "Containers": {"c": {}}})")},
      {"GET /v1.41/containers/c/json", response(404, R"({"message": "no such container"})")},
      {"DELETE /v1.41/networks/x", response(403, in_use)},
      {"GET /v1.41/networks/x", response(200, R"({"Id": "x", "Containers": {}})")},
      {"DELETE /v1.41/networks/x", "HTTP/1.1 204 No Content\r\n\r\n"},
  })});
  CHECK(remove_network(server));
  server.finish();
}

TEST_CASE("a network that a running container is in stays, and that is said at once") {
  ScriptedServer server({answers({
      {"DELETE /v1.41/networks/x", response(403, in_use)},
      {"GET /v1.41/networks/x", response(200, R"({"Id": "x", "Containers": {"c": {}}})")},
      {"GET /v1.41/containers/c/json",
       response(200, R"({"Id": "c", "Name": "/c", "State": {"Status": "running"}})")},
  })});
  const auto removed = remove_network(server);
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == Code::failed);
  CHECK(removed.error().text.find("has active endpoints") != std::string::npos);
  server.finish();
}

TEST_CASE("a network that the engine miscounts is told apart") {
  ScriptedServer server({[](ScriptedConnection& c) {
    c.head();
    c.send(response(200, "OK", "Api-Version: 1.41\r\n"));
    for (auto head = c.head(); !head.empty(); head = c.head())
      c.send(head.starts_with("DELETE") ? response(403, in_use)
                                        : response(200, R"({"Id": "x", "Containers": {}})"));
  }});
  const auto removed = remove_network(server);
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == Code::stuck);
  CHECK(removed.error().hint.find("once the engine is restarted") != std::string::npos);
}

}  // namespace
}  // namespace landfast
