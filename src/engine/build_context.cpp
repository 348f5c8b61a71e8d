// SPDX-License-Identifier: Apache-2.0
#include "engine/build_context.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "engine/dockerignore.h"
#include "io/owned_fd.h"

namespace landfast {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_members = 1'000'000;

tl::unexpected<Error> unreadable(const std::string& path, int number) {
  return fail(number == ENOENT ? Code::not_found : Code::failed,
              fmt::format("cannot read {} of the build context: {}", path, std::strerror(number)),
              "correct it, or name it in .dockerignore");
}

/// Walks the folder.
class Walk {
 public:
  Walk(const Dockerignore& ignore, const std::vector<std::string>& keep, BuildContext& context)
      : ignore_(ignore), keep_(keep), context_(context) {}

  Status folder(const std::string& path, const std::string& name) {
    std::error_code error;
    fs::directory_iterator it(path, error);
    if (error) return unreadable(path, error.value());
    std::vector<std::string> names;
    for (; it != fs::directory_iterator(); it.increment(error))
      names.push_back(it->path().filename());
    if (error) return unreadable(path, error.value());
    std::sort(names.begin(), names.end());
    for (const auto& child : names)
      TRY_VOID(member(path + "/" + child, name.empty() ? child : name + "/" + child));
    return {};
  }

 private:
  Status member(const std::string& path, const std::string& name) {
    struct stat status {};
    const bool kept = std::find(keep_.begin(), keep_.end(), name) != keep_.end();
    const bool ignored = !kept && ignore_.ignores(name);
    if (::lstat(path.c_str(), &status) != 0) return ignored ? Status{} : unreadable(path, errno);
    if (S_ISDIR(status.st_mode)) {
      if (!ignored) add(path, TarEntry(name, TarEntry::Kind::directory), status);
      const bool below = !ignored || ignore_.has_exceptions() || keeps_below(name);
      return below ? folder(path, name) : Status{};
    }
    if (ignored) return {};
    if (S_ISREG(status.st_mode)) add(path, TarEntry(name), status);
    if (S_ISLNK(status.st_mode)) TRY_VOID(add_link(path, name, status));
    if (context_.members.size() > most_members)
      return fail(Code::invalid, "the build context has more than 1,000,000 files",
                  "name what the build does not need in .dockerignore");
    return {};
  }

  bool keeps_below(const std::string& name) const {
    return std::any_of(keep_.begin(), keep_.end(),
                       [&](const auto& kept) { return kept.starts_with(name + "/"); });
  }

  void add(const std::string& path, TarEntry entry, const struct stat& status) {
    entry.mode = status.st_mode & 07777;
    entry.mtime = status.st_mtim.tv_sec;
    if (entry.kind == TarEntry::Kind::file) entry.size = static_cast<std::uint64_t>(status.st_size);
    context_.bytes += entry.size;
    context_.members.push_back({path, std::move(entry)});
  }

  Status add_link(const std::string& path, const std::string& name, const struct stat& status) {
    std::error_code error;
    TarEntry entry(name, TarEntry::Kind::symlink);
    entry.link = fs::read_symlink(path, error);
    if (error) return unreadable(path, error.value());
    add(path, std::move(entry), status);
    return {};
  }

  const Dockerignore& ignore_;
  const std::vector<std::string>& keep_;
  BuildContext& context_;
};

/// The archive's bytes in pieces.
class Archive {
 public:
  explicit Archive(BuildContext context) : context_(std::move(context)) {}

  Result<std::string> next() {
    if (file_) return file_piece();
    if (member_ < context_.members.size()) return begin(context_.members[member_++]);
    if (extra_ < context_.extra.size()) {
      auto& [name, content] = context_.extra[extra_++];
      return TarWriter().add(TarEntry(name), content).without_end();
    }
    return std::exchange(ended_, true) ? std::string{} : tar_end();
  }

 private:
  Result<std::string> begin(const BuildContext::Member& member) {
    std::string header = tar_header(member.entry);
    if (member.entry.kind != TarEntry::Kind::file || member.entry.size == 0) return header;
    file_ = OwnedFd(::open(member.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file_) return unreadable(member.path, errno);
    left_ = size_ = member.entry.size;
    return header;
  }

  // The header has promised so many bytes: a file that shrinks meanwhile is filled with zeros.
  Result<std::string> file_piece() {
    constexpr std::uint64_t piece = 256 * 1024;
    std::string bytes(std::min(piece, left_), '\0');
    const ssize_t size = ::read(file_.get(), bytes.data(), bytes.size());
    if (size < 0) return unreadable(context_.members[member_ - 1].path, errno);
    if (size > 0) bytes.resize(static_cast<std::size_t>(size));
    left_ -= bytes.size();
    if (left_ != 0) return bytes;
    file_.reset();
    return bytes + tar_padding(size_);
  }

  BuildContext context_;
  std::size_t member_ = 0, extra_ = 0;
  OwnedFd file_;
  std::uint64_t left_ = 0, size_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<BuildContext> list_context(const std::string& folder, const std::string& dockerignore,
                                  const std::vector<std::string>& keep) {
  BuildContext context;
  const Dockerignore ignore(dockerignore);
  TRY_VOID(Walk(ignore, keep, context).folder(folder, ""));
  return context;
}

BodySource context_archive(BuildContext context) {
  auto archive = std::make_shared<Archive>(std::move(context));
  return [archive] { return archive->next(); };
}

}  // namespace landfast
