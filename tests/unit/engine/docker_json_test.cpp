// SPDX-License-Identifier: Apache-2.0
#include "engine/docker_json.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "engine/docker.h"
#include "engine/json_read.h"

namespace landfast {
namespace {

namespace json = boost::json;

json::object object(std::string_view text) { return parse_object(text, "test").value(); }

// GET /containers/{id}/json, in the shape of v1.41.
constexpr std::string_view inspected = R"({
  "Id": "4a6e", "Name": "/blog-web-1", "Created": "2026-11-01T10:00:00.5Z",
  "Image": "sha256:aa", "RestartCount": 2,
  "State": {"Status": "running", "Running": true, "OOMKilled": true, "Pid": 812, "ExitCode": 0,
            "Error": "", "StartedAt": "2026-11-01T10:00:01Z", "FinishedAt": "0001-01-01T00:00:00Z",
            "Health": {"Status": "unhealthy", "FailingStreak": 3, "Log": []}},
  "HostConfig": {"NetworkMode": "blog_default",
                 "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}},
  "Mounts": [{"Type": "volume", "Name": "data"}],
  "Config": {"Image": "web:1", "Labels": {"com.docker.compose.service": "web"}},
  "NetworkSettings": {"Ports": {"80/tcp": null}, "Networks": {"blog_default": {"Aliases": null}}}
})";

TEST_CASE("an inspected container") {
  const auto c = container_from(object(inspected));
  CHECK(c.id == "4a6e");
  CHECK(c.name == "blog-web-1");
  CHECK(c.image_id == "sha256:aa");
  CHECK(c.image_ref == "web:1");
  CHECK(c.label("com.docker.compose.service") == "web");
  CHECK(c.label("absent").empty());
  CHECK(c.status == ContainerStatus::running);
  CHECK(c.health == HealthStatus::unhealthy);
  CHECK(c.pid == 812);
  CHECK(c.restart_count == 2);
  CHECK(c.oom_killed);
  CHECK(c.restart_policy == RestartPolicy{"on-failure", 5});
  CHECK(c.networks.contains("blog_default"));
  CHECK(c.published.contains("80/tcp"));
  CHECK(c.mounts.size() == 1);
  CHECK(number_at(c.health_log, "FailingStreak") == 3);
}

TEST_CASE("what the engine leaves out, nulls or changes in type is empty") {
  const auto c = container_from(object(R"({"Id": 7, "State": null, "Config": {"Labels": null},
                                           "Mounts": {}, "HostConfig": []})"));
  CHECK(c.id.empty());
  CHECK(c.labels.empty());
  CHECK(c.status == ContainerStatus::created);
  CHECK(c.health == HealthStatus::none);
  CHECK(c.mounts.empty());
}

TEST_CASE("every state of a container and of its health") {
  const std::pair<const char*, ContainerStatus> states[] = {
      {"created", ContainerStatus::created},   {"running", ContainerStatus::running},
      {"paused", ContainerStatus::paused},     {"restarting", ContainerStatus::restarting},
      {"removing", ContainerStatus::removing}, {"exited", ContainerStatus::exited},
      {"dead", ContainerStatus::dead}};
  for (const auto& [text, status] : states) {
    json::object inspect;
    inspect["State"] = json::object{{"Status", text}};
    CHECK(container_from(inspect).status == status);
  }
  const std::pair<const char*, HealthStatus> healths[] = {{"none", HealthStatus::none},
                                                          {"starting", HealthStatus::starting},
                                                          {"healthy", HealthStatus::healthy},
                                                          {"unhealthy", HealthStatus::unhealthy}};
  for (const auto& [text, health] : healths) {
    json::object inspect, state;
    state["Health"] = json::object{{"Status", text}};
    inspect["State"] = state;
    CHECK(container_from(inspect).health == health);
  }
}

TEST_CASE("networks, volumes, images, events") {
  const auto network = network_from(object(
      R"({"Id": "n", "Name": "a_b", "Driver": "bridge", "Internal": true, "Labels": {"k": "v"}})"));
  CHECK(network.name == "a_b");
  CHECK(network.internal);
  CHECK(network.labels.at("k") == "v");
  CHECK(network.raw.at("Driver") == "bridge");
  const auto volume = volume_from(
      object(R"({"Name": "d", "Driver": "local", "Mountpoint": "/m", "Labels": null})"));
  CHECK(volume.mountpoint == "/m");
  CHECK(volume.labels.empty());
  const auto image = image_from(object(
      R"({"Id": "sha256:b", "RepoTags": ["a:1", "a:2"], "RepoDigests": [], "Os": "linux",
          "Architecture": "amd64", "Size": 5, "Config": {"User": "1001"}})"));
  CHECK(image.tags == std::vector<std::string>{"a:1", "a:2"});
  CHECK(image.size == 5);
  CHECK(text_at(image.config, "User") == "1001");
  const auto event = event_from(object(
      R"({"Type": "container", "Action": "health_status: healthy", "timeNano": 1700000000000000001,
          "Actor": {"ID": "c", "Attributes": {"name": "web-1"}}})"));
  CHECK(event.action == "health_status: healthy");
  CHECK(event.id == "c");
  CHECK(event.attributes.at("name") == "web-1");
  CHECK(event.time_nano == 1700000000000000001);
}

TEST_CASE("facts are of version and info") {
  const auto facts =
      facts_from(object(R"({"Version": "24.0.1", "Os": "linux", "Arch": "arm64"})"),
                 object(R"({"Driver": "overlay2", "DockerRootDir": "/d", "CgroupVersion": "2",
                 "MemoryLimit": true, "SwapLimit": false, "CpuCfsQuota": true, "PidsLimit": false,
                 "SecurityOptions": ["name=seccomp,profile=default", "name=rootless"],
                 "Swarm": {"LocalNodeState": "active"}, "Runtimes": {"runsc": {}, "runc": {}},
                 "Warnings": ["WARNING: No swap limit support"], "ID": "X"})"),
                 "1.43");
  CHECK(facts.version == "24.0.1");
  CHECK(facts.api_version == "1.43");
  CHECK(facts.memory_limit);
  CHECK_FALSE(facts.swap_limit);
  CHECK_FALSE(facts.pids_limit);
  CHECK(facts.rootless);
  CHECK(facts.swarm);
  CHECK(facts.runtimes == std::vector<std::string>{"runc", "runsc"});
  CHECK(facts.warnings.size() == 1);
}

