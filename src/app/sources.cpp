// SPDX-License-Identifier: Apache-2.0
#include "app/sources.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "io/file.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> too_large(const std::string& what, std::size_t limit) {
  return fail(Code::invalid, fmt::format("{} is larger than {}", what, human_bytes(limit)));
}

Result<std::string> read_to_end(int fd, const std::string& what, std::size_t limit) {
  std::string bytes;
  char piece[65536];
  for (;;) {
    const auto size = ::read(fd, piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0)
      return fail(Code::invalid, fmt::format("cannot read {}: {}", what, std::strerror(errno)));
    if (size == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(size));
    if (bytes.size() > limit) return too_large(what, limit);
  }
}

/// A ref of a git directory: its own file, else its line in packed-refs.
std::string git_ref(const std::string& git, const std::string& ref, const Files& files) {
  if (const auto own = files.read(git + "/" + ref)) return std::string(trim(*own));
  const auto packed = files.read(git + "/packed-refs");
  if (!packed) return {};
  for (const auto& line : split(*packed, '\n'))
    if (line.ends_with(" " + ref) && line.size() > 40) return line.substr(0, line.find(' '));
  return {};
}

bool is_commit(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Result<std::string> read_standard_input(std::size_t limit) {
  return read_to_end(STDIN_FILENO, "standard input", limit);
}

Result<std::string> DiskFiles::read(const std::string& absolute_path) const {
  auto bytes = read_file(absolute_path, limit_);
  // For the user a file of theirs that cannot be read is a bad file, not a failed deployment.
  if (!bytes && bytes.error().code == Code::failed) bytes.error().code = Code::invalid;
  return bytes;
}

bool DiskFiles::exists(const std::string& absolute_path) const {
  std::error_code error;
  return fs::exists(absolute_path, error);
}

bool DiskFiles::is_directory(const std::string& absolute_path) const {
  std::error_code error;
  return fs::is_directory(absolute_path, error);
}

std::string DiskFiles::resolve_link(const std::string& absolute_path) const {
  std::error_code error;
  const auto path = fs::canonical(absolute_path, error);
  return error ? absolute_path : path.string();
}

std::string git_revision(const std::string& folder, const Files& files) {
  for (fs::path at = folder; !at.empty(); at = at.parent_path()) {
    const auto git = (at / ".git").string();
    if (const auto head = files.read(git + "/HEAD")) {
      const std::string text(trim(*head));
      const auto commit = text.starts_with("ref: ") ? git_ref(git, text.substr(5), files) : text;
      return is_commit(commit) ? commit : std::string{};
    }
    if (at == at.root_path()) break;
  }
  return {};
}

}  // namespace landfast
