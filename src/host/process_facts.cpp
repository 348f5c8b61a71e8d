// SPDX-License-Identifier: Apache-2.0
#include "host/process_facts.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "base/text.h"
#include "host/durable_file.h"

namespace landfast {
namespace {

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> list;
  for (auto& word : split(line, ' '))
    if (!word.empty()) list.push_back(std::move(word));
  return list;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string proc_text(std::int64_t pid, std::string_view name) {
  return read_small_file(fmt::format("/proc/{}/{}", pid, name), 4096).value_or("");
}

}  // namespace

std::string start_time_of(std::string_view stat) {
  const auto close = stat.rfind(')');
  if (close == std::string_view::npos) return {};
  const auto fields = words(trim(stat.substr(close + 1)));  // from field 3 on
  return fields.size() > 19 ? fields[19] : std::string{};
}

std::string start_time(std::int64_t pid) { return start_time_of(proc_text(pid, "stat")); }

std::string process_name(std::int64_t pid) { return std::string(trim(proc_text(pid, "comm"))); }

std::vector<std::string> command_line(std::int64_t pid) {
  auto text = proc_text(pid, "cmdline");
  if (text.empty()) return {};
  if (text.back() == '\0') text.pop_back();
  return split(text, '\0');
}

std::string boot_id() {
  return std::string(trim(read_small_file("/proc/sys/kernel/random/boot_id", 128).value_or("")));
}

std::string acting_user() {
  const char* caller = std::getenv("SUDO_USER");
  if (caller != nullptr && *caller != '\0' && ::geteuid() == 0) return printable(caller);
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> space{};
  ::getpwuid_r(::geteuid(), &entry, space.data(), space.size(), &found);
  return found != nullptr ? printable(found->pw_name) : fmt::format("user id {}", ::geteuid());
}

std::optional<std::int64_t> flock_holder(std::string_view locks, std::uint64_t inode) {
  // 1: FLOCK  ADVISORY  WRITE 812 fe:01:1835037 0 EOF   ("1: ->" is one that waits)
  for (const auto& line : split(locks, '\n')) {
    const auto w = words(line);
    if (w.size() < 6 || w[1] != "FLOCK") continue;
    const auto colon = w[5].rfind(':');
    if (colon == std::string::npos) continue;
    if (number<std::uint64_t>(w[5].substr(colon + 1)) == inode) return number<std::int64_t>(w[4]);
  }
  return std::nullopt;
}

std::optional<std::int64_t> flock_holder(std::uint64_t inode) {
  constexpr std::size_t most = 1 << 20;
  return flock_holder(read_small_file("/proc/locks", most).value_or(""), inode);
}

}  // namespace landfast
