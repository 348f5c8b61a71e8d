// SPDX-License-Identifier: Apache-2.0
#include "plan/capabilities.h"

#include <doctest/doctest.h>

#include "peer_body/canonical_project.h"

using namespace landfast;
namespace json = boost::json;

namespace {

Project project_with(const std::string& service) {
  Project out;
  out.name = "shop";
  out.services["app"] = peer::service_of("app", json::parse(service).as_object(), "shop");
  out.services["app"].mark = {"compose.yaml", 3, 3, "  app:"};
  out.secrets["file"] = {"file", "shop_file", false, "/f", {}, "", {}};
  out.secrets["swarm"] = {"swarm", "swarm", true, "", {}, "", {}};
  return out;
}

EngineFacts engine(const std::string& api = "1.41") {
  EngineFacts out;
  out.api_version = api;
  out.os = "linux";
  out.arch = "x86_64";
  out.cgroup_version = "1";
  out.runtimes = {"runc"};
  return out;
}

std::string warned(const std::string& service, const EngineFacts& facts) {
  std::string out;
  for (const auto& warning : what_engine_cannot(project_with(service), facts))
    out += (out.empty() ? "" : " ") + warning.path.substr(sizeof("services.app.") - 1);
  return out;
}

std::string refused(const std::string& service, const EngineFacts& facts) {
  std::string out;
  for (const auto& error : what_engine_refuses(project_with(service), facts)) {
    CHECK(error.text.starts_with(error.path + ": "));
    out += (out.empty() ? "" : " ") + error.path;
  }
  return out;
}

}  // namespace

TEST_CASE("what an engine leaves undone is said once, with its place") {
  auto weak = engine();
  weak.memory_limit = weak.swap_limit = weak.cpu_quota = weak.pids_limit = false;
  weak.warnings = {"WARNING: No blkio weight support"};
  auto unified = engine();
  unified.cgroup_version = "2";
  auto no_swap = engine();
  no_swap.swap_limit = false;
  const auto plain = engine(), newest = engine("1.51");
  struct Case {
    std::string service;
    const EngineFacts& facts;
    std::string paths;
  };
  const std::vector<Case> cases = {
      {R"({"image":"i","mem_limit":"1"})", plain, ""},
      {R"({"mem_limit":"1","cpus":0.5,"pids_limit":5})", weak, "mem_limit cpus pids_limit"},
      {R"({"mem_limit":"1","memswap_limit":"2"})", weak, "mem_limit memswap_limit"},
      {R"({"mem_limit":"1","memswap_limit":"2"})", no_swap, "memswap_limit"},
      {R"({"deploy":{"resources":{"limits":{"memory":"1","cpus":1,"pids":1}}}})", weak,
       "deploy.resources.limits.memory deploy.resources.limits.cpus deploy.resources.limits.pids"},
      {R"({"blkio_config":{"weight":3}})", weak, "blkio_config.weight"},
      {R"({"mem_swappiness":"1","oom_kill_disable":true})", unified,
       "mem_swappiness oom_kill_disable"},
      {R"({"oom_kill_disable":false})", unified, ""},
      {R"({"annotations":{"a":"b"}})", plain, "annotations"},
      {R"({"annotations":{"a":"b"}})", newest, ""},
      {R"({"annotations":{}})", plain, ""},
      {R"({"healthcheck":{"start_interval":"1s","start_period":"2s"}})", plain,
       "healthcheck.start_interval"},
      {R"({"healthcheck":{"start_interval":"1s","start_period":"2s"}})", newest, ""},
      {R"({"deploy":{"mode":"replicated","placement":{},"resources":{}}})", plain, ""},
      {R"({"deploy":{"mode":"global","placement":{"constraints":["a"]},"update_config":{"order":"x","parallelism":2,"delay":"1s","failure_action":"pause","monitor":"5s","max_failure_ratio":0.1},
           "labels":{"a":"b"},"endpoint_mode":"vip"}})",
       plain,
       "deploy.mode deploy.endpoint_mode deploy.labels deploy.placement "
       "deploy.update_config.failure_action "
       "deploy.update_config.monitor deploy.update_config.max_failure_ratio"},
      {R"({"deploy":{"restart_policy":{"condition":"any","max_attempts":3,"delay":"5s"}}})", plain,
       "deploy.restart_policy.delay deploy.restart_policy.max_attempts"},
      {R"({"deploy":{"restart_policy":{"condition":"on-failure","max_attempts":3}}})", plain, ""},
      {R"({"gpus":[{"count":-1}]})", plain, "gpus"},
      {R"({"develop":{"watch":[{"path":"x"}]}})", plain, "develop"},
      {R"({"platform":"linux/arm64"})", plain, "platform"},
      {R"({"platform":"linux/amd64"})", plain, ""},
      {R"({"networks":{"default":{"gw_priority":3,"interface_name":"x"}}})", plain,
       "networks.default.gw_priority networks.default.interface_name"},
      {R"({"networks":{"default":{"gw_priority":3}}})", newest, ""},
      {R"({"network_mode":"host","ports":[{"target":1}]})", plain, "ports"},
      {R"({"volumes":[{"type":"bind"},{"type":"bind","bind":{"recursive":"readonly"}}]})", plain,
       "volumes[1].bind.recursive"},
      {R"({"secrets":[{"source":"file","mode":"0400"}]})", plain, "secrets[0].mode"},
      {R"({"use_api_socket":true})", plain, "use_api_socket"},
      {R"({"cpu_count":2,"credential_spec":{"file":"x"}})", plain, "cpu_count credential_spec"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.service);
    CHECK(warned(one.service, one.facts) == one.paths);
  }
}

