// SPDX-License-Identifier: Apache-2.0
#include "plan/difference.h"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "base/digest.h"
#include "base/text.h"
#include "peer_body/canonical_project.h"
#include "plan/create_body.h"

using namespace landfast;
namespace json = boost::json;

namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& lines) {
    return ("{" + join(lines, " | ") + "}").c_str();
  }
};
}  // namespace doctest

namespace {

const std::string fixtures = LANDFAST_SOURCE_DIR "/tests/peer_body/fixtures/";

/// What docker compose made of a file and what inspect (Docker 20.10) showed of it.
struct Stack {
  Project project;
  EngineFacts engine;
  std::map<std::string, Container> containers;  ///< by name without the project
  std::map<std::string, Image> images;
};

Stack stack_of(const std::string& name) {
  const auto recorded = peer::read_json(fixtures + name + ".inspect.json");
  Stack out;
  out.project = peer::project_of(recorded.at("config"));
  for (auto* objects : {&out.project.configs, &out.project.secrets})
    for (auto& [key, object] : *objects)
      if (!object.file.empty()) object.digest = sha256_hex(object.file);
  const auto& version = recorded.at("version").as_object();
  out.engine.api_version = peer::text_of(version, "ApiVersion");
  out.engine.cgroup_version = peer::text_of(version, "CgroupVersion");
  out.engine.logging_driver = peer::text_of(version, "LoggingDriver");
  out.engine.default_runtime = peer::text_of(version, "DefaultRuntime");
  for (const auto& item : recorded.at("containers").as_array()) {
    auto container = peer::container_of(item.as_object());
    out.containers[container.name.substr(out.project.name.size() + 1)] = std::move(container);
  }
  for (const auto& item : recorded.at("images").as_array()) {
    auto image = peer::image_of(item.as_object());
    out.images[image.id] = std::move(image);
  }
  return out;
}

/// RFC 7386.
void merge_patch(json::value& target, const json::value& patch) {
  const auto* changes = patch.if_object();
  if (!changes) {
    target = patch;
    return;
  }
  if (!target.is_object()) target.emplace_object();
  auto& object = target.get_object();
  for (const auto& [key, value] : *changes) {
    if (value.is_null())
      object.erase(key);
    else
      merge_patch(object[key], value);
  }
}

struct Options {
  std::string hash = "another";
  std::map<std::string, std::string> mounted_files;
  const Image* image = nullptr;
  bool without_image = false;
};

Result<CreateRequest> request(const Stack& stack, const Service& service, const Container& actual,
                              const Options& options = {}) {
  const int number = std::stoi(actual.label("com.docker.compose.container-number"));
  BodyContext context{.project = stack.project,
                      .engine = stack.engine,
                      .container_name = container_name(stack.project, service, number),
                      .number = number,
                      .image = service.image,
                      .image_id = actual.image_id,
                      .config_hash = options.hash};
  for (const auto& [name, container] : stack.containers)
    context.service_containers.try_emplace(container.label("com.docker.compose.service"),
                                           container.id);
  context.mounted_files = options.mounted_files;
  return create_request(service, context);
}

std::vector<std::string> told(const Stack& stack, const CreateRequest& wanted,
                              const Container& actual, const Options& options = {}) {
  const auto it = stack.images.find(actual.image_id);
  const Image* image = it == stack.images.end() || options.without_image ? nullptr : &it->second;
  std::vector<std::string> out;
  for (const auto& one :
       differences(wanted, actual, image, stack.engine, file_digests(stack.project)))
    out.push_back(to_string(one));
  return out;
}

using Told = std::vector<std::string>;

/// The differences after a change of the file.
Told after(const Stack& stack, const std::string& container, const std::string& patch,
           const Options& options = {}) {
  const auto& actual = stack.containers.at(container);
  auto service = stack.project.services.at(actual.label("com.docker.compose.service"));
  json::value canonical = service.canonical.reveal();
  merge_patch(canonical, json::parse(patch));
  service = peer::service_of(service.name, canonical.as_object(), stack.project.name);
  const auto wanted = request(stack, service, actual, options);
  REQUIRE_MESSAGE(wanted.has_value(), (wanted ? "" : wanted.error().text));
  return told(stack, *wanted, actual, options);
}

/// A container as it would be had Landfast made it of the same file.
Stack made_by_us(Stack stack) {
  for (auto& [name, container] : stack.containers) {
    const auto& service = stack.project.services.at(container.label("com.docker.compose.service"));
    const auto wanted = request(stack, service, container);
    REQUIRE(wanted);
    const auto& host = wanted->body.at("HostConfig").as_object();
    if (const auto* from = host.if_contains("VolumesFrom"))
      container.host_config["VolumesFrom"] = *from;
    for (const auto& [key, value] : wanted->body.at("Labels").as_object())
      if (key != "com.docker.compose.config-hash")
        container.labels[key] = value.as_string().c_str();
  }
  return stack;
}

}  // namespace

