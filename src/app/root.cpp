// SPDX-License-Identifier: Apache-2.0
#include "app/root.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.h"

namespace landfast {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// Runs a command with nothing to read and nothing to see; true where it ends with 0.
bool succeeds(std::vector<std::string> words) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  pid_t child = 0;
  const auto argv = pointers(words);
  const int failed = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return false;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::string own_path() {
  constexpr const char* self = "/proc/self/exe";
  std::error_code error;
  const auto path = std::filesystem::read_symlink(self, error);
  return error || ::access(path.c_str(), X_OK) != 0 ? std::string(self) : path.string();
}

bool is_rootless_engine(const std::string& socket_path) {
  struct stat facts {};
  return ::geteuid() != 0 && !socket_path.empty() && ::stat(socket_path.c_str(), &facts) == 0 &&
         facts.st_uid == ::geteuid();
}

std::string shell_line(const std::vector<std::string>& words) {
  static constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

Status become_root(const Surroundings& around, const std::string& socket_path,
                   const std::vector<std::string>& arguments) {
  if (around.root || around.environment.contains("LANDFAST_STATE_DIR") ||
      is_rootless_engine(socket_path))
    return {};
  const auto self = own_path();
  // The probe proves that sudo neither asks nor refuses; -E keeps the variables that compose files
  // name, where sudo's rules allow it.
  for (const bool keep_environment : {true, false}) {
    std::vector<std::string> sudo{"sudo", "-n"};
    if (keep_environment) sudo.emplace_back("-E");
    auto probe = sudo;
    probe.insert(probe.end(), {self, "--version"});
    if (!succeeds(std::move(probe))) continue;
    sudo.push_back(self);
    sudo.insert(sudo.end(), arguments.begin(), arguments.end());
    const auto argv = pointers(sudo);
    ::execvp(argv[0], argv.data());
  }
  auto line = arguments;
  line.insert(line.begin(), {"sudo", "landfast"});
  return fail(
      Code::invalid,
      "the state of landfast belongs to root, and so does the engine: this user is not root",
      "type: " + printable(shell_line(line)));
}

}  // namespace landfast
