// SPDX-License-Identifier: Apache-2.0
// Containers: made, found, named, removed.
#include "base/tar_read.h"
#include "conformance/engine_suite.h"

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace landfast;
using namespace landfast::conformance;

ENGINE_CASE("facts name the version and what it can do") {
  const auto facts = bench.ok(engine.facts());
  CHECK_FALSE(facts.version.empty());
  CHECK(facts.api_version.starts_with("1."));
  CHECK(facts.os == "linux");
  CHECK_FALSE(facts.id.empty());
}

ENGINE_CASE("a new container is found by id and by name, created and never started") {
  const auto id = bench.create("web", program::obeys);
  const auto by_name = bench.inspect(bench.name("web"));
  CHECK(by_name.id == id);
  const auto c = bench.inspect(id);
  CHECK(c.name == bench.name("web"));
  CHECK(c.status == ContainerStatus::created);
  CHECK(c.exit_code == 0);
  CHECK(c.pid == 0);
  CHECK(c.started_at.starts_with("0001-01-01"));
  CHECK(c.image_ref == bench.world().image());
  CHECK(c.image_id == bench.ok(engine.image(bench.world().image())).id);
  CHECK(c.label("com.docker.compose.project") == bench.project());
  CHECK(c.health_log.empty());
}

ENGINE_CASE("what a create body leaves out comes from the image, what it says wins") {
  auto body = bench.body(program::obeys);
  body["Env"] = json::array{"COLOUR=green"};
  body["Labels"].as_object()["extra"] = "yes";
  const auto c = bench.inspect(bench.create("web", std::move(body)));
  CHECK(c.config.at("Env").as_array().size() == 2);  // with the image's PATH
  CHECK(c.config.at("Env").as_array()[0] == "COLOUR=green");
  CHECK(c.config.at("ExposedPorts").as_object().contains("8080/tcp"));
  CHECK(c.label("extra") == "yes");
  CHECK(c.host_config.at("NetworkMode") == "none");
  CHECK(c.host_config.at("ShmSize").to_number<int>() == 67108864);
}

ENGINE_CASE("a name is taken once: conflict") {
  bench.create("web", program::obeys);
  const auto error =
      bench.bad(engine.create_container(bench.name("web"), bench.body(program::obeys), ""));
  CHECK(error.code == Code::conflict);
  CHECK(error.text.find("is already in use") != std::string::npos);
}

ENGINE_CASE("a container of an image that is not there: not_found") {
  auto body = bench.body(program::obeys);
  body["Image"] = "landfast.invalid/none:1";
  CHECK(bench.bad(engine.create_container(bench.name("web"), body, "")).code == Code::not_found);
  CHECK(bench.bad(engine.container(bench.name("web"))).code == Code::not_found);
}

ENGINE_CASE("a list has the project's containers, all or those that run") {
  const auto stopped = bench.create("a", program::obeys);
  const auto running = bench.start("b", program::obeys);
  ContainerFilter filter;
  filter.project = bench.project();
  CHECK(bench.ok(engine.containers(filter)).size() == 2);
  filter.all = false;
  const auto up = bench.ok(engine.containers(filter));
  REQUIRE(up.size() == 1);
  CHECK(up[0].id == running);
  filter.brief = true;
  const auto brief = bench.ok(engine.containers(filter));
  REQUIRE(brief.size() == 1);
  const auto whole = bench.inspect(running);
  CHECK(brief[0].id == running);
  CHECK(brief[0].name == whole.name);
  CHECK(brief[0].image_id == whole.image_id);
  CHECK(brief[0].labels == whole.labels);
  CHECK(brief[0].status == ContainerStatus::running);
  CHECK(brief[0].networks.size() == whole.networks.size());
  CHECK(brief[0].mounts.size() == whole.mounts.size());
  filter.brief = false;
  filter.project = bench.project() + "-nobody";
  filter.all = true;
  CHECK(bench.ok(engine.containers(filter)).empty());
}

ENGINE_CASE("rename moves the name; a taken one is a conflict") {
  const auto a = bench.create("a", program::obeys);
  const auto b = bench.create("b", program::obeys);
  CHECK(bench.bad(engine.rename_container(a, bench.name("b"))).code == Code::conflict);
  bench.ok(engine.rename_container(b, bench.name("c")));
  CHECK(bench.inspect(bench.name("c")).id == b);
  CHECK(bench.bad(engine.container(bench.name("b"))).code == Code::not_found);
  bench.ok(engine.rename_container(a, bench.name("b")));
  CHECK(bench.bad(engine.rename_container(bench.name("nobody"), bench.name("d"))).code ==
        Code::not_found);
}

ENGINE_CASE("removing what runs is a conflict, by force it goes, twice is once") {
  const auto id = bench.start("web", program::deaf);
  CHECK(bench.bad(engine.remove_container(id, false, false)).code == Code::conflict);
  CHECK(bench.inspect(id).status == ContainerStatus::running);
  bench.ok(engine.remove_container(id, true, false));
  CHECK(bench.bad(engine.container(id)).code == Code::not_found);
  bench.ok(engine.remove_container(id, false, false));
  bench.ok(engine.remove_container(id, true, true));
}

