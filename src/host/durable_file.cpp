// SPDX-License-Identifier: Apache-2.0
#include "host/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/digest.h"
#include "io/owned_fd.h"

namespace landfast {
namespace {

tl::unexpected<Error> failed(const std::string& path, std::string_view what, int error) {
  Error e;
  e.code = error == ENOENT ? Code::not_found : Code::failed;
  e.text = fmt::format("{}: {}: {}", path, what, std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) e.hint = "Free some space, then try again.";
  return fail(std::move(e));
}

Status write_all(const std::string& path, int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed(path, "cannot write it", errno);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Status write_beside(const std::string& temporary, std::string_view bytes, mode_t mode) {
  const OwnedFd file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed(temporary, "cannot make it", errno);
  TRY_VOID(write_all(temporary, file.get(), bytes));
  if (::fchmod(file.get(), mode) != 0) return failed(temporary, "cannot set its mode", errno);
  if (::fsync(file.get()) != 0) return failed(temporary, "cannot make it durable", errno);
  return {};
}

Status sync_folder(const std::string& path) {
  const auto folder = path.substr(0, path.rfind('/'));
  const OwnedFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failed(folder, "cannot open it", errno);
  if (::fsync(fd.get()) != 0) return failed(folder, "cannot make it durable", errno);
  return {};
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t limit) {
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed(path, "cannot open it", errno);
  std::string bytes;
  while (bytes.size() < limit) {
    const auto had = bytes.size();
    bytes.resize(std::min(limit, had + 16'384));
    const auto size = ::read(file.get(), bytes.data() + had, bytes.size() - had);
    bytes.resize(had + (size > 0 ? static_cast<std::size_t>(size) : 0));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed(path, "cannot read it", errno);
    if (size == 0) break;
  }
  return bytes;
}

Status make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(path);
  if (errno == EEXIST) return {};
  return failed(path, "cannot make it", errno);
}

Status write_durably(const std::string& path, std::string_view bytes, mode_t mode) {
  const auto temporary = path + ".new-" + random_hex(8);
  auto status = write_beside(temporary, bytes, mode);
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = failed(path, "cannot put it in its place", errno);
  if (!status) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_folder(path);
}

}  // namespace landfast
