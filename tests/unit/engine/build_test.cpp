// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/build_arguments.h"
#include "engine/build_context.h"
#include "engine/build_log.h"
#include "engine/builder.h"
#include "engine/dockerignore.h"
#include "engine/json_read.h"
#include "io/process.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

using test::Scratch;
using Words = std::vector<std::string>;

TEST_CASE("globs as Go's filepath.Match, and **") {
  struct Row {
    const char *glob, *path;
    bool matches;
  };
  const Row rows[] = {
      {"a", "a", true},          {"a", "ab", false},
      {"*", "a.txt", true},      {"*", "a/b", false},
      {"*.txt", "a.txt", true},  {"?", "a", true},
      {"?", "/", false},         {"[a-c]x", "bx", true},
      {"[^a-c]x", "bx", false},  {"[^a-c]x", "dx", true},
      {"[x", "x", false},        {"\\*", "*", true},
      {"\\*", "a", false},       {"**", "a/b/c", true},
      {"**/x", "x", true},       {"**/x", "a/b/x", true},
      {"**/x", "ax", false},     {"a/**", "a/b/c", true},
      {"a/**/b", "a/b", true},   {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "a/xb", false}, {"**/*.go", "a/b.go", true},
      {"a*b*c", "aXbYc", true},  {"", "", true},
      {"", "a", false},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.glob));
    CAPTURE(std::string(row.path));
    CHECK(glob_matches(row.glob, row.path) == row.matches);
  }
  // Backtracking would never come to an end here.
  CHECK_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(4000, 'a')));
}

TEST_CASE("the last pattern of .dockerignore decides") {
  const Dockerignore ignore(
      "# comment\n\n  node_modules  \n/dist/\n*.log\n!keep.log\n"
      "docs/../tmp\n**/*.pem\n!certs/ca.pem\n");
  for (const char* path : {"node_modules", "node_modules/a/b", "dist", "dist/x", "a.log", "tmp",
                           "certs/key.pem", "key.pem"})
    CHECK(ignore.ignores(path));
  for (const char* path : {"src/node_modules", "keep.log", "sub/a.log", "certs/ca.pem", "docs"})
    CHECK_FALSE(ignore.ignores(path));
  CHECK(ignore.has_exceptions());
  CHECK_FALSE(Dockerignore("").ignores("a"));
}

std::string names_in(const BuildContext& context) {
  std::string archive;
  const auto source = context_archive(context);
  for (;;) {
    const auto piece = source().value();
    if (piece.empty()) break;
    archive += piece;
  }
  Loop loop;
  ProcessRequest request({"tar", "-tf", "-"});
  request.input = archive;
  const auto listed = loop.run(run_process(loop, std::move(request))).value();
  CHECK(listed.errors.empty());
  return listed.output;
}

TEST_CASE("a context is a tar archive without what is ignored") {
  const Scratch folder;
  std::filesystem::create_directories(folder.path("src/deep"));
  std::filesystem::create_directories(folder.path("node_modules/x"));
  std::ofstream(folder.path("Dockerfile")) << "FROM a\n";
  std::ofstream(folder.path("src/deep/large")) << std::string(700'000, 'x');
  std::ofstream(folder.path("src/empty"));
  std::ofstream(folder.path("node_modules/x/index.js")) << "x";
  REQUIRE(::symlink("deep/large", folder.path("src/link").c_str()) == 0);
  REQUIRE(::mkfifo(folder.path("src/pipe").c_str(), 0600) == 0);

  auto context = list_context(folder.path(), "node_modules\nDockerfile\n", {"Dockerfile"}).value();
  CHECK(context.bytes == 700'007);
  context.extra.emplace_back(".dockerfile.1", "FROM b\n");
  CHECK(names_in(context) ==
        "Dockerfile\nsrc/\nsrc/deep/\nsrc/deep/large\nsrc/empty\nsrc/link\n.dockerfile.1\n");
  const auto brought_back =
      list_context(folder.path(), "**\n!node_modules/x/index.js\n", {}).value();
  CHECK(names_in(brought_back) == "node_modules/x/index.js\n");
  CHECK(list_context(folder.path("none"), "", {}).error().code == Code::not_found);
}

TEST_CASE("a file that changes while it is sent leaves the archive whole") {
  const Scratch folder;
  std::ofstream(folder.path("a")) << std::string(1000, 'x');
  std::ofstream(folder.path("b")) << "b";
  const auto context = list_context(folder.path(), "", {}).value();
  std::ofstream(folder.path("a")) << "short";
  CHECK(names_in(context) == "a\nb\n");
  std::ofstream(folder.path("a")) << std::string(5000, 'y');
  CHECK(names_in(context) == "a\nb\n");
}

BuildRequest request(const char* build) {
  BuildRequest wanted;
  wanted.service = "app";
  wanted.tag = "shop-app";
  wanted.build = parse_object(build, "test").value();
  return wanted;
}

TEST_CASE("the CLI's command line; values of arguments are not in it") {
  const auto plan = read_build(request(R"({
      "context": "/srv/app", "dockerfile": "docker/Dockerfile", "target": "prod",
      "args": {"TOKEN": "s3cret", "FROM_ENV": null, "UNSET": null, "PATH": "/x"},
      "labels": {"a": "b"}, "extra_hosts": ["db=10.0.0.1"], "ssh": ["default"],
      "cache_from": ["a:1"], "network": "host", "no_cache": true, "tags": ["x:2"],
      "shm_size": "67108864", "additional_contexts": {"base": "/b"}})"),
                               {{"FROM_ENV", "yes"}});
  REQUIRE(plan);
  const auto command = build_command(*plan, "/usr/bin/docker", true, {{"PATH", "/usr/bin"}});
  CHECK(command.argv == Words{"/usr/bin/docker",
                              "build",
                              "--progress",
                              "plain",
                              "--load",
                              "--tag",
                              "shop-app",
                              "--tag",
                              "x:2",
                              "--target",
                              "prod",
                              "--network",
                              "host",
                              "--shm-size",
                              "67108864",
                              "--build-arg",
                              "FROM_ENV",
                              "--build-arg",
                              "PATH=/x",
                              "--build-arg",
                              "TOKEN",
                              "--label",
                              "a=b",
                              "--build-context",
                              "base=/b",
                              "--cache-from",
                              "a:1",
                              "--ssh",
                              "default",
                              "--add-host",
                              "db:10.0.0.1",
                              "--no-cache",
                              "--file",
                              "/srv/app/docker/Dockerfile",
                              "/srv/app"});
  CHECK(command.environment.at("TOKEN") == "s3cret");
  CHECK(command.environment.at("PATH") == "/usr/bin");
  CHECK(command.environment.at("DOCKER_BUILDKIT") == "1");
}

TEST_CASE("a build's secrets, limits and isolation; no value of a secret is in the command line") {
  auto wanted = request(R"({"context": "/srv", "isolation": "default",
      "ulimits": {"nproc": 65535, "nofile": {"soft": 1024, "hard": 2048}},
      "secrets": [{"source": "npm"}, {"source": "token", "target": "gh"}]})");
  wanted.secrets = {{"npm", "/srv/npmrc", {}}, {"gh", "", Secret("s3cret")}};
  const auto plan = read_build(wanted, {}).value();
  const auto command = build_command(plan, "docker", false, {});
  CHECK(command.argv == Words{"docker", "build", "--progress", "plain", "--tag", "shop-app",
                              "--isolation", "default", "--ulimit", "nofile=1024:2048", "--ulimit",
                              "nproc=65535", "--secret", "id=npm,src=/srv/npmrc", "--secret",
                              "id=gh,env=LANDFAST_BUILD_SECRET_1", "--file", "/srv/Dockerfile",
                              "/srv"});
  CHECK(command.environment.at("LANDFAST_BUILD_SECRET_1") == "s3cret");
  CHECK(beyond_classic(plan) == "build.secrets");
  wanted.secrets = {{"npm", "", {}}};
  CHECK(read_build(wanted, {}).error().path == "services.app.build.secrets");
  wanted.secrets = {{"a,b", "/x", {}}};
  CHECK(read_build(wanted, {}).error().text.find("a comma") != std::string::npos);
}

