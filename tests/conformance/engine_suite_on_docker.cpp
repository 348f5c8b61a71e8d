// SPDX-License-Identifier: Apache-2.0
// The suite on the Docker engine that answers here. Exit 0 with a warning where none does.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/engine_suite.h"
#include "engine/docker.h"
#include "engine/endpoint.h"
#include "io/loop.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace landfast::conformance {
namespace {

constexpr auto reference = "landfast/fixture:1";

/// Runs the docker CLI; true when it ended with 0.
bool docker(std::vector<std::string> words) {
  words.insert(words.begin(), "docker");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, "docker", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 1;
  return failed == 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

Result<std::string> no_files(const std::string& path) {
  return fail(Code::not_found, "no file " + path);
}

DockerEndpoint endpoint() { return choose_endpoint(process_environment(), "", no_files).value(); }

class DockerWorld : public EngineWorld {
 public:
  DockerWorld() : engine_(make_docker_engine(loop_, endpoint(), CredentialsSource{})) {}
  Engine& engine() override { return *engine_; }
  void drive(Task<void> task) override { loop_.run(finish(std::move(task))); }
  Task<Done> sleep(std::chrono::nanoseconds duration) override {
    return sleep_for(loop_, duration);
  }
  std::string image() override { return reference; }
  std::string disposable_image(const std::string& container) override {
    auto name = prefix() + "-disposable:1";
    REQUIRE(docker({"commit", container, name}));
    return name;
  }
  std::string prefix() override { return "lfsuite-" + std::to_string(getpid()); }

 private:
  static Task<Done> finish(Task<void> task) {
    co_await task;
    co_return Done{};
  }
  Loop loop_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

std::unique_ptr<EngineWorld> make_engine_world() {
  auto world = std::make_unique<DockerWorld>();
  if (!world->run(world->engine().facts())) return nullptr;
  if (!world->run(world->engine().image(reference))) return nullptr;
  return world;
}

}  // namespace landfast::conformance
