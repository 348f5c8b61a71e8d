// SPDX-License-Identifier: Apache-2.0
// Events, logs, exec, images.
#include <algorithm>

#include "conformance/engine_suite.h"

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace landfast;
using namespace landfast::conformance;

namespace {

Task<Status> whole_life(Engine& engine, std::string name, json::object body) {
  CO_TRY(const auto id, co_await engine.create_container(name, std::move(body), ""));
  CO_TRY_VOID(co_await engine.start_container(id));
  CO_TRY_VOID(co_await engine.rename_container(id, name + "-new"));
  CO_TRY_VOID(co_await engine.stop_container(id, 20s));
  co_return co_await engine.remove_container(id, false, false);
}

struct Output {
  std::string out, err;
  std::size_t bytes = 0;
};

OnLog into(Output& output) {
  return [&output](const LogChunk& chunk) {
    (chunk.stream == LogChunk::Stream::err ? output.err : output.out) += chunk.bytes;
    output.bytes += chunk.bytes.size();
  };
}

ExecRequest command(const std::string& container, Argv argv) {
  ExecRequest request;
  request.container = container;
  request.command = std::move(argv);
  return request;
}

}  // namespace

ENGINE_CASE("events tell a container's life in order, to its own project only") {
  auto other = bench.body(program::obeys);
  other["Labels"].as_object()["com.docker.compose.project"] = bench.project() + "-other";
  const auto stranger = bench.ok(engine.create_container(bench.name("other"), other, ""));
  const auto events = bench.watch(whole_life(engine, bench.name("web"), bench.body(program::obeys)),
                                  seen("destroy"));
  CHECK(actions(events) ==
        std::vector<std::string>{"create", "start", "rename", "kill", "die 0", "stop", "destroy"});
  for (const auto& event : events) {
    CHECK(event.id == events[0].id);
    CHECK(event.attributes.at("com.docker.compose.project") == bench.project());
  }
  CHECK(events[0].attributes.at("name") == bench.name("web"));
  CHECK(events.back().attributes.at("name") == bench.name("web") + "-new");
  CHECK(events.back().time_nano >= events[0].time_nano);
  bench.ok(engine.remove_container(stranger, true, true));
}

ENGINE_CASE("logs keep the streams apart, the order, and the bounds asked for") {
  const auto id = bench.start("job", program::prints);
  REQUIRE(bench.ok(engine.wait_container(id)) == 0);
  LogRequest request;
  request.container = id;
  Output all;
  bench.ok(engine.logs(request, into(all)));
  CHECK(all.out == "one\ntwo\nthree\n");
  CHECK(all.err == "oops\n");
  request.tail = "1";
  Output last;
  bench.ok(engine.logs(request, into(last)));
  CHECK(last.bytes == std::max(last.out.size(), last.err.size()));  // one line, of one stream
  request.tail = "all";
  request.limit = 6;
  Output some;
  bench.ok(engine.logs(request, into(some)));
  CHECK(some.bytes == 6);
  request.container = bench.name("nobody");
  CHECK(bench.bad(engine.logs(request, into(some))).code == Code::not_found);
}

ENGINE_CASE("a followed log ends with its container") {
  const auto id = bench.start("job", {"sh", "-c", "echo early; sleep 0.3; exit 4"});
  LogRequest request;
  request.container = id;
  request.follow = true;
  Output all;
  bench.ok(engine.logs(request, into(all)));
  CHECK(all.out == "early\n");
  CHECK(bench.inspect(id).status == ContainerStatus::exited);
}

ENGINE_CASE("exec returns exit code and output; the output keeps its last bytes") {
  const auto id = bench.start("web", program::obeys);
  const auto three = bench.ok(engine.exec(command(id, {"sh", "-c", "exit 3"})));
  CHECK(three.exit_code == 3);
  CHECK(three.output.empty());
  auto long_winded = command(id, {"sh", "-c", "echo first; echo last"});
  CHECK(bench.ok(engine.exec(long_winded)).output == "first\nlast\n");
  long_winded.output_limit = 5;
  CHECK(bench.ok(engine.exec(long_winded)).output == "last\n");
}

ENGINE_CASE("exec in what does not run is a conflict, in nothing not_found") {
  const auto id = bench.create("web", program::obeys);
  CHECK(bench.bad(engine.exec(command(id, {"true"}))).code == Code::conflict);
  CHECK(bench.bad(engine.exec(command(bench.name("nobody"), {"true"}))).code == Code::not_found);
}

ENGINE_CASE("an image is found by reference and by id, with its config") {
  const auto image = bench.ok(engine.image(bench.world().image()));
  CHECK(image.id.starts_with("sha256:"));
  CHECK(image.os == "linux");
  CHECK(image.config.at("ExposedPorts").as_object().contains("8080/tcp"));
  CHECK(bench.ok(engine.image(image.id)).id == image.id);
  CHECK(std::find(image.tags.begin(), image.tags.end(), bench.world().image()) != image.tags.end());
  CHECK(bench.bad(engine.image("landfast.invalid/none:1")).code == Code::not_found);
}

ENGINE_CASE("a tag is one more name; removing it leaves the image") {
  const auto id = bench.ok(engine.image(bench.world().image())).id;
  const auto tag = bench.name("tagged") + ":9";
  bench.ok(engine.tag_image(id, tag));
  CHECK(bench.ok(engine.image(tag)).id == id);
  bench.ok(engine.tag_image(id, tag));
  bench.ok(engine.remove_image(tag));
  CHECK(bench.bad(engine.image(tag)).code == Code::not_found);
  CHECK(bench.ok(engine.image(id)).id == id);
  bench.ok(engine.remove_image(tag));
  CHECK(bench.bad(engine.tag_image("landfast.invalid/none:1", tag)).code == Code::not_found);
}

ENGINE_CASE("the last tag of an image in use stays; without a user it goes with the image") {
  const auto source = bench.create("source", program::obeys);
  const auto reference = bench.world().disposable_image(source);
  const auto image = bench.ok(engine.image(reference));
  auto body = bench.body(program::obeys);
  body["Image"] = reference;
  const auto user = bench.create("user", std::move(body));
  CHECK(bench.bad(engine.remove_image(reference)).code == Code::conflict);
  bench.ok(engine.remove_container(user, true, true));
  bench.ok(engine.remove_image(reference));
  CHECK(bench.bad(engine.image(image.id)).code == Code::not_found);
}

ENGINE_CASE("a pull of what no registry has fails and leaves nothing") {
  const auto error = bench.bad(engine.pull("127.0.0.1:1/landfast/none:1", "", {}));
  CHECK_FALSE(error.text.empty());
  CHECK(bench.bad(engine.image("127.0.0.1:1/landfast/none:1")).code == Code::not_found);
}
