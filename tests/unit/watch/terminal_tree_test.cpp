// SPDX-License-Identifier: Apache-2.0
#include "watch/terminal_tree.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/text.h"
#include "scenario.h"

using namespace landfast;
using namespace landfast::test;

namespace {

constexpr ScreenSize screen{.columns = 72, .rows = 24};

std::string shown(const Progress& progress, int at, ScreenSize size = screen) {
  return join(tree_rows(progress, size, ms(at), Style{}), "\n") + "\n";
}

Progress after_migration(const Story& story) {
  Progress p;
  p.apply(story.started());
  p.apply(story.on(EventKind::step_started, 0, 100));
  p.apply(story.on(EventKind::step_done, 0, 200));
  p.apply(story.on(EventKind::step_started, 1, 200));
  p.apply(story.on(EventKind::step_done, 1, 500, "exit code 0"));
  return p;
}

}  // namespace

TEST_CASE("the tree shows one line per service and what it waits for") {
  const Story story;
  Progress p;
  p.apply(story.started());
  p.apply(story.on(EventKind::step_started, 0, 100));
  CHECK(shown(p, 1300) ==
        "imagion   release 4 → 5   migrate runs, app changes (image), tunnel re…\n"
        "\n"
        "  ✓ redis     unchanged\n"
        "  ● migrate   starting       1.2 s\n"
        "  ○ app       after migrate\n"
        "  ○ tunnel    after app\n");
}

TEST_CASE("what is waited for is told with the time since it began") {
  const Story story;
  auto p = after_migration(story);
  p.apply(story.on(EventKind::step_started, 2, 500));
  p.apply(story.on(EventKind::step_done, 2, 600));
  p.apply(story.on(EventKind::step_started, 3, 600));
  p.apply(story.on(EventKind::step_waiting, 3, 700, "health check: exit code 1"));
  const auto text = shown(p, 3500);
  CHECK(text.find("  ✓ migrate   exit code 0                0.4 s\n") != std::string::npos);
  CHECK(text.find("  ● app       health check: exit code 1  3.0 s\n") != std::string::npos);
  CHECK(text.find("  ○ tunnel    after app\n") != std::string::npos);
}

TEST_CASE("a finished run ends with the release and its time") {
  const Story story;
  auto p = after_migration(story);
  for (std::size_t i = 2; i < 5; ++i) {
    const int at = 500 + 100 * static_cast<int>(i);
    p.apply(story.on(EventKind::step_started, i, at));
    p.apply(story.on(EventKind::step_done, i, at + 100, i == 3 ? "healthy" : ""));
  }
  p.apply(story.done(2900, DeploymentState::committed));
  CHECK(shown(p, 2900) ==
        "imagion   release 4 → 5   migrate runs, app changes (image), tunnel re…\n"
        "\n"
        "  ✓ redis     unchanged\n"
        "  ✓ migrate   exit code 0  0.4 s\n"
        "  ✓ app       healthy      0.2 s\n"
        "  ✓ tunnel    restarted    0.1 s\n"
        "\n"
        "✓ release 5 in 2.9 s\n");
}

TEST_CASE("an undo is told with its reason and ends where it began") {
  const Story story;
  auto p = after_migration(story);
  Error error;
  error.text = "not healthy after 60 s";
  p.apply(story.on(EventKind::step_started, 3, 600));
  auto failed = story.on(EventKind::step_failed, 3, 800);
  failed.error = &error;
  p.apply(failed);
  Plan undo;
  undo.steps = {step("app", "restore", StepKind::restore_container)};
  auto begin = story.event(EventKind::undo_started, 900);
  begin.text = "app: not healthy after 60 s";
  begin.plan = &undo;
  p.apply(begin);
  CHECK(p.header() == "imagion   back to release 4   app: not healthy after 60 s");
  auto restore = story.event(EventKind::step_started, 900);
  restore.step = &undo.steps[0];
  p.apply(restore);
  CHECK(shown(p, 1000).find("● app       going back to the old container") != std::string::npos);
  restore.kind = EventKind::step_done;
  p.apply(restore);
  p.apply(story.done(1000, DeploymentState::undone, &error));
  CHECK(shown(p, 1000) ==
        "imagion   back to release 4   app: not healthy after 60 s\n"
        "\n"
        "  ✓ redis     unchanged\n"
        "  ✓ migrate   exit code 0             0.4 s\n"
        "  ✗ app       not healthy after 60 s  0.2 s\n"
        "  ✓ tunnel    as before\n"
        "\n"
        "✗ undone in 1.0 s   release 4 serves as before\n");
}

