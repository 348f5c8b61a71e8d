// SPDX-License-Identifier: Apache-2.0
#include "journal/sqlite_journal.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "conformance/journal_suite.h"
#include "io/loop.h"
#include "journal/schema.h"
#include "journal/sqlite.h"
#include "unit/scratch.h"

using namespace landfast;
using test::Scratch;

namespace {

JournalOptions options(const std::string& version = "0.1.0") {
  JournalOptions o;
  o.version = version;
  o.boot_id = "boot-1";
  return o;
}

struct Owner {
  explicit Owner(SimulatedClock& c) : clock(&c) {}
  SimulatedClock* clock;
  std::unique_ptr<Scratch> scratch = std::make_unique<Scratch>();
  std::unique_ptr<SqliteJournal> open;
  Journal& journal() {
    if (!open) open = SqliteJournal::open(scratch->path("journal.db"), *clock, options()).value();
    return *open;
  }
  Journal& reopened() {
    open.reset();
    return journal();
  }
};

unsigned mode_of(const std::string& path) {
  struct stat file {};
  REQUIRE(::lstat(path.c_str(), &file) == 0);
  return file.st_mode & 07777;
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

sqlite::Connection raw(const std::string& path) {
  return sqlite::Connection::open(path, std::chrono::milliseconds(50)).value();
}

}  // namespace

TEST_CASE("sqlite journal: conformance") {
  conformance::journal_suite([](SimulatedClock& clock) { return Owner(clock); });
}

TEST_CASE("sqlite journal: files are closed to other users") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  auto journal = SqliteJournal::open(path, clock, options()).value();
  conformance::JournalUser user{clock, *journal};
  user.begin("blog");
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(path + "-journal") == 0600);
  CHECK(mode_of(path + ".checked") == 0600);
  journal.reset();
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  journal = SqliteJournal::open(path, clock, options()).value();
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("sqlite journal: the settings that durability rests on") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  auto journal = SqliteJournal::open(path, clock, options()).value();
  conformance::JournalUser user{clock, *journal};
  user.begin("blog");
  // TRUNCATE keeps the rollback journal's file and empties it at each commit.
  CHECK(std::filesystem::file_size(path + "-journal") == 0);
  auto c = raw(path);
  CHECK(c.integer("PRAGMA application_id").value() == 0x4c464a31);
  CHECK(c.integer("SELECT count(*) FROM migration WHERE landfast = '0.1.0'").value() ==
        static_cast<std::int64_t>(journal::migrations().size()));
}

TEST_CASE("sqlite journal: a link or a folder in its place is refused") {
  const Scratch scratch;
  SimulatedClock clock;
  write_file(scratch.path("elsewhere"), "");
  std::filesystem::create_symlink(scratch.path("elsewhere"), scratch.path("journal.db"));
  auto journal = SqliteJournal::open(scratch.path("journal.db"), clock, options());
  REQUIRE_FALSE(journal);
  CHECK(journal.error().text == scratch.path("journal.db") + " is not a regular file");
  CHECK_FALSE(SqliteJournal::open(scratch.path("missing/journal.db"), clock, options()));
}

TEST_CASE("sqlite journal: a damaged file is refused with the next step and left as it is") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  SUBCASE("no database at all") { write_file(path, std::string(5000, 'x')); }
  SUBCASE("a database of something else") {
    write_file(path, "");
    REQUIRE(raw(path).script("CREATE TABLE other (id INTEGER)"));
  }
  SUBCASE("a page overwritten since the last boot") {
    {
      auto journal = SqliteJournal::open(path, clock, options()).value();
      conformance::JournalUser user{clock, *journal};
      user.begin("blog");
    }
    std::filesystem::remove(path + ".checked");
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(5 * 4096);
    file << std::string(4096, 'x');
  }
  const auto before = std::filesystem::file_size(path);
  const auto journal = SqliteJournal::open(path, clock, options());
  REQUIRE_FALSE(journal);
  CHECK(journal.error().code == Code::corrupt);
  CHECK(journal.error().text == "the journal " + path + " cannot be used");
  CHECK(journal.error().hint.find("not in this version yet") != std::string::npos);
  CHECK(journal.error().cause);
  CHECK(std::filesystem::file_size(path) == before);
}

TEST_CASE("sqlite journal: checked once per boot and after a writer that was cut off") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  const auto opens = [&](const std::string& boot) {
    auto o = options();
    o.boot_id = boot;
    return SqliteJournal::open(path, clock, o).has_value();
  };
  REQUIRE(opens("boot-1"));
  {
    // An index without its entries: only a check sees it.
    auto c = raw(path);
    REQUIRE(
        c.script("INSERT INTO stack (name, opened) VALUES ('a', '');"
                 "PRAGMA writable_schema = ON;"
                 "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema"
                 " WHERE name = 'inputs_stack') WHERE name = 'stack_name'"));
  }
  CHECK(opens("boot-1"));
  CHECK_FALSE(opens("boot-2"));
  CHECK(opens("boot-1"));
  write_file(path + "-journal", "what a killed writer leaves");
  CHECK_FALSE(opens("boot-1"));
}

