// SPDX-License-Identifier: Apache-2.0
#include "unit/edge/local_caddy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "io/process.h"
#include "load/sockets.h"

namespace landfast::test {
namespace {

constexpr std::uint16_t app_port = 3000;
constexpr std::uint16_t edge_port = 8080;
constexpr std::chrono::seconds start_limit{20};

/// Tests of several processes run side by side.
std::string own_network() {
  static std::atomic<int> made = 0;
  const auto n = static_cast<unsigned>(::getpid()) * 8 + static_cast<unsigned>(made++ % 8);
  return fmt::format("127.{}.{}", 1 + n / 256 % 254, n % 256);
}

CaddyLayout layout_in(const EdgeFiles& files, const std::string& network) {
  CaddyLayout layout;
  layout.slots = files.folder() + "/slots";
  layout.data = files.folder() + "/data";
  layout.run = files.folder() + "/run";
  layout.bind = network + ".100";
  return layout;
}

CaddyEdgeOptions options_of(const CaddyLayout& layout) {
  CaddyEdgeOptions options;
  options.layout = layout;
  return options;
}

}  // namespace

std::string caddy_program() {
  if (const char* named = std::getenv("LANDFAST_CADDY"); named != nullptr) return named;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const auto base = cache != nullptr ? std::string(cache) : fmt::format("{}/.cache", home);
  auto path = base + "/landfast-images/caddy/caddy";
  return ::access(path.c_str(), X_OK) == 0 ? path : "";
}

LocalCaddy::LocalCaddy(std::string name)
    : name_(std::move(name)),
      network_(own_network()),
      layout_(layout_in(files(), network_)),
      edge_(loop_, scratch_.path(), options_of(layout_)) {}

LocalCaddy::~LocalCaddy() { stop_edge(); }

std::string LocalCaddy::address(int number) const { return fmt::format("{}.{}", network_, number); }

std::string LocalCaddy::output_of(std::vector<std::string> argv) {
  const auto what = argv[0];
  const auto result = run(run_process(loop_, ProcessRequest(std::move(argv))));
  if (!result) throw std::runtime_error(result.error().text);
  if (result->exit_code != 0) throw std::runtime_error(what + ": " + result->errors);
  return result->output;
}

Companion::Companion(const std::vector<std::string>& argv,
                     const std::map<std::string, std::string>& environment, const std::string& log)
    : pid_(::fork()) {
  if (pid_ != 0) return;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, 1);
  ::dup2(out, 2);
  for (const auto& [key, value] : environment) ::setenv(key.c_str(), value.c_str(), 1);
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

Companion::~Companion() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
}

std::string LocalCaddy::address_of(const std::string& alias) const {
  return fmt::format("{}.{}", network_, alias.substr(3, 1));
}

void LocalCaddy::become_caddy(const std::string& hosts) const {
  const auto program = caddy_program(), data = files().folder() + "/data";
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount(hosts.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0)
    ::_exit(126);
  const int log = ::open((scratch_.path() + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(log, 1);
  ::dup2(log, 2);
  ::setenv("HOME", data.c_str(), 1);
  ::setenv("XDG_DATA_HOME", data.c_str(), 1);
  ::setenv("XDG_CONFIG_HOME", data.c_str(), 1);
  ::setenv("CADDY_VERSION", "v2.11.4", 1);
  ::setenv("CADDY_ADMIN", ("unix/" + layout_.run + "/admin.sock").c_str(), 1);
  for (const auto& [key, value] : environment) ::setenv(key.c_str(), value.c_str(), 1);
  const auto config = files().conf("config.json");
  ::execl(program.c_str(), "caddy", "run", "--config", config.c_str(), nullptr);
  ::_exit(127);
}

void LocalCaddy::start_edge() {
  const auto hosts = scratch_.path() + "/hosts";
  {
    std::ofstream file(hosts);
    file << "127.0.0.1 localhost\n";
    for (int n = 1; n <= 9; ++n) file << fmt::format("{}.{} lf-{}-app-1\n", network_, n, n);
  }
  caddy_ = ::fork();
  if (caddy_ == 0) become_caddy(hosts);
  const auto until = std::chrono::steady_clock::now() + start_limit;
  while (!run(edge_.facts(name_)).value().running) {
    int status = 0;
    const bool ended = ::waitpid(caddy_, &status, WNOHANG) == caddy_;
    if (ended) caddy_ = -1;
    if (ended || std::chrono::steady_clock::now() > until) {
      std::ifstream log(scratch_.path() + "/log");
      throw std::runtime_error("Caddy does not start: " +
                               std::string(std::istreambuf_iterator<char>(log), {}));
    }
    run(sleep_for(loop_, std::chrono::milliseconds(5)));
  }
}

void LocalCaddy::stop_edge() {
  if (caddy_ < 0) return;
  ::kill(caddy_, SIGKILL);
  int status = 0;
  ::waitpid(caddy_, &status, 0);
  caddy_ = -1;
}

void LocalCaddy::start_app(const std::string& alias) {
  apps_[alias] = std::make_unique<load::Backend>(alias, address_of(alias), app_port);
}

std::string LocalCaddy::asked(const std::string&) {
  load::Connection connection(layout_.bind, edge_port, std::chrono::seconds(1));
  if (!connection.open()) return "refused";
  if (!connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")) return "broken";
  const auto answer = connection.receive();
  if (answer.timed_out) return "held";
  if (!answer.whole) return "broken";
  return answer.status == 200 ? answer.body : std::to_string(answer.status);
}

}  // namespace landfast::test