TEST_CASE("an inline Dockerfile goes through stdin, a remote context stays an address") {
  const auto inline_plan =
      read_build(request(R"({"context": "/srv", "dockerfile_inline": "FROM a"})"), {}).value();
  const auto command = build_command(inline_plan, "docker", false, {});
  CHECK(command.argv == Words{"docker", "build", "--progress", "plain", "--tag", "shop-app",
                              "--file", "-", "/srv"});
  CHECK(command.input == "FROM a");
  const auto remote =
      read_build(request(R"({"context": "https://example.org/a.git#main"})"), {}).value();
  CHECK(remote.remote());
  CHECK(remote.dockerfile_path().empty());
  CHECK(build_query(remote, "Dockerfile").find("remote=https%3A%2F%2Fexample.org") !=
        std::string::npos);
}

TEST_CASE("the engine's query") {
  const auto plan = read_build(request(R"({"context": "/srv", "args": ["A=1"], "target": "t",
      "extra_hosts": ["db=1.2.3.4", "c:5.6.7.8"], "pull": true})"),
                               {})
                        .value();
  CHECK(build_query(plan, "D") ==
        "/build?t=shop-app&dockerfile=D&rm=1&forcerm=1&target=t&buildargs=%7B%22A%22%3A%221%22%7D"
        "&extrahosts=db%3A1.2.3.4%2Cc%3A5.6.7.8&pull=1");
  CHECK(beyond_classic(plan).empty());
  const auto more = read_build(request(R"({"context": "/srv", "ssh": {"default": null}})"), {});
  CHECK(beyond_classic(more.value()) == "build.ssh");
}

TEST_CASE("a key that nobody reads is refused with its path") {
  const auto error = read_build(request(R"({"context": "/srv", "later": ["a"]})"), {}).error();
  CHECK(error.code == Code::unsupported);
  CHECK(error.path == "services.app.build.later");
  CHECK(read_build(request(R"({"context": "/srv", "later": [], "x-mine": 1})"), {}));
}

TEST_CASE("CLIs with BuildKit built in") {
  CHECK(has_builtin_buildkit("Docker version 20.10.24+dfsg1, build 297e128\n"));
  CHECK_FALSE(has_builtin_buildkit("Docker version 28.2.2, build e6534b4\n"));
  CHECK_FALSE(has_builtin_buildkit("Docker version 18.06.0, build 1\n"));
  CHECK_FALSE(has_builtin_buildkit("podman version 4.3.1\n"));
}

TEST_CASE("the log of a build gives lines, and the last ones as a trace") {
  Words seen;
  BuildLog log("a", [&](const ImageProgress& p) { seen.push_back(p.status); });
  log.take("#1 one\n#2 t");
  log.take("wo\r\n\n");
  CHECK(seen == Words{"#1 one", "#2 two"});
  for (int i = 0; i < 100; ++i) log.take("line\n");
  log.take("no end of line");
  const auto error = log.failure("app", "exit code 1");
  CHECK(error.text == "the build of service app failed: exit code 1");
  CHECK(error.trace.size() == 20);
  CHECK(error.trace.back() == "no end of line");
}

}  // namespace
}  // namespace landfast