TEST_CASE("sqlite journal: two connections write and see each other's facts") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  auto one = SqliteJournal::open(path, clock, options()).value();
  auto two = SqliteJournal::open(path, clock, options()).value();
  conformance::JournalUser a{clock, *one}, b{clock, *two};
  CHECK(a.begin("blog") == 1);
  CHECK(b.begin("shop") == 2);
  CHECK(a.intend(1, "x"));
  CHECK(b.intend(2, "y"));
  CHECK(a.commit(1).value() == 1);
  CHECK(b.history("blog").current->number == 1);
  CHECK(a.steps(2).size() == 1);
}

TEST_CASE("sqlite journal: several writers at once lose nothing") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  constexpr int writers = 4, facts = 25;
  std::array<int, writers> good{};
  {
    std::vector<std::jthread> threads;
    for (int w = 0; w < writers; ++w)
      threads.emplace_back([&, w] {
        SimulatedClock mine;
        auto journal = SqliteJournal::open(path, mine, options());
        if (!journal) return;
        conformance::JournalUser user{mine, **journal};
        const auto number = user.begin("stack-" + std::to_string(w));
        for (int i = 0; i < facts; ++i)
          good[static_cast<std::size_t>(w)] += user.intend(number, std::to_string(i)) ? 1 : 0;
      });
  }
  for (const auto g : good) CHECK(g == facts);
  auto c = raw(path);
  CHECK(c.integer("SELECT count(*) FROM step_intent").value() == writers * facts);
  CHECK(c.integer("SELECT count(DISTINCT number) FROM deployment").value() == writers);
}

TEST_CASE("sqlite journal: a holder that does not let go is an error that can be retried") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  auto o = options();
  o.busy = std::chrono::milliseconds(1);
  auto journal = SqliteJournal::open(path, clock, o).value();
  conformance::JournalUser user{clock, *journal};
  auto holder = raw(path);
  {
    auto held = sqlite::Transaction::begin(holder, sqlite::Transaction::Kind::write);
    REQUIRE(held);
    const auto refused = clock.run(user.try_begin("blog"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::locked);
    CHECK(refused.error().retryable);
    CHECK(refused.error().text.find("another landfast holds the journal") != std::string::npos);
  }
  CHECK(user.begin("blog") == 1);
}

TEST_CASE("sqlite journal: every table is append-only") {
  const Scratch scratch;
  SimulatedClock clock;
  const auto path = scratch.path("journal.db");
  auto journal = SqliteJournal::open(path, clock, options()).value();
  conformance::JournalUser user{clock, *journal};
  CHECK(clock.run(journal->remember_inputs(conformance::inputs_of("blog"))));
  CHECK(clock.run(journal->remember_volumes("blog", {"blog_db"})));
  user.begin("blog");
  CHECK(user.intend(1, "a"));
  CHECK(user.record(1, "a", StepOutcome::done));
  CHECK(user.commit(1, {{"migrate", "i", "m", 0}}));
  CHECK(clock.run(journal->close_stack("blog")));
  auto c = raw(path);
  std::vector<std::string> tables;
  {
    auto rows = c.query(
                     "SELECT name FROM sqlite_schema WHERE type = 'table'"
                     " AND name NOT LIKE 'sqlite%'")
                    .value();
    while (rows.next().value()) tables.push_back(rows.text(0));
  }
  CHECK(tables.size() == 13);
  for (const auto& table : tables) {
    INFO(table);
    CHECK(c.integer("SELECT count(*) FROM " + table).value() > 0);
    const auto deleted = c.execute("DELETE FROM " + table);
    REQUIRE_FALSE(deleted);
    CHECK(deleted.error().text.find("append-only") != std::string::npos);
    CHECK_FALSE(c.execute("UPDATE " + table + " SET rowid = rowid + 1"));
  }
}

namespace {

Task<void> step(Journal& journal, int i, int& good) {
  StepIntent intent;
  intent.deployment = 1;
  intent.step = std::to_string(i);
  if (co_await journal.intend(std::move(intent))) ++good;
}

Task<Done> many_steps(Journal& journal, int& good) {
  Deployment d;
  d.stack = "blog";
  const auto number = co_await journal.begin_deployment(std::move(d));
  CHECK(number.value() == 1);
  TaskGroup group;
  for (int i = 0; i < 50; ++i) group.spawn(step(journal, i, good));
  const auto missing = co_await journal.record(1, "never", StepOutcome::done, "");
  CHECK_FALSE(missing);  // its failure takes nothing of its batch with it
  co_await group.join();
  const auto steps = co_await journal.steps(1);
  CHECK(steps.value().size() == 50);
  for (std::size_t i = 0; i < 50; ++i) CHECK(steps.value()[i].intent.step == std::to_string(i));
  co_return Done{};
}

Task<Done> drop_a_writer(Journal& journal) {
  {
    int good = 0;
    TaskGroup dropped;
    dropped.spawn(step(journal, 100, good));
  }
  const auto steps = co_await journal.steps(1);
  CHECK(steps.has_value());
  co_return Done{};
}

}  // namespace

TEST_CASE("sqlite journal: on a loop, concurrent writes share transactions and keep their order") {
  const Scratch scratch;
  SimulatedClock clock;
  Loop loop;
  auto o = options();
  o.loop = &loop;
  auto journal = SqliteJournal::open(scratch.path("journal.db"), clock, o).value();
  int good = 0;
  loop.run(many_steps(*journal, good));
  CHECK(good == 50);
  loop.run(drop_a_writer(*journal));
}
