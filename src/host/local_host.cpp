// SPDX-License-Identifier: Apache-2.0
#include "host/local_host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "host/durable_file.h"
#include "host/listening_ports.h"
#include "host/monotonic_clock.h"
#include "host/process_facts.h"
#include "host/stack_lock.h"
#include "host/watcher_process.h"
#include "io/owned_fd.h"

namespace landfast {
namespace {

constexpr off_t reserve_bytes = off_t{4} << 20;
constexpr const char* reserve_name = "reserve";

bool same_port(const PortHolder& a, const PortHolder& b) {
  return a.port == b.port && a.protocol == b.protocol && a.host_ip == b.host_ip;
}

Status valid_digest(const std::string& digest) {
  const bool hex = std::all_of(digest.begin(), digest.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (hex && digest.size() >= 32 && digest.size() <= 128) return {};
  return fail(Code::invalid, fmt::format("{} is not a digest in hex", landfast::in_quotes(digest)));
}

/// True when the file is there, whole and readable by any user of a container.
bool holds(const std::string& path, const std::string& bytes) {
  struct stat s {};
  if (::lstat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode) || (s.st_mode & 07777) != 0444)
    return false;
  const auto there = read_small_file(path, bytes.size() + 1);
  return there && *there == bytes;
}

}  // namespace

Result<std::uint64_t> LocalHost::free_disk(std::string path) {
  struct statvfs fs {};
  if (::statvfs(path.c_str(), &fs) != 0)
    return fail(errno == ENOENT ? Code::not_found : Code::failed,
                fmt::format("{}: cannot see how much is free: {}", path, std::strerror(errno)));
  return static_cast<std::uint64_t>(fs.f_bavail) * fs.f_frsize;
}

Result<std::uint64_t> LocalHost::free_memory() {
  constexpr std::string_view key = "MemAvailable:";
  TRY(const auto text, read_small_file("/proc/meminfo", 65'536));
  for (const auto& line : split(text, '\n')) {
    if (!line.starts_with(key)) continue;
    const auto rest = trim(std::string_view(line).substr(key.size()));
    std::uint64_t kib = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), kib).ec == std::errc{})
      return kib * 1024;
  }
  return fail(Code::unsupported, "/proc/meminfo does not say how much memory is available");
}

Result<std::vector<PortHolder>> LocalHost::listening_ports() {
  TRY(const auto sockets, listening_sockets());
  std::vector<PortHolder> ports;
  for (const auto& socket : sockets)
    if (ports.empty() || !same_port(ports.back(), socket.port)) ports.push_back(socket.port);
  return ports;
}

void LocalHost::name_holders(std::vector<PortHolder>& ports) {
  auto sockets = listening_sockets();
  if (!sockets || ports.empty()) return;
  std::erase_if(*sockets, [&ports](const auto& socket) {
    return std::none_of(ports.begin(), ports.end(),
                        [&](const auto& port) { return same_port(port, socket.port); });
  });
  name_processes(*sockets);
  for (auto& port : ports)
    for (const auto& socket : *sockets)
      if (port.holder.empty() && same_port(port, socket.port)) port.holder = socket.port.holder;
}

Result<std::string> LocalHost::folder(const std::string& name) {
  auto path = state_dir_ + "/" + name;
  TRY_VOID(make_private_folder(path));
  return path;
}

Result<std::unique_ptr<StackLock>> LocalHost::lock(std::string stack, LockOwner me) {
  TRY(const auto locks, folder("locks"));
  return take_stack_lock(locks, stack, me);
}

Task<Result<std::unique_ptr<StackLock>>> LocalHost::lock_when_free(std::string stack,
                                                                   LockOwner me) {
  CO_TRY(auto locks, folder("locks"));
  co_return co_await wait_for_stack_lock(loop_, std::move(locks), std::move(stack), std::move(me));
}

Result<std::unique_ptr<Watcher>> LocalHost::start_watcher(std::string stack) {
  TRY_VOID(valid_stack_name(stack));
  return start_watcher_process(watcher_, stack);
}

LockOwner LocalHost::self(std::string command) {
  LockOwner me;
  me.pid = ::getpid();
  me.start_time = start_time(me.pid);
  me.boot_id = boot_id();
  me.user = acting_user();
  me.command = std::move(command);
  me.since = rfc3339_utc(std::chrono::system_clock::now());
  return me;
}

StatePlace LocalHost::state_place() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) name[0] = '?';
  return {state_dir_, name.data()};
}

Status LocalHost::reserve_disk() {
  const auto path = state_dir_ + "/" + reserve_name;
  const OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  const int error = file ? ::posix_fallocate(file.get(), 0, reserve_bytes) : errno;
  if (error == 0) return {};
  return fail(Code::failed,
              fmt::format("{} cannot be set aside in {} for an undo: {}",
                          human_bytes(reserve_bytes), state_dir_, std::strerror(error)),
              "Free some space, then try again.");
}

void LocalHost::release_reserve() { ::unlink((state_dir_ + "/" + reserve_name).c_str()); }

Result<std::string> LocalHost::keep_mounted_file(std::string stack, std::string digest,
                                                 std::string bytes) {
  TRY_VOID(valid_stack_name(stack));
  TRY_VOID(valid_digest(digest));
  TRY_VOID(folder("mounted"));
  TRY(const auto home, folder("mounted/" + stack));
  auto path = home + "/" + digest;
  if (!holds(path, bytes)) TRY_VOID(write_durably(path, bytes, 0444));
  return path;
}

Result<Secret> LocalHost::mounted_file(std::string stack, std::string digest) {
  constexpr std::size_t limit = std::size_t{16} << 20;
  TRY_VOID(valid_stack_name(stack));
  TRY_VOID(valid_digest(digest));
  TRY(auto bytes,
      read_small_file(fmt::format("{}/mounted/{}/{}", state_dir_, stack, digest), limit));
  return Secret(std::move(bytes));
}

Status LocalHost::drop_mounted_files(std::string stack, std::vector<std::string> keep) {
  namespace fs = std::filesystem;
  TRY_VOID(valid_stack_name(stack));
  const fs::path home = state_dir_ + "/mounted/" + stack;
  std::error_code error;
  std::vector<fs::path> going;
  for (fs::directory_iterator it(home, error), end; !error && it != end; it.increment(error))
    if (std::find(keep.begin(), keep.end(), it->path().filename()) == keep.end())
      going.push_back(it->path());
  for (const auto& path : going)
    if (!error) fs::remove(path, error);
  if (!error && keep.empty()) fs::remove(home, error);
  if (!error || error == std::errc::no_such_file_or_directory) return {};
  return fail(Code::failed, fmt::format("{}: cannot remove copies of mounted files: {}",
                                        home.string(), error.message()));
}

}  // namespace landfast
