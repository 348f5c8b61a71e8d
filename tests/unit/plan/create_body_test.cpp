// SPDX-License-Identifier: Apache-2.0
#include "plan/create_body.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/digest.h"
#include "base/text.h"
#include "peer_body/canonical_project.h"

using namespace landfast;
namespace json = boost::json;

namespace {

const std::string fixtures = LANDFAST_SOURCE_DIR "/tests/peer_body/fixtures/";

bool says_nothing(const json::value& value) {
  if (value.is_null()) return true;
  if (const auto* flag = value.if_bool()) return !*flag;
  if (const auto* text = value.if_string()) return text->empty();
  if (const auto* array = value.if_array()) return array->empty();
  if (const auto* object = value.if_object()) return object->empty();
  return value.to_number<double>() == 0;
}

/// Lists whose order means nothing to the engine.
bool is_set(std::string_view key) {
  return key == "Env" || key == "Binds" || key == "Mounts" || key == "ExtraHosts" ||
         key == "Ulimits" || key == "VolumesFrom";
}

json::value plain(const json::value& value, std::string_view key = {}) {
  if (const auto* object = value.if_object()) {
    std::map<std::string, json::value> sorted;
    for (const auto& [name, item] : *object) {
      auto made = plain(item, name);
      const bool kept = name == "Cmd" || name == "Entrypoint" || name == "MaskedPaths" ||
                        name == "ReadonlyPaths" || name == "Init" || name == "Tmpfs" ||
                        key == "Tmpfs" || key == "Labels" || key == "ExposedPorts";
      if (!says_nothing(made) || (kept && !made.is_null())) sorted[std::string{name}] = made;
    }
    json::object out;
    for (auto& [name, item] : sorted) out[name] = std::move(item);
    return out;
  }
  const auto* array = value.if_array();
  if (!array) return value;
  std::vector<std::pair<std::string, json::value>> items;
  for (const auto& item : *array) {
    auto made = plain(item);
    auto text = json::serialize(made);
    items.emplace_back(std::move(text), std::move(made));
  }
  if (is_set(key)) {
    std::sort(items.begin(), items.end(), [](auto& a, auto& b) { return a.first < b.first; });
    items.erase(std::unique(items.begin(), items.end(),
                            [](auto& a, auto& b) { return a.first == b.first; }),
                items.end());
  }
  json::array out;
  for (auto& [text, item] : items) out.push_back(std::move(item));
  return out;
}

/// What Landfast leaves out or adds on purpose; each line is a decision.
json::value comparable(json::object body, bool peer, const std::string& api) {
  auto& labels = body["Labels"].as_object();
  auto dependencies = split(labels["com.docker.compose.depends_on"].as_string().c_str(), ',');
  std::sort(dependencies.begin(), dependencies.end());  // Compose's order is random
  labels["com.docker.compose.depends_on"] = join(dependencies, ",");
  labels.erase("com.docker.compose.version");               // the tool's own
  labels.erase("com.docker.compose.project.config_files");  // where the fixture lies
  for (const auto* own : {"landfast.declared", "landfast.files", "landfast.hooks"})
    labels.erase(own);
  // Compose 2.40.3 sometimes forgets it where several services have one image.
  if (says_nothing(labels["com.docker.compose.image"])) labels.erase("com.docker.compose.image");
  auto& host = body["HostConfig"].as_object();
  if (peer) {
    host.erase("ConsoleSize");
    if (api == "1.41") host.erase("Annotations");  // the engine ignores them before 1.43
    if (auto* networking = body.if_contains("NetworkingConfig"))
      for (auto& entry : networking->at("EndpointsConfig").as_object()) {
        entry.value().as_object().erase("IPAddress");  // IPAMConfig is what counts
        entry.value().as_object().erase("IPv6Gateway");
      }
    if (api == "1.41")
      if (auto* mounts = host.if_contains("Mounts"))
        for (auto& mount : mounts->as_array())
          if (auto* options = mount.as_object().if_contains("BindOptions"))
            options->as_object().erase("CreateMountpoint");  // unknown before 1.42
    if (auto* mounts = host.if_contains("Mounts"))
      for (auto& mount : mounts->as_array())
        if (auto* options = mount.as_object().if_contains("BindOptions"))
          if (api == "1.41") {
            options->as_object().erase("ReadOnlyNonRecursive");  // unknown before 1.44
            options->as_object().erase("ReadOnlyForceRecursive");
          }
  }
  return plain(body);
}

EngineFacts engine_of(const std::string& api) {
  EngineFacts out;
  out.api_version = api;
  out.os = "linux";
  return out;
}

struct Recorded {
  Project project;
  EngineFacts engine;
  json::object sent;
  std::map<std::string, std::string> ids;  ///< service → id, as record_engine.py makes it
};

Recorded recorded(const std::string& name, const std::string& api) {
  Recorded out;
  out.project = peer::project_of(peer::read_json(fixtures + name + ".config.json"));
  out.engine = engine_of(api);
  out.sent = peer::read_json(fixtures + name + ".sent-" + api + ".json").as_object();
  return out;
}

BodyContext context_of(const Recorded& in, const Service& service, const json::object& sent,
                       int number) {
  const auto& labels = sent.at("Labels").as_object();
  BodyContext out{.project = in.project,
                  .engine = in.engine,
                  .container_name = container_name(in.project, service, number),
                  .number = number,
                  .image = service.image,
                  .image_id = peer::text_of(labels, "com.docker.compose.image"),
                  .config_hash = labels.at("com.docker.compose.config-hash").as_string().c_str()};
  out.service_containers = in.ids;
  return out;
}

const json::object& sent_body(const Recorded& in, const std::string& name) {
  for (const auto& entry : in.sent.at("containers").as_array())
    if (entry.at("name").as_string() == name) return entry.at("body").as_object();
  throw std::runtime_error("nothing recorded for " + name);
}

}  // namespace