TEST_CASE("finished services are folded when the rows do not suffice") {
  Story story;
  story.plan.services.clear();
  for (int i = 0; i < 40; ++i) story.plan.services.push_back({.service = fmt::format("s{:02}", i)});
  story.plan.services.push_back({.service = "app", .change = ServiceChange::replaced});
  story.plan.steps = {step("app", "start", StepKind::start_container)};
  Progress p;
  p.apply(story.started());
  p.apply(story.on(EventKind::step_started, 0, 0));
  const auto rows = tree_rows(p, {.columns = 60, .rows = 12}, ms(0), Style{});
  CHECK(rows.size() <= 11);
  CHECK(shown(p, 0, {.columns = 60, .rows = 12}) ==
        "imagion   release 4 → 5   app changes\n"
        "\n"
        "  ● app       starting   0.0 s\n"
        "  ✓ 40 more   unchanged\n");
}

TEST_CASE("no row is wider than the screen, and none of its own escapes gets through") {
  Story story;
  story.plan.services[2].service = "app\x1b[2J";
  story.plan.steps[2].service = "app\x1b[2J";
  Progress p;
  p.apply(story.started());
  p.apply(story.on(EventKind::step_started, 2, 0));
  p.apply(story.on(EventKind::step_waiting, 2, 0, std::string(300, 'x') + "\x1b]0;evil\a"));
  for (const auto columns : {10U, 30U, 50U, 200U})
    for (const auto& row : tree_rows(p, {.columns = columns, .rows = 24}, ms(0), Style{})) {
      if (columns >= 30) CHECK(display_width(row) < columns);
      CHECK(row.find('\x1b') == std::string::npos);
      CHECK(row.find('\a') == std::string::npos);
    }
}

TEST_CASE("the live view is redrawn in place") {
  const Story story;
  std::string out;
  TerminalTree tree([&](std::string_view text) { out += text; }, Style{});
  tree.resize(screen);
  tree.on_event(story.started());
  CHECK(out.starts_with("imagion"));
  CHECK(out.ends_with("\x1b[K\n\x1b[J"));
  out.clear();
  SUBCASE("an event within a frame waits for the tick") {
    tree.on_event(story.on(EventKind::step_started, 0, 10));
    CHECK(out.empty());
    tree.tick(ms(100));
    CHECK(out.starts_with("\x1b[6A\r"));
  }
  SUBCASE("a narrower terminal has wrapped the old rows") {
    tree.resize({.columns = 40, .rows = 24});
    tree.tick(ms(100));
    CHECK(out.starts_with("\x1b[7A\r"));
  }
  SUBCASE("the end is drawn at once and nothing after it") {
    tree.on_event(story.done(10, DeploymentState::committed));
    CHECK(out.find("release 5 in 0.0 s") != std::string::npos);
    out.clear();
    tree.tick(ms(500));
    CHECK(out.empty());
  }
  SUBCASE("clear takes it off the screen") {
    tree.clear();
    CHECK(out == "\x1b[6A\r\x1b[J");
  }
}

TEST_CASE("steps that no plan announced are shown too") {
  Story story;
  story.plan.steps = {step("app", "pull", StepKind::pull_image)};
  story.plan.steps[0].name = "postgres:15";
  Progress p;
  p.apply(story.on(EventKind::step_started, 0, 0));
  auto progress = story.on(EventKind::step_progress, 0, 10, "Downloading");
  progress.current = 30 << 20;
  progress.total = 120 << 20;
  p.apply(progress);
  CHECK(shown(p, 1000) == "imagion\n\n  ● app   pulling postgres:15  25 % of 120.0 MiB  1.0 s\n");
}
