// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <ctime>

#include "app/history_text.h"
#include "app/log_lines.h"
#include "app/status_text.h"
#include "app/table.h"
#include "app/time_text.h"
#include "plan/names.h"

using namespace landfast;
namespace json = boost::json;

namespace {

struct Utc {
  Utc() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

const TimePoint noon = parse_rfc3339("2026-11-03T12:00:00Z").value();

Container container(const std::string& service, ContainerStatus status) {
  Container c;
  c.name = "imagion-" + service + "-1";
  c.labels = {{label::project, "imagion"}, {label::service, service}, {label::number, "1"}};
  c.image_ref = "landfast/" + service + ":1";
  c.status = status;
  c.started_at = "2026-11-03T09:56:59.123456789Z";
  c.finished_at = "2026-11-03T11:59:00Z";
  return c;
}

StackStatus imagion() {
  StackStatus s;
  s.name = "imagion";
  s.folder = "/srv/imagion";
  auto app = container("app", ContainerStatus::running);
  app.health = HealthStatus::healthy;
  app.published = json::object{
      {"3000/tcp", json::array{json::object{{"HostIp", "127.0.0.1"}, {"HostPort", "3000"}}}},
      {"80/tcp", json::array{json::object{{"HostIp", "0.0.0.0"}, {"HostPort", "8080"}},
                             json::object{{"HostIp", "::"}, {"HostPort", "8080"}}}},
      {"9000/tcp", nullptr}};
  auto worker = container("worker", ContainerStatus::exited);
  worker.exit_code = 137;
  worker.oom_killed = true;
  s.containers = {worker, app, container("migrate", ContainerStatus::exited)};
  s.missing = {"tunnel"};
  s.history.current = Release{.number = 5, .created = "2026-11-03T02:10:14.000Z", .user = "anna"};
  return s;
}

}  // namespace

TEST_CASE("status shows each container, what it does and since when") {
  const Utc utc;
  CHECK(status_text(imagion(), noon, 0, Style{}) ==
        "imagion   release 5   3 Nov 02:10 by anna   /srv/imagion\n"
        "\n"
        "  ✓ app      landfast/app:1      healthy                      2 h 3 min  "
        "127.0.0.1:3000→3000/tcp, 8080→80/tcp\n"
        "  ✓ migrate  landfast/migrate:1  ran to its end               60 s ago\n"
        "  ✗ worker   landfast/worker:1   exited (137), out of memory  60 s ago\n"
        "  ○ tunnel                       not deployed\n");
}

TEST_CASE("status fits the terminal") {
  const auto text = status_text(imagion(), noon, 40, Style{});
  for (std::size_t begin = text.find('\n') + 1; begin < text.size();) {
    const auto end = text.find('\n', begin);
    CHECK(display_width(text.substr(begin, end - begin)) <= 40);
    begin = end + 1;
  }
}

TEST_CASE("status says what was cut off and what is not ours") {
  auto s = imagion();
  s.history.current.reset();
  CHECK(status_text(s, noon, 0, Style{})
            .starts_with("imagion   not deployed by landfast   /srv/imagion\n"));
  s.history.unfinished = Deployment{.number = 7, .state = DeploymentState::rolling};
  CHECK(status_text(s, noon, 0, Style{})
            .ends_with("\n  deployment 7 was cut off while rolling: landfast recover\n"));
}

TEST_CASE("every state of a container has its word and symbol") {
  const auto check = [](ContainerStatus status, HealthStatus health, int code, const char* word,
                        LineState state) {
    auto c = container("app", status);
    c.health = health;
    c.exit_code = code;
    c.restart_policy.name = "always";
    CHECK(state_text(c, ran_to_its_end(c, std::nullopt)) == word);
    CHECK(line_state(c, ran_to_its_end(c, std::nullopt)) == state);
  };
  using enum ContainerStatus;
  check(running, HealthStatus::none, 0, "running", LineState::done);
  check(running, HealthStatus::starting, 0, "starting", LineState::active);
  check(running, HealthStatus::unhealthy, 0, "unhealthy", LineState::failed);
  check(exited, HealthStatus::none, 0, "exited (0)", LineState::failed);
  check(restarting, HealthStatus::none, 1, "restarting after exit 1", LineState::failed);
  check(paused, HealthStatus::none, 0, "paused", LineState::waiting);
  check(created, HealthStatus::none, 0, "created", LineState::waiting);
  check(dead, HealthStatus::none, 0, "dead", LineState::failed);
}

TEST_CASE("what landfast saw healthy at the commit is said, though the engine has not asked yet") {
  auto c = container("app", ContainerStatus::running);
  c.health = HealthStatus::starting;
  History history;
  history.current = Release{.number = 3, .created = "2026-11-21T12:00:05.100Z"};
  history.current->duration_ms = 4000;
  c.started_at = "2026-11-21T12:00:02.5Z";
  CHECK(seen_ready(c, history));
  CHECK(state_text(c, false, true) == "healthy (seen by landfast)");
  CHECK(line_state(c, false, true) == LineState::done);
  c.started_at = "2026-11-21T12:00:06Z";  // started again since, by somebody
  CHECK(!seen_ready(c, history));
  c.started_at = "2026-11-21T11:00:00Z";  // it ran before that deployment, which did not gate it
  CHECK(!seen_ready(c, history));
  c.started_at = "2026-11-21T12:00:02.5Z";
  c.health = HealthStatus::unhealthy;
  CHECK(!seen_ready(c, history));
  history.closed = true;
  c.health = HealthStatus::starting;
  CHECK(!seen_ready(c, history));
}

TEST_CASE("drift and neighbours stand below the containers") {
  auto s = imagion();
  s.drift = {"app: imagion-app-1: restart: no → always"};
  s.notes = {"wt (of no stack) uses the network imagion_front"};
  const auto text = status_text(s, noon, 0, Style{});
  CHECK(text.find("changed by others since; landfast deploy repairs it\n"
                  "    app: imagion-app-1: restart: no → always\n") != std::string::npos);
  CHECK(text.find("note: wt (of no stack)") != std::string::npos);
}

TEST_CASE("only a one-shot of the file has run to its end") {
  const auto c = container("app", ContainerStatus::exited);
  CHECK(ran_to_its_end(c, std::nullopt));
  CHECK(ran_to_its_end(c, std::set<std::string>{"app"}));
  CHECK(!ran_to_its_end(c, std::set<std::string>{"migrate"}));
  CHECK(state_text(c, false) == "exited (0)");
  auto failed = c;
  failed.exit_code = 1;
  CHECK(!ran_to_its_end(failed, std::set<std::string>{"app"}));
}

TEST_CASE("the list of stacks tells ours from others") {
  auto foreign = container("web", ContainerStatus::running);
  foreign.labels[label::project] = "blog";
  foreign.labels[label::working_dir] = "/srv/blog";
  auto containers = imagion().containers;
  containers.push_back(foreign);
  auto lines = stack_lines(containers, {{.name = "imagion", .working_dir = "/srv/imagion"},
                                        {.name = "old", .working_dir = "/srv/old"}});
  lines[1].release = 5;
  CHECK(stacks_text(lines, 0, Style{}) ==
        "  ✓ blog     1 of 1 running  not ours        /srv/blog\n"
        "  ✗ imagion  1 of 2 running  release 5       /srv/imagion\n"
        "  ○ old      nothing runs    no release yet  /srv/old\n");
  CHECK(json::serialize(stacks_json({lines[0]})) ==
        R"({"stacks":[{"stack":"blog","ours":false,"release":null,"folder":"/srv/blog",)"
        R"("containers":1,"running":1,"unhealthy":0}]})");
  CHECK(stacks_text({}, 0, Style{}) == "no compose stack on this engine\n");
}

TEST_CASE("history shows releases and what did not become one") {
  const Utc utc;
  const std::vector<Release> releases{{.number = 1,
                                       .deployment = 1,
                                       .created = "2025-12-31T23:59:00Z",
                                       .user = "root",
                                       .duration_ms = 2900,
                                       .git_revision = "0123456789abcdef",
                                       .cause = "app is new"}};
  const std::vector<Deployment> deployments{
      {.number = 1, .state = DeploymentState::committed, .started = "x"},
      {.number = 2,
       .state = DeploymentState::undone,
       .started = "2026-11-03T11:00:00Z",
       .finished = "2026-11-03T11:00:03Z",
       .user = "anna",
       .error = "app is not ready"},
      {.number = 3, .state = DeploymentState::rolling, .started = "2026-11-03T11:30:00Z"}};
  CHECK(history_text("blog", releases, deployments, {}, noon, 0, Style{}) ==
        "blog\n"
        "\n"
        "  ✗ deployment 3  3 Nov 11:30                                 "
        "cut off while rolling\n"
        "  ✗ deployment 2  3 Nov 11:00        anna  3.0 s              undone: app is not ready\n"
        "  ✓ release 1     31 Dec 2025 23:59  root  2.9 s  0123456789  app is new\n");
  CHECK(history_text("blog", {}, {}, {}, noon, 0, Style{}) == "blog  no deployment yet\n");
}

TEST_CASE("history says what each release changed, and a rollback what it was") {
  const Utc utc;
  Release one{.number = 1, .deployment = 1, .created = "2026-11-03T10:00:00Z", .user = "anna"};
  one.duration_ms = 2900;
  one.cause = "app created";
  one.services["app"] = {"app:1.4", "sha256:0123456789abcdef", "h1", ""};
  auto two = one;
  two.number = two.deployment = 2;
  two.services["app"].image_ref = "app:1.5";
  auto three = one;
  three.number = three.deployment = 3;
  three.origin = 1;
  const std::vector<Release> releases{three, two, one};
  const std::vector<Deployment> deployments{{.number = 1}, {.number = 2}, {.number = 3}};
  const VariableNames variables{{2, {"TAG"}}, {3, {"LEVEL", "TAG"}}};
  CHECK(history_text("blog", releases, deployments, variables, noon, 0, Style{}) ==
        "blog\n\n"
        "  ✓ release 3 (= 1)  3 Nov 10:00  anna  2.9 s  "
        "app: image app:1.5 → app:1.4; variables LEVEL, TAG\n"
        "  ✓ release 2        3 Nov 10:00  anna  2.9 s  "
        "app: image app:1.4 → app:1.5; variable TAG\n"
        "  ✓ release 1        3 Nov 10:00  anna  2.9 s  app created\n");
  CHECK(release_text(releases, two, variables, noon, 0, Style{}) ==
        "release 2   3 Nov 10:00 by anna   2.9 s\n"
        "app: image app:1.4 → app:1.5; variable TAG\n\n"
        "  ✓ app  app:1.5  0123456789ab\n");
  const auto object = release_json(releases, three, variables);
  CHECK(object.at("origin") == 1);
  CHECK(json::serialize(object.at("changes")) ==
        R"([{"service":"app","change":"image app:1.5 → app:1.4"}])");
}

TEST_CASE("times are read with fraction and zone, and nothing else is") {
  const auto utc = parse_rfc3339("2026-11-03T01:00:00.5Z");
  CHECK(utc == parse_rfc3339("2026-11-03T02:00:00.500000000+01:00"));
  CHECK(utc == parse_rfc3339("2026-11-02T20:30:00.5-04:30"));
  for (const auto* text : {"", "0001-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-03",
                           "2026-11-03T01:00:00", "2026-11-03T01:00:00+1:00", "yesterday"})
    CHECK(!parse_rfc3339(text));
  CHECK(age("2026-11-03T11:59:30Z", noon) == "30 s");
  CHECK(age("2026-11-03T12:00:30Z", noon) == "0 s");  // clocks differ
  CHECK(age("0001-01-01T00:00:00Z", noon).empty());
}

TEST_CASE("log pieces become lines") {
  std::vector<std::string> lines;
  LineSplitter splitter([&](std::string_view l) { lines.emplace_back(l); });
  splitter.feed("one\ntw");
  splitter.feed("o\r\n\nthree");
  CHECK(lines == std::vector<std::string>{"one", "two", ""});
  splitter.end();
  CHECK(lines.back() == "three");
  splitter.feed(std::string(200'000, 'x'));
  splitter.end();
  CHECK(lines.size() > 4);  // a line without end does not grow for ever
}

TEST_CASE("a log line keeps its colours and loses everything else") {
  CHECK(log_line_for_terminal("plain") == "plain");
  CHECK(log_line_for_terminal("a \x1b[1;31mred\x1b[0m b") == "a \x1b[1;31mred\x1b[0m b\x1b[0m");
  CHECK(log_line_for_terminal("\x1b]0;title\a") == "\uFFFD]0;title\uFFFD");
  CHECK(log_line_for_terminal("x\x1b[2Jy") == "x\uFFFD[2Jy");
  CHECK(log_prefix("app", 5, 0, Style{}) == "app   | ");
}