TEST_CASE("a body says what docker compose 2.40.3 sends") {
  struct Case {
    std::string fixture, api;
  };
  const std::vector<Case> cases = {{"everything", "1.41"},
                                   {"everything", "1.51"},
                                   {"newer", "1.51"},
                                   {"odd", "1.41"},
                                   {"odd", "1.51"}};
  for (const auto& [fixture, api] : cases) {
    auto in = recorded(fixture, api);
    for (const auto& [name, service] : in.project.services)
      in.ids[name] = sha256_hex(container_name(in.project, service, 1));
    for (const auto& [name, service] : in.project.services) {
      CAPTURE(fixture);
      CAPTURE(api);
      CAPTURE(name);
      const auto sent = sent_body(in, container_name(in.project, service, 1));
      const auto made = create_request(service, context_of(in, service, sent, 1));
      REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().text));
      auto ours = made->body;
      // Compose forgets :ro of volumes_from; the file's word is kept (create_body_host.cpp).
      if (auto* from = ours["HostConfig"].as_object().if_contains("VolumesFrom"))
        for (auto& entry : from->as_array())
          if (const std::string text = entry.as_string().c_str(); text.ends_with(":ro"))
            entry = text.substr(0, text.size() - 3);
      CHECK(json::serialize(comparable(ours, false, api)) ==
            json::serialize(comparable(sent, true, api)));
    }
  }
}

TEST_CASE("before API 1.44 further networks are connected one by one, as docker compose does") {
  const auto in = recorded("everything", "1.41");
  const auto& service = in.project.services.at("app");
  const auto sent = sent_body(in, "allattrs-app-1");
  const auto made = create_request(service, context_of(in, service, sent, 1));
  REQUIRE(made);
  const auto& connects = in.sent.at("connects").as_array();
  REQUIRE(made->connect.size() == connects.size());
  for (std::size_t i = 0; i < connects.size(); ++i) {
    CHECK(made->connect[i].network == connects[i].at("network").as_string().c_str());
    CHECK(json::serialize(plain(made->connect[i].endpoint)) ==
          json::serialize(plain(connects[i].at("endpoint"))));
  }
}

