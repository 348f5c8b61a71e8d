// SPDX-License-Identifier: Apache-2.0
#include "host/listening_ports.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "base/text.h"
#include "host/durable_file.h"
#include "host/process_facts.h"

namespace landfast {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// An address as the kernel prints it: 32-bit words in the machine's order, as hex.
std::optional<std::string> address(std::string_view hex) {
  std::array<std::uint32_t, 4> words{};
  const auto count = hex.size() / 8;
  if (hex.size() % 8 != 0 || (count != 1 && count != 4)) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const auto word = number<std::uint32_t>(hex.substr(8 * i, 8), 16);
    if (!word) return std::nullopt;
    words.at(i) = *word;
  }
  const bool mapped = count == 4 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff);
  const bool any = std::all_of(words.begin(), words.end(), [](auto w) { return w == 0; });
  if (any) return std::string{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = count == 1 || mapped;
  ::inet_ntop(v4 ? AF_INET : AF_INET6, mapped ? &words[3] : words.data(), text.data(), text.size());
  return mapped && words[3] == 0 ? std::string{} : std::string(text.data());
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> list;
  for (auto& word : split(line, ' '))
    if (!word.empty()) list.push_back(std::move(word));
  return list;
}

/// sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …
std::optional<ListeningSocket> socket_of(std::string_view line, std::string_view protocol) {
  const auto w = words_of(line);
  if (w.size() < 10) return std::nullopt;
  const bool tcp = protocol == "tcp";
  if (w[3] != (tcp ? "0A" : "07")) return std::nullopt;  // TCP_LISTEN; UDP: TCP_CLOSE
  const auto colon = w[1].find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto ip = address(std::string_view(w[1]).substr(0, colon));
  const auto port = number<std::uint16_t>(std::string_view(w[1]).substr(colon + 1), 16);
  const auto inode = number<std::uint64_t>(w[9], 10);
  if (!ip || !port || *port == 0 || !inode) return std::nullopt;
  ListeningSocket socket;
  socket.port.host_ip = *ip;
  socket.port.port = *port;
  socket.port.protocol = protocol;
  socket.inode = *inode;
  return socket;
}

auto order(const ListeningSocket& s) {
  return std::tie(s.port.port, s.port.protocol, s.port.host_ip, s.inode);
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

/// The inode of "socket:[123]"; 0 for any other link.
std::uint64_t socket_inode(const std::string& link) {
  std::array<char, 64> target{};
  const auto size = ::readlink(link.c_str(), target.data(), target.size());
  if (size <= 0) return 0;
  std::string_view text(target.data(), static_cast<std::size_t>(size));
  constexpr std::string_view prefix = "socket:[";
  if (!text.starts_with(prefix) || !text.ends_with(']')) return 0;
  text = text.substr(prefix.size(), text.size() - prefix.size() - 1);
  return number<std::uint64_t>(text, 10).value_or(0);
}

void name_those_of(std::int64_t pid, std::multimap<std::uint64_t, ListeningSocket*>& nameless) {
  const auto path = fmt::format("/proc/{}/fd", pid);
  const Folder folder(::opendir(path.c_str()));
  if (!folder) return;
  while (const auto* entry = ::readdir(folder.get())) {
    const auto inode = socket_inode(path + "/" + entry->d_name);
    const auto [first, last] = nameless.equal_range(inode);
    if (inode == 0 || first == last) continue;
    const auto name = fmt::format("process {} (pid {})", printable(process_name(pid)), pid);
    for (auto it = first; it != last; ++it) it->second->port.holder = name;
    nameless.erase(first, last);
  }
}

}  // namespace

std::vector<ListeningSocket> listening_sockets(std::string_view table, std::string_view protocol) {
  std::vector<ListeningSocket> list;
  for (const auto& line : split(table, '\n'))
    if (auto socket = socket_of(line, protocol)) list.push_back(std::move(*socket));
  return list;
}

Result<std::vector<ListeningSocket>> listening_sockets() {
  constexpr std::size_t most = 16 << 20;  // of one table
  std::vector<ListeningSocket> all;
  for (const std::string name : {"tcp", "tcp6", "udp", "udp6"}) {
    const auto table = read_small_file("/proc/self/net/" + name, most);
    if (!table && table.error().code == Code::not_found) continue;  // no IPv6 here
    if (!table) return fail(wrap(table.error(), "cannot see which ports are taken"));
    auto some = listening_sockets(*table, name.substr(0, 3));
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return order(a) < order(b); });
  return all;
}

void name_processes(std::vector<ListeningSocket>& sockets) {
  std::multimap<std::uint64_t, ListeningSocket*> nameless;
  for (auto& socket : sockets) nameless.emplace(socket.inode, &socket);
  const Folder proc(::opendir("/proc"));
  if (!proc) return;
  while (const auto* entry = ::readdir(proc.get())) {
    if (nameless.empty()) return;
    if (const auto pid = number<std::int64_t>(entry->d_name, 10)) name_those_of(*pid, nameless);
  }
}

}  // namespace landfast