namespace {

bool has_volume(Bench& bench, const std::string& name) {
  for (const auto& v : bench.ok(bench.engine().volumes()))
    if (v.name == name) return true;
  return false;
}

std::string only_volume(const Container& c) {
  REQUIRE(c.mounts.size() == 1);
  return c.mounts[0].as_object().at("Name").as_string().c_str();
}

json::object with_anonymous_volume(Bench& bench) {
  auto body = bench.body(program::obeys);
  body["Volumes"] = json::object{{"/inside", json::object{}}};
  return body;
}

json::object with_mount(Bench& bench, const std::string& volume) {
  auto body = bench.body(program::obeys);
  json::object mount{{"Type", "volume"}, {"Source", volume}, {"Target", "/inside"}};
  body["HostConfig"].as_object()["Mounts"] = json::array{mount};
  return body;
}

}  // namespace

ENGINE_CASE("an anonymous volume stays without v and goes with it") {
  const auto kept = bench.create("kept", with_anonymous_volume(bench));
  const auto kept_volume = only_volume(bench.inspect(kept));
  bench.ok(engine.remove_container(kept, false, false));
  CHECK(has_volume(bench, kept_volume));
  bench.ok(engine.remove_volume(kept_volume));

  const auto gone = bench.create("gone", with_anonymous_volume(bench));
  const auto gone_volume = only_volume(bench.inspect(gone));
  bench.ok(engine.remove_container(gone, false, true));
  CHECK_FALSE(has_volume(bench, gone_volume));
}

ENGINE_CASE("an inherited anonymous volume outlives its heir's removal with v") {
  const auto old = bench.create("old", with_anonymous_volume(bench));
  const auto volume = only_volume(bench.inspect(old));
  const auto heir = bench.create("heir", with_mount(bench, volume));
  CHECK(only_volume(bench.inspect(heir)) == volume);
  bench.ok(engine.remove_container(old, true, false));
  bench.ok(engine.remove_container(heir, true, true));
  CHECK(has_volume(bench, volume));
  bench.ok(engine.remove_volume(volume));
}

ENGINE_CASE("a named volume that is not there is made by create, and v leaves it alone") {
  const auto id = bench.create("web", with_mount(bench, bench.name("data")));
  CHECK(has_volume(bench, bench.name("data")));
  bench.ok(engine.remove_container(id, false, true));
  CHECK(has_volume(bench, bench.name("data")));
}

ENGINE_CASE("files are put into a created container") {
  const auto id = bench.create("web", program::prints_file);
  // One file, "given" with "hello\n", mode 0444, as ustar.
  std::string tar(1536, '\0');
  tar.replace(0, 5, "given");
  tar.replace(100, 7, "0000444");
  tar.replace(108, 7, "0000000");
  tar.replace(116, 7, "0000000");
  tar.replace(124, 11, "00000000006");
  tar.replace(136, 11, "00000000000");
  tar.replace(148, 8, "        ");
  tar[156] = '0';
  tar.replace(257, 5, "ustar");
  tar.replace(263, 2, "00");
  unsigned sum = 0;
  for (int i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[static_cast<std::size_t>(i)]);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  tar.replace(148, 6, digits);
  tar[154] = '\0';
  tar.replace(512, 6, "hello\n");
  bench.ok(engine.put_archive(id, "/tmp", tar));
  CHECK(bench.bad(engine.put_archive(bench.name("nobody"), "/tmp", tar)).code == Code::not_found);
  const auto back = read_tar(bench.ok(engine.get_archive(id, "/tmp/given", 1 << 20))).value();
  REQUIRE(back.size() == 1);
  CHECK(back[0].path == "given");
  CHECK(back[0].content == "hello\n");
  CHECK(bench.bad(engine.get_archive(id, "/tmp/none", 1 << 20)).code == Code::not_found);
  CHECK(bench.bad(engine.get_archive(id, "/tmp/given", 100)).code == Code::failed);
  bench.ok(engine.start_container(id));
  CHECK(bench.ok(engine.wait_container(id)) == 0);
  std::string text;
  LogRequest request;
  request.container = id;
  bench.ok(engine.logs(request, [&](const LogChunk& chunk) { text += chunk.bytes; }));
  CHECK(text == "hello\n");
}

ENGINE_CASE("a running container tells the names of its processes") {
  const auto id = bench.create("web", program::deaf);
  CHECK(bench.bad(engine.processes(id)).code == Code::conflict);
  bench.ok(engine.start_container(id));
  CHECK(bench.ok(engine.processes(id)) == std::vector<std::string>{"sleep"});
  CHECK(bench.bad(engine.processes(bench.name("nobody"))).code == Code::not_found);
}