namespace {

Service service_with(const std::string& text, const std::string& name = "app") {
  return peer::service_of(name, json::parse(text).as_object(), "shop");
}

Result<CreateRequest> request_of(const std::string& text, const std::string& api = "1.51",
                                 BodyContext* context = nullptr) {
  static Project project;
  static EngineFacts engine;
  project = Project{};
  project.name = "shop";
  project.networks["default"] = {"default", "shop_default", false, {}, {}};
  project.volumes["data"] = {"data", "shop_data", false, "", {}, {}};
  project.secrets["file"] = {"file", "shop_file", false, "/srv/stack/f", {}, "d1", {}};
  project.secrets["env"] = {"env", "shop_env", false, "", Secret("hush"), "", {}};
  project.secrets["swarm"] = {"swarm", "swarm", true, "", {}, "", {}};
  engine = EngineFacts{};
  engine.api_version = api;
  BodyContext own{.project = project,
                  .engine = engine,
                  .container_name = "shop-app-1",
                  .image = "i",
                  .image_id = "sha256:1",
                  .config_hash = "h"};
  if (context) {
    own.mounted_files = context->mounted_files;
    own.inherited_anonymous_volumes = context->inherited_anonymous_volumes;
    own.one_off = context->one_off;
    own.restart_override = context->restart_override;
    own.extra_labels = context->extra_labels;
    project.seccomp_profiles = context->project.seccomp_profiles;
    engine.proxy_environment = context->engine.proxy_environment;
  }
  return create_request(service_with(text), own);
}

BodyContext blank() {
  static const Project project;
  static const EngineFacts engine;
  return BodyContext{.project = project, .engine = engine, .container_name = ""};
}

std::string host(const CreateRequest& request, std::string_view key) {
  const auto* value = request.body.at("HostConfig").as_object().if_contains(key);
  return value ? json::serialize(*value) : "";
}

}  // namespace

TEST_CASE("the restart policy of a file") {
  struct Case {
    std::string canonical, name;
    int count;
  };
  const std::vector<Case> cases = {
      {R"({})", "", 0},
      {R"({"restart":"no"})", "no", 0},
      {R"({"restart":"always"})", "always", 0},
      {R"({"restart":"unless-stopped"})", "unless-stopped", 0},
      {R"({"restart":"on-failure"})", "on-failure", 0},
      {R"({"restart":"on-failure:5"})", "on-failure", 5},
      {R"({"restart":"always","deploy":{"restart_policy":{"condition":"none"}}})", "no", 0},
      {R"({"deploy":{"restart_policy":{"condition":"any","max_attempts":3}}})", "always", 0},
      {R"({"deploy":{"restart_policy":{"condition":"on-failure","max_attempts":3}}})", "on-failure",
       3},
      {R"({"restart":"always","deploy":{"restart_policy":{}}})", "", 0},
  };
  for (const auto& one : cases) {
    CAPTURE(one.canonical);
    CHECK(restart_policy(service_with(one.canonical)) == RestartPolicy{one.name, one.count});
  }
}

TEST_CASE("a new container is created with no policy, and the request keeps the file's") {
  auto context = blank();
  context.restart_override = "no";
  const auto made = request_of(R"({"restart":"always"})", "1.51", &context);
  REQUIRE(made);
  CHECK(host(*made, "RestartPolicy") == R"({"Name":"no","MaximumRetryCount":0})");
  CHECK(made->restart_policy.name == "always");
}

TEST_CASE("a file-based secret is mounted from our copy, another one is put into the container") {
  auto context = blank();
  context.mounted_files["d1"] = "/var/lib/landfast/mounted/shop/d1";
  const auto made = request_of(
      R"({"secrets":[{"source":"file"},{"source":"env","target":"/etc/env","mode":"0400","uid":"7"}]})",
      "1.51", &context);
  REQUIRE(made);
  CHECK(host(*made, "Mounts") ==
        R"([{"Type":"bind","Source":"/var/lib/landfast/mounted/shop/d1",)"
        R"("Target":"/run/secrets/file","ReadOnly":true,"BindOptions":{}}])");
  REQUIRE(made->files.size() == 1);
  CHECK(made->files[0].target == "/etc/env");
  CHECK(made->files[0].mode == 0400);
  CHECK(made->files[0].uid == 7);
  CHECK(made->files[0].gid == 0);
  CHECK(made->files[0].content == Secret("hush"));
  CHECK(json::serialize(made->body).find("hush") == std::string::npos);
}

