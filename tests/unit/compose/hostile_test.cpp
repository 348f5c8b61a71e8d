// SPDX-License-Identifier: Apache-2.0
// Files that are made to cost memory: each ends with an error, and no load takes more than 64 MB.
#include <doctest/doctest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "map_files.h"

namespace {

std::atomic<std::size_t> live{0}, peak{0};

void* counted(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  const auto now = live += ::malloc_usable_size(memory);
  if (now > peak) peak = now;
  return memory;
}

void released(void* memory) {
  if (memory != nullptr) live -= ::malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

// Every allocation of the loader comes by here.
void* operator new(std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { released(memory); }
void operator delete(void* memory, std::size_t) noexcept { released(memory); }

namespace landfast {
namespace {

using Texts = std::map<std::string, std::string>;

constexpr std::size_t most_bytes = 64'000'000;
constexpr const char* app = "services: {a: {image: x}}\n";

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// `make(i)` for each i, one after the other.
std::string series(std::size_t count, const auto& make) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += make(std::to_string(i), std::to_string(i + 1));
  return out;
}

Texts one(std::string text) { return {{"/srv/app/compose.yaml", std::move(text)}}; }

/// What a load took at its peak, and whether it failed.
struct Outcome {
  std::size_t bytes = 0;
  bool failed = false;
  std::string text;
};

Outcome load_counted(Texts texts) {
  const test::MapFiles files(std::move(texts));
  const auto request = test::request_in_app();
  const std::size_t before = live;
  peak = before;
  const auto project = load(request, files);
  return {peak - before, !project.has_value(), project ? "" : project.error().text};
}

void refused(const char* name, Texts texts) {
  const auto outcome = load_counted(std::move(texts));
  CAPTURE(name);
  CHECK(outcome.failed);
  CHECK_MESSAGE(outcome.bytes < most_bytes, outcome.bytes << " bytes: " << outcome.text);
}

std::string alias_bomb() {
  std::string out = "x-a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  return out + series(12, [](const auto& i, const auto& next) {
           return "x-a" + next + ": &a" + next + " [" + repeated("*a" + i + ",", 9) + "]\n";
         });
}

Texts include_bomb() {
  Texts out = one("include: [i0.yaml, i0.yaml]\n" + std::string(app));
  for (int i = 0; i < 40; ++i) {
    const auto next = "i" + std::to_string(i + 1) + ".yaml";
    out["/srv/app/i" + std::to_string(i) + ".yaml"] = "include: [" + next + ", " + next + "]\n";
  }
  return out;
}

}  // namespace

TEST_CASE("large files are refused within the bounds") {
  refused("above 10 MiB", one(app + repeated("#", 11'000'000)));
  refused("ten million brackets", one(repeated("[", 10'000'000)));
  refused("a million items", one("x-a: [" + repeated("abcdefg,", 1'200'000) + "]\n"));
  refused("100,000 services", one("services:\n" + series(100'000, [](const auto& i, const auto&) {
                                    return "  s" + i + ": {image: x}\n";
                                  })));
  refused("100,000 unknown keys",
          one("services:\n  a:\n" + series(100'000, [](const auto& i, const auto&) {
                return "    imag" + i + ": x\n";
              })));
  refused("port ranges", one("services:\n  a:\n    image: x\n    ports:\n" +
                             repeated("      - 1-65535:1-65535\n", 20)));
}

/// A large .env that each of 20 nested includes hands on to the next.
Texts variables_of_nested_includes() {
  Texts out = one("include: [i0/compose.yaml]\n" + std::string(app));
  out["/srv/app/.env"] = "BIG=" + repeated("x", 1'000'000) + "\n";
  for (int i = 0; i < 20; ++i)
    out["/srv/app/i" + std::to_string(i) + "/compose.yaml"] =
        "include: [../i" + std::to_string(i + 1) + "/compose.yaml]\n";
  out["/srv/app/i20/compose.yaml"] = app;
  return out;
}

TEST_CASE("aliases, includes and extends that multiply are refused within the bounds") {
  refused("aliases", one(alias_bomb() + app));
  refused("includes", include_bomb());
  refused("variables", variables_of_nested_includes());
  refused("extends",
          one("services:\n  base:\n    image: x\n    environment:\n" +
              series(2000, [](const auto& i, const auto&) { return "      K" + i + ": v\n"; }) +
              series(2000, [](const auto& i, const auto&) {
                return "  s" + i + ": {extends: base}\n";
              })));
  refused("dependencies",
          one("services:\n" + series(1500, [](const auto& i, const auto&) {
                return "  s" + i + ": {image: x, depends_on: [" +
                       series(100, [](const auto& j, const auto&) { return "s" + j + ","; }) +
                       "]}\n";
              })));
}

TEST_CASE("variables that grow are refused within the bounds") {
  auto grows = one("services: {a: {image: x, env_file: big.env}}\n");
  grows["/srv/app/big.env"] = "K0=x\n" + series(100'000, [](const auto& i, const auto& next) {
                                return "K" + next + "=${K" + i + "}x\n";
                              });
  refused("an env file", std::move(grows));
  auto many = one("services:\n  a:\n    image: x\n    environment:\n" +
                  series(5000, [](const auto& i, const auto&) {
                    return "      K" + i + ": \"${V}${V}${V}\"\n";
                  }));
  many["/srv/app/.env"] = "V=" + repeated("x", 60'000) + "\n";
  refused("a long value, often", std::move(many));
  refused("nested", one("services: {a: {image: \"" + repeated("${A:-", 50'000) +
                        repeated("}", 50'000) + "\"}}\n"));
}

TEST_CASE("a large env file that many services name is kept once at most") {
  auto texts = one("services:\n" + series(200, [](const auto& i, const auto&) {
                     return "  s" + i + ": {image: x, env_file: big.env}\n";
                   }));
  texts["/srv/app/big.env"] = "A=1\n" + repeated("# " + std::string(98, '-') + "\n", 10'000);
  const auto outcome = load_counted(std::move(texts));
  CHECK_FALSE(outcome.failed);
  CHECK_MESSAGE(outcome.bytes < 20'000'000, outcome.bytes << " bytes");
}

TEST_CASE("at most a hundred errors are kept") {
  const auto project =
      test::load_text("services:\n" + series(12'000, [](const auto& i, const auto&) {
                        return "  s" + i + ": {imag: x, ports: [a:b]}\n";
                      }));
  REQUIRE_FALSE(project.has_value());
  CHECK(project.error().more.size() == 99);
}

}  // namespace landfast