TEST_CASE("what cannot be deployed is refused with its place and a next step") {
  const auto plain = engine(), newest = engine("1.51");
  struct Case {
    std::string service;
    const EngineFacts& facts;
    std::string paths;
  };
  const std::vector<Case> cases = {
      {R"({"image":"i"})", plain, ""},
      {R"({"secrets":[{"source":"file"},{"source":"swarm"}]})", newest, "secrets.swarm"},
      {R"({"provider":{"type":"x"}})", plain, "services.app.provider"},
      {R"({"post_start":[{"command":["x"]}]})", plain, ""},
      {R"({"runtime":"kata"})", plain, "services.app.runtime"},
      {R"({"runtime":"runc"})", plain, ""},
      {R"({"runtime":"io.containerd.kata.v2"})", plain, ""},
      {R"({"isolation":"hyperv"})", plain, "services.app.isolation"},
      {R"({"isolation":"default"})", plain, ""},
      {R"({"volumes":[{"type":"image"},{"type":"volume","volume":{"subpath":"x"}}]})", plain,
       "services.app.volumes[0] services.app.volumes[1].volume.subpath"},
      {R"({"volumes":[{"type":"image"},{"type":"volume","volume":{"subpath":"x"}}]})", newest, ""},
      {R"({"volumes":[{"type":"cluster"},{"type":"npipe"}]})", newest,
       "services.app.volumes[0] services.app.volumes[1]"},
      {R"({"networks":{"a":{"mac_address":"1"},"b":{"mac_address":"2"}}})", plain,
       "services.app.networks"},
      {R"({"networks":{"a":{"mac_address":"1"},"b":{"mac_address":"2"}}})", newest, ""},
      {R"({"healthcheck":{"start_interval":"1s"}})", newest,
       "services.app.healthcheck.start_interval"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.service);
    CHECK(refused(one.service, one.facts) == one.paths);
  }
  auto project = project_with("{}");
  project.networks["net"] = {"net", "shop_net", false, {{"driver", "overlay"}}, {}};
  CHECK(what_engine_refuses(project, plain).size() == 1);
  auto swarm = plain;
  swarm.swarm = true;
  CHECK(what_engine_refuses(project, swarm).empty());
}

TEST_CASE("a warning and an error carry the place of the service") {
  const auto project = project_with(R"({"provider":{"type":"x"},"develop":{"a":1}})");
  const auto warnings = what_engine_cannot(project, engine());
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].mark->line == 3);
  const auto errors = what_engine_refuses(project, engine());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].mark->file == "compose.yaml");
  CHECK(errors[0].code == Code::unsupported);
  CHECK_FALSE(errors[0].hint.empty());
}