TEST_CASE("a read_only service gets content only as a mount") {
  const auto refused = request_of(R"({"read_only":true,"secrets":[{"source":"env"}]})");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("read_only") != std::string::npos);
  auto context = blank();
  context.mounted_files[sha256_hex("hush")] = "/copies/x";
  const auto made =
      request_of(R"({"read_only":true,"secrets":[{"source":"env"}]})", "1.51", &context);
  REQUIRE(made);
  CHECK(made->files.empty());
  CHECK(host(*made, "Mounts").find("/copies/x") != std::string::npos);
}

TEST_CASE("files to copy: those that are mounted, each content once") {
  Project project;
  project.secrets["file"] = {"file", "n", false, "/f", Secret("one"), "d1", {}};
  project.secrets["again"] = {"again", "n", false, "/g", Secret("one"), "d1", {}};
  project.secrets["unread"] = {"unread", "n", false, "/h", {}, "", {}};
  project.configs["inline"] = {"inline", "n", false, "", Secret("two"), "", {}};
  const std::string grants =
      R"("secrets":[{"source":"file"},{"source":"again"},{"source":"unread"}],)"
      R"("configs":[{"source":"inline"}]})";
  const auto plain = files_to_copy(project, service_with("{" + grants));
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].digest == "d1");
  CHECK(plain[0].content == Secret("one"));
  const auto read_only = files_to_copy(project, service_with(R"({"read_only":true,)" + grants));
  REQUIRE(read_only.size() == 2);
  CHECK(read_only[0].digest == sha256_hex("two"));
}

TEST_CASE("anonymous volumes of the old container go on, under the file's target or the image's") {
  auto context = blank();
  context.inherited_anonymous_volumes = {{"/data", "old1"}, {"/image", "old2"}};
  const auto made =
      request_of(R"({"volumes":[{"type":"volume","target":"/data"}]})", "1.51", &context);
  REQUIRE(made);
  CHECK(host(*made, "Mounts") == R"([{"Type":"volume","Target":"/data","Source":"old1"},)"
                                 R"({"Type":"volume","Source":"old2","Target":"/image"}])");
}

TEST_CASE("a one-off container publishes nothing and has no alias of its service") {
  auto context = blank();
  context.one_off = true;
  const auto made = request_of(
      R"({"networks":{"default":{"aliases":["www"]}},"ports":[{"target":80,"published":"80"}]})",
      "1.51", &context);
  REQUIRE(made);
  CHECK(host(*made, "PortBindings").empty());
  CHECK(made->body.at("Labels").at("com.docker.compose.oneoff").as_string() == "True");
  const auto& endpoint =
      made->body.at("NetworkingConfig").at("EndpointsConfig").at("shop_default").as_object();
  CHECK(json::serialize(endpoint.at("Aliases")) == R"(["shop-app-1"])");
}

TEST_CASE("the input of a one-off container ends with the caller's") {
  auto context = blank();
  const std::string open = R"({"stdin_open":true})";
  CHECK_FALSE(request_of(open, "1.51", &context)->body.contains("StdinOnce"));
  context.one_off = true;
  CHECK(request_of(open, "1.51", &context)->body.at("StdinOnce").as_bool());
  CHECK_FALSE(request_of("{}", "1.51", &context)->body.contains("StdinOnce"));
}

TEST_CASE("labels: the file's first, then Compose's, then ours") {
  auto context = blank();
  context.extra_labels = {{"landfast.deployment", "7"}};
  const auto made = request_of(
      R"({"labels":{"a":"b","com.docker.compose.project":"evil"},"ipc":"host"})", "1.51", &context);
  REQUIRE(made);
  const auto& labels = made->body.at("Labels");
  CHECK(labels.at("a").as_string() == "b");
  CHECK(labels.at("com.docker.compose.project").as_string() == "shop");
  CHECK(labels.at("landfast.deployment").as_string() == "7");
  CHECK(labels.at("landfast.declared").as_string() == "ipc");
}

