// SPDX-License-Identifier: Apache-2.0
#include "edge/site_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "edge/caddy_config.h"
#include "io/owned_fd.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

constexpr const char* unfinished = ".new";
constexpr std::string_view leaving = ".gone-";

tl::unexpected<Error> failed(std::string_view what, const std::string& path, int error) {
  return fail(Code::failed, fmt::format("cannot {} {}: {}", what, path, std::strerror(error)));
}

bool is_root() { return ::geteuid() == 0; }

/// `data/site` under a path that nobody else can put something else in place of.
class Opened {
 public:
  static Result<Opened> open(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path, errno);
    OwnedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return failed("open", path, errno);
    if (is_root() && ::fchown(fd.get(), 0, edge_user) != 0) return failed("own", path, errno);
    if (::fchmod(fd.get(), is_root() ? 02750 : 0700) != 0)
      return failed("set the mode of", path, errno);
    return Opened(std::move(fd));
  }
  [[nodiscard]] std::string at(std::string_view name) const {
    return fmt::format("/proc/self/fd/{}/{}", fd_.get(), name);
  }
  [[nodiscard]] Status sync() const {
    if (::syncfs(fd_.get()) == 0) return {};
    return failed("write", "the files of a site to the disk", errno);
  }

 private:
  explicit Opened(OwnedFd fd) : fd_(std::move(fd)) {}
  OwnedFd fd_;
};

Status rename_to(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return failed("rename", from, errno);
}

/// The members below one folder; links come last, so nothing is written through one.
class Writer {
 public:
  explicit Writer(std::string root) : root_(std::move(root)) {}

  Status write(const std::vector<SiteMember>& members) {
    for (const auto& m : members)
      if (m.type == '5') TRY_VOID(folder(m));
    for (const auto& m : members)
      if (m.type == '0') TRY_VOID(file(m));
    for (const auto& m : members)
      if (m.type == '1') TRY_VOID(hard_link(m));
    for (const auto& m : members)
      if (m.type == '2' && ::symlink(m.link.c_str(), at(m.path).c_str()) != 0)
        return failed("link", m.path, errno);
    for (const auto& m : members)
      if (m.type == '2') TRY_VOID(check_link(m));
    return {};
  }

 private:
  [[nodiscard]] std::string at(const std::string& path) const {
    return path.empty() ? root_ : root_ + "/" + path;
  }

  Status folder(const SiteMember& m) {
    const auto path = at(m.path);
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", m.path, errno);
    if (::chmod(path.c_str(), is_root() ? 02750 : 0700) != 0)
      return failed("set the mode of", m.path, errno);
    return {};
  }

  Status file(const SiteMember& m) {
    constexpr auto flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const OwnedFd fd(::open(at(m.path).c_str(), flags, 0600));
    if (!fd) return failed("make", m.path, errno);
    if (::fchmod(fd.get(), is_root() ? 0640 : 0600) != 0)
      return failed("set the mode of", m.path, errno);
    auto left = m.content;
    while (!left.empty()) {
      const auto n = ::write(fd.get(), left.data(), left.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("write", m.path, errno);
      left.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }

  Status hard_link(const SiteMember& m) {
    if (::link(at(m.link).c_str(), at(m.path).c_str()) != 0) return failed("link", m.path, errno);
    return {};
  }

  [[nodiscard]] Status check_link(const SiteMember& m) const {
    std::error_code none;
    const auto root = fs::canonical(root_, none);
    const auto led = fs::canonical(at(m.path), none);
    if (!none && led.string().starts_with(root.string() + "/")) return {};
    return fail(Code::invalid,
                fmt::format("{} is a link that leads out of the folder", in_quotes(m.path)));
  }

  std::string root_;
};

}  // namespace

bool is_site_name(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool SiteFiles::has(const std::string& site) const {
  struct stat found {};
  const auto path = files_.data("site/" + site);
  return is_site_name(site) && ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

Status SiteFiles::add(const std::string& site, std::string_view tar) const {
  if (!is_site_name(site))
    return fail(Code::invalid, fmt::format("{} is no name of a site", in_quotes(site)));
  TRY(const auto members, site_members(tar));
  if (has(site)) return {};
  TRY(const auto opened, Opened::open(files_.data("site")));
  const auto beside = opened.at(unfinished);
  TRY_VOID(remove_tree(beside));  // a killed call has left it
  auto written = Writer(beside).write(members);
  if (written) written = opened.sync();
  if (written) written = rename_to(beside, opened.at(site));
  if (written) return opened.sync();
  TRY_VOID(remove_tree(beside));
  return written;
}

bool SiteFiles::is_used(const std::string& site) const {
  for (const auto& target : files_.targets())
    for (const auto slot : {SlotName::a, SlotName::b})
      if (files_.address(target, address_file(slot, 1)).value_or("") == site) return true;
  return false;
}

Status SiteFiles::drop_unused() const {
  struct stat found {};
  const auto path = files_.data("site");
  if (::lstat(path.c_str(), &found) != 0 && errno == ENOENT) return {};
  TRY(const auto opened, Opened::open(path));
  TRY_VOID(remove_tree(opened.at(unfinished)));
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(opened.at(""), error), end; !error && it != end;
       it.increment(error))
    names.push_back(it->path().filename());
  for (const auto& name : names) {
    const bool left = name.starts_with(leaving);
    const auto site = left ? name.substr(leaving.size()) : name;
    if (!left && is_used(site)) continue;
    // Out of the way first: a slot that is pointed to it meanwhile is seen now, or finds none.
    const auto gone = fmt::format("{}{}", leaving, site);
    if (!left) TRY_VOID(rename_to(opened.at(name), opened.at(gone)));
    if (is_used(site) && !has(site))
      TRY_VOID(rename_to(opened.at(gone), opened.at(site)));
    else
      TRY_VOID(remove_tree(opened.at(gone)));
  }
  return {};
}

}  // namespace landfast
