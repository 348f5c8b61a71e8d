// SPDX-License-Identifier: Apache-2.0
#include "engine/proc_net.h"

#include <charconv>
#include <string>
#include <vector>

#include "base/text.h"

namespace landfast {

namespace {

constexpr std::string_view listening = "0A";

// Addresses are printed as 32-bit words in the host's byte order, which is little endian here.
bool is_loopback(std::string_view address) {
  if (address.size() == 8) return address.substr(6) == "7F";
  if (address == "00000000000000000000000001000000") return true;
  constexpr std::string_view mapped = "0000000000000000FFFF0000";
  return address.starts_with(mapped) && address.substr(30) == "7F";
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> found;
  while (!(line = trim(line)).empty()) {
    const auto end = line.find_first_of(" \t");
    found.push_back(line.substr(0, end));
    line.remove_prefix(end == line.npos ? line.size() : end);
  }
  return found;
}

}  // namespace

bool listens_beyond_loopback(std::string_view table, std::uint16_t port) {
  while (!table.empty()) {
    const auto end = table.find('\n');
    const auto fields = words(table.substr(0, end));
    table.remove_prefix(end == table.npos ? table.size() : end + 1);
    if (fields.size() < 4 || fields[3] != listening) continue;
    const auto colon = fields[1].rfind(':');
    if (colon == std::string_view::npos) continue;
    const auto digits = fields[1].substr(colon + 1);
    std::uint16_t found = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), found, 16);
    if (parsed.ec != std::errc{} || found != port) continue;
    if (!is_loopback(fields[1].substr(0, colon))) return true;
  }
  return false;
}

}  // namespace landfast