TEST_CASE("durations, sizes and single precision as Compose has them") {
  struct Case {
    std::string grace;
    std::int64_t seconds;
  };
  for (const auto& [grace, seconds] :
       std::vector<Case>{{"10s", 10}, {"1m30s", 90}, {"1.5s", 1}, {"500ms", 0}, {"1h0m1s", 3601}}) {
    CAPTURE(grace);
    const auto made = request_of(R"({"stop_grace_period":")" + grace + "\"}");
    REQUIRE(made);
    CHECK(made->body.at("StopTimeout").as_int64() == seconds);
  }
  const auto made = request_of(R"({"cpus":0.1,"mem_limit":"67108864"})");
  REQUIRE(made);
  CHECK(host(*made, "NanoCpus") == "100000000");
  CHECK(host(*made, "Memory") == "67108864");
}

TEST_CASE("the client's proxies stand below the service's own environment") {
  const Project project;
  EngineFacts engine;
  engine.proxy_environment = {{"HTTP_PROXY", "http://p"}, {"NO_PROXY", "x"}};
  BodyContext context{.project = project, .engine = engine, .container_name = ""};
  const auto made =
      request_of(R"({"environment":{"NO_PROXY":"y","UNSET":null}})", "1.51", &context);
  REQUIRE(made);
  CHECK(json::serialize(made->body.at("Env")) == R"(["HTTP_PROXY=http://p","NO_PROXY=y","UNSET"])");
}

TEST_CASE("a seccomp profile is sent as its text") {
  Project project;
  project.seccomp_profiles["/srv/p.json"] = "{ \"a\" : 1 }";
  const EngineFacts engine;
  BodyContext context{.project = project, .engine = engine, .container_name = ""};
  const auto made = request_of(R"({"security_opt":["seccomp=/srv/p.json"]})", "1.51", &context);
  REQUIRE(made);
  CHECK(host(*made, "SecurityOpt") == R"(["seccomp={\"a\":1}"])");
}

TEST_CASE("what cannot be asked of an engine is refused with its place") {
  struct Case {
    std::string canonical, api;
    Code code;
    std::string says;
  };
  const std::vector<Case> cases = {
      {R"({"network_mode":"service:db"})", "1.51", Code::not_found, "network_mode: service \"db\""},
      {R"({"ipc":"service:db"})", "1.51", Code::not_found, "ipc: service \"db\""},
      {R"({"volumes_from":["db:ro"]})", "1.51", Code::not_found, "volumes_from: service \"db\""},
      {R"({"networks":{"nowhere":null}})", "1.51", Code::invalid, "\"nowhere\" is not defined"},
      {R"({"secrets":[{"source":"nothing"}]})", "1.51", Code::invalid, "is not defined"},
      {R"({"secrets":[{"source":"swarm"}]})", "1.51", Code::invalid, "external"},
      {R"({"security_opt":["seccomp=/p.json"]})", "1.51", Code::invalid, "could not be read"},
      {R"({"security_opt":["bogus"]})", "1.51", Code::invalid, "KEY=VALUE"},
      {R"({"healthcheck":{"start_interval":"1s"}})", "1.51", Code::invalid, "start_period"},
      {R"({"volumes":[{"type":"image","source":"i","target":"/i"}]})", "1.47", Code::unsupported,
       "Docker Engine 28"},
      {R"({"volumes":[{"type":"volume","source":"data","target":"/d","volume":{"subpath":"x"}}]})",
       "1.44", Code::unsupported, "Docker Engine 26"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.canonical);
    const auto made = request_of(one.canonical, one.api);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == one.code);
    CHECK(made.error().path == "services.app");
    CHECK(made.error().text.find(one.says) != std::string::npos);
  }
}

TEST_CASE("versions of the API compare by number") {
  const auto at = [](const std::string& have, std::string_view want) {
    EngineFacts engine;
    engine.api_version = have;
    return api_at_least(engine, want);
  };
  CHECK(at("1.44", "1.44"));
  CHECK(at("1.100", "1.44"));
  CHECK(at("2.0", "1.44"));
  CHECK_FALSE(at("1.9", "1.44"));
  CHECK_FALSE(at("1.41", "1.44"));
  CHECK_FALSE(at("", "1.41"));
}