TEST_CASE("the engine's text of a failure") {
  CHECK(failure_text(R"({"message": "No such container: x"})") == "No such container: x");
  CHECK(failure_text("plain words.\n") == "plain words");
  CHECK(failure_text("") == "");
  CHECK(failure_text("\x1b[31mred").find('\x1b') == std::string::npos);
}

TEST_CASE("below 1.44 one endpoint stays, that of NetworkMode; the others are to be connected") {
  auto body = object(R"({"HostConfig": {"NetworkMode": "b"}, "NetworkingConfig": {
      "EndpointsConfig": {"a": {"Aliases": ["x"]}, "b": {}, "c": {}}}})");
  const auto further = take_further_endpoints(body);
  REQUIRE(further.size() == 2);
  CHECK(further[0].first == "a");
  CHECK(further[0].second.contains("Aliases"));
  CHECK(further[1].first == "c");
  const auto& left = object_at(object_at(body, "NetworkingConfig"), "EndpointsConfig");
  CHECK(left.size() == 1);
  CHECK(left.contains("b"));
  CHECK(take_further_endpoints(body).empty());
  json::object bare;
  CHECK(take_further_endpoints(bare).empty());
}

TEST_CASE("a create body is fitted to the API version") {
  const auto wanted = object(R"({"Healthcheck": {"Test": ["CMD", "a"], "StartInterval": 1},
      "HostConfig": {"NetworkMode": "a"},
      "NetworkingConfig": {"EndpointsConfig": {"a": {"MacAddress": "02:42:ac:11:00:02"}}}})");
  auto old = wanted;
  REQUIRE(fit_create_body(old, 41));
  CHECK_FALSE(object_at(old, "Healthcheck").contains("StartInterval"));
  CHECK(text_at(old, "MacAddress") == "02:42:ac:11:00:02");
  auto recent = wanted;
  REQUIRE(fit_create_body(recent, 44));
  CHECK(recent == wanted);

  auto part = object(R"({"HostConfig": {"Mounts": [{"Type": "volume", "Source": "v", "Target": "/t",
                         "VolumeOptions": {"Subpath": "a"}}]}})");
  CHECK(fit_create_body(part, 44).error().code == Code::unsupported);
  CHECK(fit_create_body(part, 45));
  auto image = object(R"({"HostConfig": {"Mounts": [{"Type": "image", "Source": "i"}]}})");
  CHECK(fit_create_body(image, 47).error().code == Code::unsupported);
  CHECK(fit_create_body(image, 48));
}

