// SPDX-License-Identifier: Apache-2.0
#include "host/local_deployment_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>

#include "conformance/deployment_files_suite.h"
#include "io/file.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

struct Owner {
  std::unique_ptr<test::Scratch> state = std::make_unique<test::Scratch>();
  LocalDeploymentFiles own{state->path()};
  DeploymentFiles& files() { return own; }
};

unsigned mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(::stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

TEST_CASE("deployment files on the disk: conformance") {
  conformance::deployment_files_suite([] { return Owner(); });
}

TEST_CASE("deployment files are closed to other users") {
  Owner owner;
  REQUIRE(owner.own.keep_inputs("blog", 3, "x"));
  REQUIRE(owner.own.keep_log(3, {"blog-web-1", "x"}));
  for (const auto* folder : {"releases", "releases/blog", "deployments", "deployments/3"})
    CHECK(mode_of(owner.state->path(folder)) == 0700);
  CHECK(mode_of(owner.state->path("releases/blog/3")) == 0600);
  CHECK(mode_of(owner.state->path("deployments/3/blog-web-1.log")) == 0600);
}

TEST_CASE("names that could lead elsewhere are refused, files of others are left alone") {
  Owner owner;
  CHECK(owner.own.keep_inputs("../blog", 3, "x").error().code == Code::invalid);
  CHECK(owner.own.keep_log(3, {"../web", "x"}).error().code == Code::invalid);
  CHECK(owner.own.keep_log(3, {"", "x"}).error().code == Code::invalid);
  REQUIRE(owner.own.keep_inputs("blog", 3, "x"));
  REQUIRE(owner.own.keep_log(3, {"blog-web-1", "x"}));
  REQUIRE(write_file(owner.state->path("releases/blog/3.bak"), "mine", 0600));
  REQUIRE(write_file(owner.state->path("deployments/3/notes"), "mine", 0600));
  CHECK(owner.own.kept_inputs("blog").value().size() == 1);
  REQUIRE(owner.own.drop_old_logs(0));
  CHECK(std::filesystem::exists(owner.state->path("deployments/3/notes")));
  CHECK_FALSE(std::filesystem::exists(owner.state->path("deployments/3/blog-web-1.log")));
}

}  // namespace
}  // namespace landfast
