// SPDX-License-Identifier: Apache-2.0
#include "journal/journal_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace landfast::journal {
namespace {

tl::unexpected<Error> failed(const std::string& path, std::string_view what, int error) {
  return fail(Code::failed, fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

/// Up to 128 bytes of a small file, trimmed; "" where it cannot be read.
std::string read_line(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return {};
  std::array<char, 128> bytes{};
  const auto size = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  return size <= 0 ? std::string{}
                   : std::string(trim({bytes.data(), static_cast<std::size_t>(size)}));
}

std::string marker(const std::string& path) { return path + ".checked"; }

Status sync_folder_of(const std::string& path) {
  const auto folder = path.substr(0, path.rfind('/') + 1);
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed(path, "cannot open its folder", errno);
  const int rc = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (rc != 0) return failed(path, "cannot make it durable", error);
  return {};
}

Status prove(const std::string& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode))
    return fail(Code::failed, fmt::format("{} is not a regular file", path));
  if (file.st_uid != ::geteuid())
    return fail(Code::failed,
                fmt::format("{} belongs to user id {}, not to {}", path, file.st_uid, ::geteuid()),
                "Run landfast as its owner.");
  if ((file.st_mode & 077) != 0 && ::chmod(path.c_str(), 0600) != 0)
    return failed(path, "cannot close it to other users", errno);
  return {};
}

}  // namespace

Status prepare_file(const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) == 0) return prove(path, file);
  if (errno != ENOENT) return failed(path, "cannot look at it", errno);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return {};  // another process was first
  if (fd < 0) return failed(path, "cannot make it", errno);
  ::close(fd);
  return sync_folder_of(path);
}

bool needs_check(const std::string& path, const std::string& boot_id) {
  struct stat hot {};
  if (::stat((path + "-journal").c_str(), &hot) == 0 && hot.st_size > 0) return true;
  return boot_id.empty() || read_line(marker(path)) != boot_id;
}

void mark_checked(const std::string& path, const std::string& boot_id) {
  if (read_line(marker(path)) == boot_id) return;
  const int fd =
      ::open(marker(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return;
  [[maybe_unused]] const auto written = ::write(fd, boot_id.data(), boot_id.size());
  ::close(fd);
}

std::string boot_id() { return read_line("/proc/sys/kernel/random/boot_id"); }

}  // namespace landfast::journal
