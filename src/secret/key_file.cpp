// SPDX-License-Identifier: Apache-2.0
#include "secret/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "io/file.h"

namespace landfast {
namespace {

Error key_error(std::string text) {
  Error e;
  e.text = std::move(text);
  e.hint =
      "Without this key no release can be opened: put it back from a backup of the state "
      "directory. Nothing was changed.";
  return e;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// Only this user may have been able to read or write it.
Status prove(const std::string& path, std::size_t size) {
  struct stat s {};
  if (::lstat(path.c_str(), &s) != 0)
    return fail(errno == ENOENT ? Code::not_found : Code::failed,
                fmt::format("the key {} cannot be read: {}", path, std::strerror(errno)));
  if (!S_ISREG(s.st_mode)) return fail(key_error(fmt::format("the key {} is no file", path)));
  if (s.st_uid != ::geteuid())
    return fail(key_error(fmt::format("the key {} belongs to user id {}, this is user id {}", path,
                                      s.st_uid, ::geteuid())));
  if ((s.st_mode & 077) != 0)
    return fail(key_error(
        fmt::format("other users can reach the key {} (mode {:04o})", path, s.st_mode & 07777)));
  if (static_cast<std::size_t>(s.st_size) != size)
    return fail(
        key_error(fmt::format("the key {} has {} bytes, a key has {}", path, s.st_size, size)));
  return {};
}

/// A link fails where the name is taken: the first of two makers wins, and no name ever stands for
/// half a key.
Status make(const std::string& path, std::size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  const auto fresh = fmt::format("{}.new-{}", path, random_hex(6));
  auto status = write_file(fresh, bytes, 0600);
  sodium_memzero(bytes.data(), bytes.size());
  if (status && ::link(fresh.c_str(), path.c_str()) != 0 && errno != EEXIST)
    status = fail(Code::failed,
                  fmt::format("the key {} cannot be made: {}", path, std::strerror(errno)));
  ::unlink(fresh.c_str());
  if (!status) return status;
  return sync_folder(folder_of(path));
}

}  // namespace

Result<Secret> key_from_file(const std::string& path, std::size_t size) {
  auto proven = prove(path, size);
  if (!proven && proven.error().code == Code::not_found) {
    TRY_VOID(make(path, size));
    proven = prove(path, size);
  }
  TRY_VOID(std::move(proven));
  TRY(auto bytes, read_file(path, size, Links::refuse));
  return Secret(std::move(bytes));
}

}  // namespace landfast
