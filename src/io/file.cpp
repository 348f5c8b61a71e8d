// SPDX-License-Identifier: Apache-2.0
#include "io/file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "base/text.h"
#include "io/owned_fd.h"

namespace landfast {

namespace {

tl::unexpected<Error> file_error(const char* verb, const std::string& path) {
  const int number = errno;
  const Code code = number == ENOENT || number == ENOTDIR ? Code::not_found
                    : number == ELOOP                     ? Code::invalid
                    : number == EEXIST                    ? Code::conflict
                                                          : Code::failed;
  return fail(code, fmt::format("cannot {} {}: {}", verb, path, std::strerror(number)));
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return file_error("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Status write_new(const std::string& path, std::string_view bytes, mode_t mode) {
  const OwnedFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0600));
  if (!fd) return file_error("create", path);
  TRY_VOID(write_all(fd.get(), bytes, path));
  if (::fchmod(fd.get(), mode) != 0) return file_error("set the mode of", path);
  if (::fsync(fd.get()) != 0) return file_error("sync", path);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit, Links links) {
  // Without O_NONBLOCK a pipe without a writer would hold us here.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == Links::refuse ? O_NOFOLLOW : 0);
  const OwnedFd fd(::open(path.c_str(), flags));
  if (!fd) return file_error("read", path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return file_error("read", path);
  if (!S_ISREG(status.st_mode))
    return fail(Code::invalid, fmt::format("cannot read {}: it is not a regular file", path));
  std::string bytes;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return file_error("read", path);
    if (size == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    if (bytes.size() > limit)
      return fail(Code::invalid,
                  fmt::format("cannot read {}: it is larger than {}", path, human_bytes(limit)));
  }
}

Status write_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, random_hex(6));
  auto written = write_new(temporary, bytes, mode);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
    written = file_error("replace", path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_folder(folder_of(path));
}

Status create_file(const std::string& path, std::string_view bytes, mode_t mode) {
  auto written = write_new(path, bytes, mode);
  if (!written) {
    if (written.error().code != Code::conflict) ::unlink(path.c_str());
    return written;
  }
  return sync_folder(folder_of(path));
}

Status sync_folder(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return file_error("open", path);
  if (::fsync(fd.get()) != 0) return file_error("sync", path);
  return {};
}

}  // namespace landfast
