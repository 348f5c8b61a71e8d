// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "app/confirm.h"
#include "app/exit_status.h"
#include "app/root.h"
#include "app/surroundings.h"

using namespace landfast;

namespace {

Plan risky() {
  Plan plan;
  plan.hash = "0123456789abcdef";
  plan.risks = {"the container blog-old-1 is removed"};
  return plan;
}

}  // namespace

TEST_CASE("a plan is confirmed only where it risks something") {
  Plan harmless;
  CHECK(consent(harmless, {}).value() == Consent::given);
  CHECK(consent(risky(), {.can_ask = true}).value() == Consent::ask);
  CHECK(consent(risky(), {.yes = true}).value() == Consent::given);
}

TEST_CASE("on a pipe a risky plan needs --yes or its hash") {
  const auto refused = consent(risky(), {});
  REQUIRE(!refused);
  CHECK(exit_status(refused.error()) == ExitStatus::bad_usage);
  CHECK(refused.error().trace == risky().risks);
  CHECK(refused.error().hint.find("--plan 0123456789ab") != std::string::npos);
  CHECK(consent(risky(), {.plan_hash = "0123456789ab"}).value() == Consent::given);
}

TEST_CASE("--plan refuses any other plan, also a harmless one and with --yes") {
  CHECK(!consent(risky(), {.yes = true, .plan_hash = "ffffffffffff"}));
  CHECK(!consent(risky(), {.plan_hash = "0123"}));  // too short to mean one plan
  Plan harmless;
  harmless.hash = "ffff";
  CHECK(!consent(harmless, {.plan_hash = "0123456789ab"}));
}

TEST_CASE("only a yes is a yes") {
  for (const auto* yes : {"y", "Y\n", " yes\n", "YES"}) CHECK(says_yes(yes));
  for (const auto* no : {"", "\n", "n", "no", "yup", "ye"}) CHECK(!says_yes(no));
}

TEST_CASE("each kind of error has its exit code") {
  const auto code = [](Code c) {
    Error e;
    e.code = c;
    return static_cast<int>(exit_status(e));
  };
  CHECK(code(Code::failed) == 1);
  CHECK(code(Code::unavailable) == 1);
  CHECK(code(Code::timeout) == 1);
  CHECK(code(Code::invalid) == 2);
  CHECK(code(Code::cancelled) == 4);
  CHECK(code(Code::locked) == 5);
  CHECK(code(Code::stuck) == 6);
}

TEST_CASE("each end of a run has its exit code") {
  RunReport report;
  CHECK(exit_status(report) == ExitStatus::done);
  report.error.emplace();
  report.state = DeploymentState::undone;
  CHECK(exit_status(report) == ExitStatus::undone);
  report.state = DeploymentState::stuck;
  CHECK(exit_status(report) == ExitStatus::stuck);
  report.state = DeploymentState::planned;
  CHECK(exit_status(report) == ExitStatus::failed);
  report.error->code = Code::invalid;
  CHECK(exit_status(report) == ExitStatus::failed);
  report.error->code = Code::cancelled;
  CHECK(exit_status(report) == ExitStatus::undone);
}

TEST_CASE("a line to type is quoted for a shell") {
  CHECK(shell_line({"sudo", "landfast", "deploy"}) == "sudo landfast deploy");
  CHECK(shell_line({"a b", "", "it's", "$x"}) == R"('a b' '' 'it'\''s' '$x')");
}

TEST_CASE("colour needs a terminal that wants it") {
  CHECK(style_for(true, {}).colour);
  CHECK(!style_for(false, {}).colour);
  CHECK(!style_for(true, {{"NO_COLOR", "1"}}).colour);
  CHECK(style_for(true, {{"NO_COLOR", ""}}).colour);
  CHECK(!style_for(true, {{"TERM", "dumb"}}).colour);
}