TEST_CASE("what docker compose made of the same file shows no difference, whatever its hash") {
  for (const std::string name : {"everything", "mounts", "namespaces", "process"}) {
    const auto stack = stack_of(name);
    REQUIRE_FALSE(stack.containers.empty());
    for (const auto& [container, actual] : stack.containers) {
      CAPTURE(name);
      CAPTURE(container);
      CHECK(after(stack, container, "{}") == Told{});
      CHECK(after(made_by_us(stack), container, "{}") == Told{});
      Options unknown;
      unknown.without_image = true;
      CHECK(after(stack, container, "{}", unknown) == Told{});
    }
  }
}

TEST_CASE("each change of an attribute is told once, with its cause and without secrets") {
  const auto stack = stack_of("everything");
  struct Case {
    std::string patch, says;
  };
  const std::vector<Case> cases = {
      {R"({"image":"landfast/peer-body:2"})", "image: landfast/peer-body:1 → landfast/peer-body:2"},
      {R"({"environment":{"FOO":"s3cret"}})", "environment.FOO changed"},
      {R"({"environment":{"NEW":"s3cret"}})", "environment.NEW added"},
      {R"({"environment":{"FOO":null}})", "environment.FOO removed"},
      {R"({"environment":{"EMPTY":null}})", "environment.EMPTY removed"},
      {R"({"labels":{"my.label":"y"}})", "labels.my.label changed"},
      {R"({"labels":{"my.label":null}})", "labels.my.label removed"},
      {R"({"command":["sleep","1"]})", "command changed"},
      {R"({"entrypoint":["/bin/sh"]})", "entrypoint changed"},
      {R"({"hostname":"other"})", "hostname: hosty → other"},
      {R"({"domainname":null})", "domainname: example.org removed"},
      {R"({"user":"1002"})", "user: 1001:1001 → 1002"},
      {R"({"working_dir":"/app"})", "working_dir: /srv/ → /app/"},
      {R"({"tty":null})", "tty: true removed"},
      {R"({"stdin_open":false})", "stdin_open: true removed"},
      {R"({"stop_signal":"SIGINT"})", "stop_signal: SIGQUIT → SIGINT"},
      {R"({"stop_grace_period":"20s"})", "stop_grace_period: 90s → 20s"},
      {R"({"healthcheck":{"test":["CMD","x"]}})", "healthcheck.test changed"},
      {R"({"healthcheck":{"interval":"6s"}})", "healthcheck.interval: 5s → 6s"},
      {R"({"healthcheck":{"retries":5}})", "healthcheck.retries: 4 → 5"},
      {R"({"expose":["9000","9001/udp"]})", "expose: 9100/tcp, 9101/tcp removed"},
      {R"({"tmpfs":["/run"]})", "tmpfs[/tmp]: size=64m,mode=1777 removed"},
      {R"({"cap_add":["SYS_TIME"]})", "cap_add: CAP_NET_ADMIN removed"},
      {R"({"cap_drop":null})", "cap_drop: ALL removed"},
      {R"({"security_opt":["seccomp=unconfined","systempaths=unconfined"]})",
       "security_opt: no-new-privileges:true removed"},
      {R"({"security_opt":["no-new-privileges","seccomp=unconfined"]})",
       "security_opt.systempaths: unconfined removed"},
      {R"({"read_only":false})", "read_only: true removed"},
      {R"({"init":null})", "init: true removed"},
      {R"({"privileged":true})", "privileged: true added"},
      {R"({"ipc":"host"})", "ipc: shareable → host"},
      {R"({"ipc":null})", "ipc: shareable removed"},
      {R"({"pid":null})", "pid: host removed"},
      {R"({"cgroup":null})", "cgroup: private removed"},
      {R"({"cgroup_parent":"/x"})", "cgroup_parent: /mypar → /x"},
      {R"({"userns_mode":null})", "userns_mode: host removed"},
      {R"({"networks":{"front":{"aliases":["web"]}}})",
       "networks.lfpeer_front.aliases: www removed"},
      {R"({"networks":{"front":{"ipv4_address":"10.213.77.11"}}})",
       "networks.lfpeer_front.ipv4_address: 10.213.77.10 → 10.213.77.11"},
      {R"({"networks":{"back":null}})", "networks.lfpeer_back removed"},
      {R"({"networks":{"default":{}}})", "networks.lfpeer_default added"},
      {R"({"networks":{"back":{"priority":99}}})", "network_mode: lfpeer_front → lfpeer_back"},
      {R"({"mac_address":"02:42:ac:11:65:44"})",
       "mac_address: 02:42:ac:11:65:43 → 02:42:ac:11:65:44"},
      {R"({"extra_hosts":["a.example=10.0.0.2","h=host-gateway","v6=::1"]})",
       "extra_hosts: a.example:10.0.0.1 → a.example:10.0.0.2"},
      {R"({"dns":["8.8.8.8","1.1.1.1"]})", "dns: 1.1.1.1, 8.8.8.8 → 8.8.8.8, 1.1.1.1"},
      {R"({"dns_search":null})", "dns_search: example.org removed"},
      {R"({"dns_opt":["ndots:3"]})", "dns_opt: ndots:2 → ndots:3"},
      {R"({"sysctls":{"net.core.somaxconn":"2048"}})", "sysctls.net.core.somaxconn: 1024 → 2048"},
      {R"({"ulimits":{"nproc":200}})", "ulimits.nproc: 100:100 → 200:200"},
      {R"({"shm_size":"67108865"})", "shm_size: 128.0 MiB → 67108865 B"},
      {R"({"oom_score_adj":null})", "oom_score_adj: 100 removed"},
      {R"({"mem_limit":"67108865","memswap_limit":"134217728"})",
       "mem_limit: 64.0 MiB → 67108865 B"},
      {R"({"memswap_limit":null})", ""},  // twice mem_limit is the default
      {R"({"memswap_limit":"-1"})", "memswap_limit: unlimited added"},
      {R"({"mem_limit":"33554432","memswap_limit":null})", "mem_limit: 64.0 MiB → 32.0 MiB"},
      {R"({"mem_reservation":null})", "mem_reservation: 32.0 MiB removed"},
      {R"({"cpus":0.5})", "cpus: 0.3 → 0.5"},
      {R"({"cpu_shares":1024})", "cpu_shares: 512 → 1024"},
      {R"({"cpuset":"0-1"})", "cpuset: 0 → 0-1"},
      {R"({"pids_limit":100})", "pids_limit: 50 → 100"},
      {R"({"deploy":{"resources":{"limits":{"pids":100}}}})", "pids_limit: 50 → 100"},
      {R"({"blkio_config":{"weight":300}})", "blkio_config.weight: 300 added"},
      {R"({"devices":[{"source":"/dev/zero","target":"/dev/zero","permissions":"rwm"}]})",
       "devices: /dev/null:/dev/xnull:r removed"},
      {R"({"gpus":[{"count":-1}]})", "gpus: gpu × all added"},
      {R"({"device_cgroup_rules":null})", "device_cgroup_rules: c 1:3 mr removed"},
      {R"({"group_add":["audio"]})", "group_add: 1234 removed"},
      {R"({"runtime":"kata"})", "runtime: kata added"},
      {R"({"logging":{"options":{"max-size":"2m"}}})", "logging.options.max-size changed"},
      {R"({"logging":{"driver":"local"}})", "logging.driver: json-file → local"},
      {R"({"restart":"always"})", "restart: on-failure:3 → always"},
      {R"({"container_name":"mine"})", "container_name: lfpeer-app-1 → mine"},
      {R"({"volumes":[{"type":"bind","source":"/a","target":"/b"}]})", "volumes[/b]: /a added"},
      {R"({"annotations":{"a":"b"}})", ""},
  };
  for (const auto& [patch, says] : cases) {
    CAPTURE(patch);
    auto found = after(stack, "app-1", patch);
    if (patch.find("container_name") != std::string::npos)  // its alias goes with it
      std::erase_if(found, [](const auto& text) { return text.starts_with("networks."); });
    CHECK(found == (says.empty() ? Told{} : Told{says}));
    for (const auto& text : found) CHECK(text.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("ports are told by what is published where") {
  const auto stack = stack_of("everything");
  auto ports = stack.project.services.at("app").canonical.reveal().at("ports").as_array();
  ports[0].as_object()["published"] = "13001";
  CHECK(after(stack, "app-1", json::serialize(json::object{{"ports", ports}})) ==
        Told{"ports: 127.0.0.1:13000:3000/tcp → 127.0.0.1:13001:3000/tcp"});
  ports.erase(ports.begin());
  CHECK(after(stack, "app-1", json::serialize(json::object{{"ports", ports}})) ==
        Told{"ports: 127.0.0.1:13000:3000/tcp removed"});
}

TEST_CASE("only the restart policy is live") {
  const auto stack = stack_of("everything");
  const auto& actual = stack.containers.at("app-1");
  auto service = stack.project.services.at("app");
  service.canonical.edit()["restart"] = "always";
  service.canonical.edit()["tty"] = false;
  const auto found = differences(*request(stack, service, actual), actual,
                                 &stack.images.at(actual.image_id), stack.engine);
  REQUIRE(found.size() == 2);
  CHECK(found[0].path == "restart");
  CHECK(found[0].live);
  CHECK_FALSE(found[1].live);
}

TEST_CASE("the image: another id, another reference, an id in place of a reference") {
  const auto stack = stack_of("everything");
  const auto& actual = stack.containers.at("app-1");
  auto wanted = *request(stack, stack.project.services.at("app"), actual);
  auto& labels = wanted.body["Labels"].as_object();
  labels["com.docker.compose.image"] = "sha256:" + std::string(64, '5');
  CHECK(told(stack, wanted, actual) ==
        Told{"image: " + actual.image_id.substr(7, 12) + " → 555555555555"});
  wanted.body["Image"] = "other:2";
  CHECK(told(stack, wanted, actual) == Told{"image: landfast/peer-body:1 → other:2"});
  labels["com.docker.compose.image"] = actual.image_id;
  wanted.body["Image"] = actual.image_id;
  CHECK(told(stack, wanted, actual) == Told{});
}

TEST_CASE("what the image gives is no difference, and what it no longer gives back is one") {
  const auto stack = stack_of("process");
  CHECK(after(stack, "command-1", R"({"command":null})") == Told{"command changed"});
  CHECK(after(stack, "entry-1", R"({"entrypoint":null})") ==
        Told{"command added", "entrypoint removed"});
  CHECK(after(stack, "unhealthy-1", R"({"healthcheck":null})") ==
        Told{"healthcheck.interval: 9s added", "healthcheck.test changed"});
  CHECK(after(stack, "unset-1", R"({"environment":null})") ==
        Told{"environment.IMGVAR added", "environment.PATH changed"});
  CHECK(after(stack, "label-1", R"({"labels":null})") == Told{"labels.img.label changed"});
  CHECK(after(stack, "port-1", R"({"ports":null,"expose":null})") ==
        Told{"ports: 7777/tcp removed"});
  CHECK(after(stack, "root-1", R"({"user":"","working_dir":""})") ==
        Told{"user: 0 → 33", "working_dir: /image/ added"});
}

TEST_CASE("mounts: sources, modes and the content of configs and secrets") {
  auto stack = stack_of("mounts");
  const auto secret = stack.project.secrets.at("sec").digest;
  Options copied;
  copied.mounted_files[secret] = "/var/lib/landfast/mounted/lfpeer/" + secret;
  CHECK(after(stack, "app-1", "{}", copied) == Told{});

  SUBCASE("another content is another mount, and says nothing of itself") {
    stack.project.secrets.at("sec").digest = sha256_hex("new");
    CHECK(after(stack, "app-1", "{}") == Told{});  // the user's path on both sides
    copied.mounted_files = {{sha256_hex("new"), "/x/mounted/lfpeer/" + sha256_hex("new")}};
    const auto old_copy = "/x/mounted/lfpeer/" + secret;
    for (auto& mount : stack.containers.at("app-1").host_config["Mounts"].as_array())
      if (mount.at("Target") == "/run/secrets/sec") mount.as_object()["Source"] = old_copy;
    CHECK(after(stack, "app-1", "{}", copied) == Told{"volumes[/run/secrets/sec] changed"});
    CHECK(after(stack, "app-1", "{}") == Told{"volumes[/run/secrets/sec] changed"});
  }
  SUBCASE("even under an equal hash") {
    Options same = copied;
    same.hash = stack.containers.at("app-1").label("com.docker.compose.config-hash");
    CHECK(after(stack, "app-1", R"({"tty":true})", same) == Told{});
    for (auto& mount : stack.containers.at("app-1").host_config["Mounts"].as_array())
      if (mount.at("Target") == "/conf") mount.as_object()["Source"] = "/elsewhere";
    CHECK(after(stack, "app-1", "{}", same) == Told{"volumes[/conf] changed"});
  }
  SUBCASE("volumes of the file") {
    auto volumes = stack.project.services.at("named").canonical.reveal().at("volumes").as_array();
    volumes[0].as_object()["read_only"] = true;
    CHECK(after(stack, "named-1", json::serialize(json::object{{"volumes", volumes}})) ==
          Told{"volumes[/d]: lfpeer_data → lfpeer_data (ro)"});
    CHECK(after(stack, "named-1", R"({"volumes":null})") ==
          Told{"volumes[/d]: lfpeer_data removed"});
  }
}

TEST_CASE("anonymous volumes: inherited ones are the same, a removed one is told") {
  auto stack = stack_of("mounts");
  auto& actual = stack.containers.at("named-1");
  // A container that took over the image's volume from its forerunner.
  actual.host_config["Mounts"] = json::array{
      json::object{{"Type", "volume"}, {"Source", std::string(64, 'a')}, {"Target", "/anon"}},
      json::object{{"Type", "volume"}, {"Source", std::string(64, 'b')}, {"Target", "/gone"}}};
  CHECK(after(stack, "named-1", "{}") == Told{"volumes[/gone]: anonymous volume removed"});
}

TEST_CASE("what was put into a container is known by our label only") {
  auto stack = stack_of("mounts");
  CHECK(after(stack, "content-1", "{}") == Told{});
  auto ours = made_by_us(stack);
  CHECK(after(ours, "content-1", "{}") == Told{});
  ours.project.configs.at("inline").content = Secret("another");
  CHECK(after(ours, "content-1", "{}") == Told{"configs, secrets changed"});
}

TEST_CASE("defaults of the engine's own configuration are no change; removed attributes are") {
  auto stack = stack_of("process");
  auto& actual = stack.containers.at("nothing-1");
  actual.host_config["LogConfig"] =
      json::object{{"Type", "json-file"}, {"Config", json::object{{"max-size", "10m"}}}};
  actual.host_config["Ulimits"] =
      json::array{json::object{{"Name", "nofile"}, {"Soft", 1}, {"Hard", 2}}};
  CHECK(after(stack, "nothing-1", "{}") == Told{});  // made by compose: daemon.json may say so
  auto ours = made_by_us(stack);
  CHECK(after(ours, "nothing-1", "{}") == Told{});
  ours.containers.at("nothing-1").labels["landfast.declared"] =
      "logging.driver,logging.options.max-size,ulimits.nofile";
  CHECK(after(ours, "nothing-1", "{}") == Told{"logging.driver: json-file removed",
                                               "logging.options.max-size removed",
                                               "ulimits.nofile: 1:2 removed"});
  CHECK(after(stack, "local-1", R"({"logging":null})") == Told{"logging.driver: local removed"});
}

TEST_CASE("limits that this engine cannot set are not missed") {
  auto stack = stack_of("everything");
  stack.engine.memory_limit = stack.engine.cpu_quota = stack.engine.pids_limit = false;
  auto& host = stack.containers.at("app-1").host_config;
  host["Memory"] = host["MemorySwap"] = host["MemoryReservation"] = host["NanoCpus"] = 0;
  host["PidsLimit"] = nullptr;
  CHECK(after(stack, "app-1", "{}") == Told{});
  stack.engine.warnings = {"WARNING: No blkio weight support"};
  CHECK(after(stack, "app-1", R"({"blkio_config":{"weight":300}})") == Told{});
}

TEST_CASE("namespaces of another container go with its id") {
  auto stack = stack_of("namespaces");
  const auto old = stack.containers.at("base-1").id;
  stack.containers.at("base-1").id = std::string(64, '7');
  const auto found = after(stack, "dep-1", "{}");
  CHECK(found.size() == 3);
  for (const auto& text : found) CHECK(text.find("container:" + old) != std::string::npos);
}

TEST_CASE("a network attached by hand stays, one that the file gave up is told") {
  auto stack = stack_of("everything");
  auto& networks = stack.containers.at("app-1").networks;
  networks["edge"] = json::object{{"Aliases", json::array{"0123456789ab"}}};
  CHECK(after(stack, "app-1", "{}") == Told{});
  networks["proxy"] = json::object{{"Aliases", json::array{"app"}}};
  CHECK(after(stack, "app-1", "{}") == Told{"networks.proxy removed"});
  networks.erase("proxy");
  networks.erase("lfpeer_back");
  CHECK(after(stack, "app-1", "{}") == Told{"networks.lfpeer_back added"});
}

TEST_CASE("names of a generation and of older Compose versions are the serving name") {
  auto stack = stack_of("everything");
  auto& name = stack.containers.at("app-1").name;
  for (const std::string other : {"lfpeer-app-1.lf-7", "lfpeer-app-1.lf-was-7", "lfpeer_app_1",
                                  "0123456789ab_lfpeer-app-1"}) {
    CAPTURE(other);
    name = other;
    CHECK(after(stack, "app-1", "{}") == Told{});
  }
}
