// SPDX-License-Identifier: Apache-2.0
#include "host/state_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/text.h"

namespace landfast {
namespace {

tl::unexpected<Error> failed(const std::string& path, std::string_view what, int error) {
  return fail(Code::failed,
              fmt::format("the state directory {}: {}: {}", path, what, std::strerror(error)));
}

Result<std::string> absolute(std::string path, std::string_view variable) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  bool clean = path.starts_with('/') && path.size() > 1;
  for (const auto& part : split(path, '/')) clean = clean && part != "..";
  if (clean) return path;
  return fail(Code::invalid, fmt::format("{} must be an absolute path without .., it is {}",
                                         variable, in_quotes(path)));
}

/// The folders above, from the root down.
std::vector<std::string> ancestors(const std::string& path) {
  std::vector<std::string> list{"/"};
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    list.push_back(path.substr(0, slash));
  return list;
}

/// A folder above that anybody may write lets anybody put another one in our place, unless sticky.
Status cannot_be_replaced(const std::string& path) {
  for (const auto& folder : ancestors(path)) {
    struct stat s {};
    if (::stat(folder.c_str(), &s) != 0) {
      if (errno != ENOENT) return failed(path, "cannot look at " + folder, errno);
      if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
        return failed(path, "cannot make " + folder, errno);
      continue;
    }
    if ((s.st_mode & S_IWOTH) != 0 && (s.st_mode & S_ISVTX) == 0)
      return fail(Code::failed,
                  fmt::format("the state directory {} could be replaced by any user: everybody "
                              "can write {}",
                              path, folder),
                  fmt::format("chmod o-w {}", folder));
  }
  return {};
}

Status prove(const std::string& path, int fd) {
  struct stat s {};
  if (::fstat(fd, &s) != 0) return failed(path, "cannot look at it", errno);
  if (s.st_uid != ::geteuid())
    return fail(Code::failed,
                fmt::format("the state directory {} belongs to user id {}, this is user id {}",
                            path, s.st_uid, ::geteuid()),
                s.st_uid == 0 ? "Run it as root: sudo landfast …" : "Run landfast as its owner.");
  if ((s.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(Code::failed,
                fmt::format("other users can write the state directory {} (mode {:04o}), so "
                            "nothing in it can be trusted",
                            path, s.st_mode & 07777),
                fmt::format("If you know what is in it: chmod 700 {}", path));
  if ((s.st_mode & 077) != 0 && ::fchmod(fd, 0700) != 0)
    return failed(path, "cannot close it to other users", errno);
  return {};
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

}  // namespace

StateDirInputs state_dir_inputs(bool rootless) {
  return {variable("LANDFAST_STATE_DIR"), variable("XDG_STATE_HOME"), variable("HOME"), rootless};
}

Result<std::string> state_dir_path(const StateDirInputs& in) {
  if (!in.landfast_state_dir.empty()) return absolute(in.landfast_state_dir, "LANDFAST_STATE_DIR");
  if (!in.rootless) return std::string("/var/lib/landfast");
  // The XDG base directory specification ignores a relative XDG_STATE_HOME.
  if (in.xdg_state_home.starts_with('/'))
    return absolute(in.xdg_state_home + "/landfast", "XDG_STATE_HOME");
  return absolute(in.home + "/.local/state/landfast", "HOME");
}

Status prepare_state_dir(const std::string& path) {
  TRY_VOID(cannot_be_replaced(path));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return failed(path, "cannot make it", errno);
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
    return fail(Code::failed, fmt::format("the state directory {} is not a directory", path));
  // A folder of another user may be closed to us: its owner is what has to be said.
  if (fd < 0 && errno == EACCES)
    return fail(Code::failed, fmt::format("the state directory {} is closed to this user", path),
                "Run it as root: sudo landfast …");
  if (fd < 0) return failed(path, "cannot open it", errno);
  auto status = prove(path, fd);
  ::close(fd);
  return status;
}

}  // namespace landfast
