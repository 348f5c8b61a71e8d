// SPDX-License-Identifier: Apache-2.0
#include "io/spawn.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

extern char** environ;

namespace landfast {

std::vector<std::string> find_programs(std::string_view name, std::string_view path) {
  std::vector<std::string> found;
  for (const auto& folder : split(path, ':')) {
    if (!folder.starts_with('/')) continue;
    std::string candidate = fmt::format("{}/{}", folder, name);
    if (::access(candidate.c_str(), X_OK) == 0) found.push_back(std::move(candidate));
  }
  return found;
}

namespace {

struct Pipe {
  OwnedFd read, write;
};

// Never 0, 1 or 2: those are what the child's streams are moved to.
OwnedFd above_streams(int fd) {
  if (fd < 0 || fd > 2) return OwnedFd(fd);
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  ::close(fd);
  return OwnedFd(moved);
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(Code::failed, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  Pipe pipe;
  pipe.read = above_streams(ends[0]);
  pipe.write = above_streams(ends[1]);
  return pipe;
}

struct User {
  bool change = false;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

Result<User> find_user(const std::string& name) {
  User user;
  if (name.empty()) return user;
  const passwd* entry = ::getpwnam(name.c_str());
  if (!entry) return fail(Code::not_found, fmt::format("there is no user {}", in_quotes(name)));
  user.uid = entry->pw_uid;
  user.gid = entry->pw_gid;
  user.change = user.uid != ::geteuid();
  int count = 256;
  user.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(name.c_str(), user.gid, user.groups.data(), &count) < 0)
    return fail(Code::failed, fmt::format("user {} is in too many groups", in_quotes(name)));
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

/// All that the child needs, made before the fork: after it only async-signal-safe calls follow.
struct Child {
  std::string program;
  std::vector<std::string> environment_lines;
  std::vector<char*> argv, environment;
  std::string working_dir;
  User user;
  int input = -1, output = -1, errors = -1, report = -1;

  [[noreturn]] void die(int stage) const {
    const std::array<int, 2> what{stage, errno};
    (void)!::write(report, what.data(), sizeof what);
    ::_exit(127);
  }
  [[noreturn]] void run() const;
};

enum Stage : int { streams, folder, identity, image };

void Child::run() const {
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  for (int number = 1; number < NSIG; ++number)
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0) die(streams);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (user.change && (::setgroups(user.groups.size(), user.groups.data()) != 0 ||
                      ::setgid(user.gid) != 0 || ::setuid(user.uid) != 0))
    die(identity);
  if (!working_dir.empty() && ::chdir(working_dir.c_str()) != 0) die(folder);
  ::execve(program.c_str(), argv.data(), environment.data());
  die(image);
}

std::string path_of(const ProcessRequest& request) {
  if (request.environment) {
    const auto it = request.environment->find("PATH");
    if (it != request.environment->end()) return it->second;
  }
  const char* path = std::getenv("PATH");  // NOLINT: one thread reads and nobody writes it
  return path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

Result<Child> prepare(const ProcessRequest& request) {
  Child child;
  if (request.argv.empty()) return fail(Code::invalid, "no program to run");
  child.program = request.argv.front();
  if (child.program.find('/') == std::string::npos) {
    const auto found = find_programs(child.program, path_of(request));
    if (found.empty())
      return fail(Code::not_found, fmt::format("the program {} is not installed", child.program));
    child.program = found.front();
  }
  TRY(child.user, find_user(request.run_as));
  child.working_dir = request.working_dir;
  for (const auto& argument : request.argv)
    child.argv.push_back(const_cast<char*>(argument.c_str()));
  child.argv.push_back(nullptr);
  if (!request.environment) {
    for (char** entry = environ; entry && *entry; ++entry) child.environment.push_back(*entry);
  } else {
    for (const auto& [key, value] : *request.environment)
      child.environment_lines.push_back(fmt::format("{}={}", key, value));
    for (auto& line : child.environment_lines) child.environment.push_back(line.data());
  }
  child.environment.push_back(nullptr);
  return child;
}

// The pipe closes at exec; before that it carries why there was none.
Status read_report(int report, const Child& child) {
  std::array<int, 2> what{};
  ssize_t size = 0;
  do {
    size = ::read(report, what.data(), sizeof what);
  } while (size < 0 && errno == EINTR);
  if (size != sizeof what) return {};
  const std::string reason = std::strerror(what[1]);
  if (what[0] == folder)
    return fail(Code::not_found, fmt::format("cannot enter {}: {}", child.working_dir, reason));
  return fail(what[1] == ENOENT ? Code::not_found : Code::failed,
              fmt::format("cannot run {}: {}", child.program, reason));
}

/// In the first child: the second one is the program, and nobody's to wait for.
[[noreturn]] void run_detached(const Child& child) {
  ::setsid();
  const pid_t second = ::fork();
  if (second == 0) child.run();
  if (second < 0) child.die(streams);
  ::_exit(0);
}

}  // namespace

Result<OwnedFd> spawn_detached(const ProcessRequest& request) {
  TRY(auto child, prepare(request));
  TRY(auto in, make_pipe());
  TRY(auto report, make_pipe());
  const auto nowhere = above_streams(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  child.input = in.read.get();
  child.output = nowhere.get();
  child.errors = nowhere.get();
  child.report = report.write.get();
  const pid_t first = ::fork();
  if (first < 0)
    return fail(Code::failed, fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (first == 0) run_detached(child);
  report.write.reset();
  auto started = read_report(report.read.get(), child);
  while (::waitpid(first, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (!started) return fail(std::move(started).error());
  return std::move(in.write);
}

Result<Spawned> spawn(const ProcessRequest& request) {
  TRY(auto child, prepare(request));
  TRY(auto out, make_pipe());
  TRY(auto err, make_pipe());
  TRY(auto report, make_pipe());
  Pipe in;
  if (request.input.empty()) {
    in.read = above_streams(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  } else {
    TRY(in, make_pipe());
  }
  child.input = in.read.get();
  child.output = out.write.get();
  child.errors = err.write.get();
  child.report = report.write.get();

  Spawned spawned;
  spawned.pid = ::fork();
  if (spawned.pid < 0)
    return fail(Code::failed, fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (spawned.pid == 0) child.run();
  report.write.reset();
  const auto started = read_report(report.read.get(), child);
  spawned.pidfd = OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0)));
  if (!started || !spawned.pidfd) {
    ::kill(spawned.pid, SIGKILL);
    ::waitpid(spawned.pid, nullptr, 0);
    if (!started) return fail(started.error());
    return fail(Code::failed, "cannot watch a process: pidfd_open failed",
                "Landfast needs Linux 5.4 or newer");
  }
  spawned.input = std::move(in.write);
  spawned.output = std::move(out.read);
  spawned.errors = std::move(err.read);
  return spawned;
}

}  // namespace landfast