TEST_CASE("lines of JSON, cut at every byte") {
  const std::string text = "{\"a\":1}\r\n\n{\"a\":2}\n{\"a\":3}\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    JsonLines lines;
    std::vector<std::int64_t> seen;
    const auto take = [&](const json::object& o) {
      seen.push_back(number_at(o, "a"));
      return true;
    };
    REQUIRE(lines.feed(text.substr(0, cut), take).value());
    REQUIRE(lines.feed(text.substr(cut), take).value());
    CHECK(seen == std::vector<std::int64_t>{1, 2, 3});
  }
}

TEST_CASE("lines stop when asked, and bad ones are errors") {
  JsonLines lines;
  int count = 0;
  const auto stop = [&](const json::object&) { return ++count < 2; };
  CHECK_FALSE(lines.feed("{}\n{}\n{}\n", stop).value());
  CHECK(count == 2);
  const auto go_on = [](const json::object&) { return true; };
  JsonLines bad, endless;
  CHECK(bad.feed("not json\n", go_on).error().code == Code::corrupt);
  CHECK(endless.feed(std::string(2'000'000, ' '), go_on).error().code == Code::corrupt);
}

TEST_CASE("the API version that both sides speak") {
  CHECK(agree_on_api("1.41", "").value() == 41);
  CHECK(agree_on_api("1.47", "").value() == 47);
  CHECK(agree_on_api("1.99", "").value() == 51);
  const auto old = agree_on_api("1.40", "Docker/19.03.15 (linux)");
  REQUIRE_FALSE(old);
  CHECK(old.error().code == Code::unsupported);
  CHECK(old.error().text ==
        "Docker Engine 19.03.15 (API 1.40) is too old: Landfast needs 20.10 (API 1.41) or newer");
  CHECK_FALSE(old.error().hint.empty());
  CHECK(agree_on_api("", "nginx").error().text.find("no Docker engine") != std::string::npos);
}

TEST_CASE("a refusal has the engine's words, a code and what to do next") {
  CHECK(refusal(404, "cannot inspect a", "No such container: a").code == Code::not_found);
  CHECK(refusal(409, "x", "y").code == Code::conflict);
  CHECK(refusal(400, "x", "y").code == Code::invalid);
  CHECK(refusal(503, "x", "y").code == Code::unavailable);
  const auto taken =
      refusal(500, "cannot start container a",
              "driver failed: Bind for 0.0.0.0:80 failed: port is already allocated");
  CHECK(taken.code == Code::failed);
  CHECK(taken.text.starts_with("cannot start container a: driver failed"));
  CHECK(taken.hint.find("docker ps") != std::string::npos);
  CHECK(refusal(500, "cannot start a", "").text.find("status 500") != std::string::npos);
}

}  // namespace
}  // namespace landfast
