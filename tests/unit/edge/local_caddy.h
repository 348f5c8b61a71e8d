// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "edge/caddy_edge.h"
#include "io/loop.h"
#include "load/backend.h"
#include "unit/scratch.h"

namespace landfast::test {

/// Where Caddy's program is: LANDFAST_CADDY, else as `tools/images --caddy` keeps it; "" for none.
[[nodiscard]] std::string caddy_program();

/// One edge on a real Caddy that is a process of this host, and the apps behind it. Each has a
/// loopback address of its own; the aliases lf-1-app-1 to lf-9-app-1 are names in a /etc/hosts that
/// only this Caddy sees. Needs root, for that.
class LocalCaddy {
 public:
  explicit LocalCaddy(std::string name = "shop-landfast-edge");
  LocalCaddy(LocalCaddy&&) = delete;
  LocalCaddy& operator=(LocalCaddy&&) = delete;
  LocalCaddy(const LocalCaddy&) = delete;
  LocalCaddy& operator=(const LocalCaddy&) = delete;
  ~LocalCaddy();

  [[nodiscard]] CaddyEdge& edge() { return edge_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] EdgeFiles files() const { return {scratch_.path(), name_}; }
  [[nodiscard]] const CaddyLayout& layout() const { return layout_; }
  /// An address of this edge's own network, 101 to 254: for what it talks to.
  [[nodiscard]] std::string address(int number) const;
  [[nodiscard]] std::string path(const std::string& file) const { return scratch_.path(file); }
  std::map<std::string, std::string> environment;  ///< of Caddy, besides what it always has
  /// Returns once it answers.
  void start_edge();
  void stop_edge();
  void start_app(const std::string& alias);
  void stop_app(const std::string& alias) { apps_.erase(alias); }
  [[nodiscard]] load::Backend& app(const std::string& alias) { return *apps_.at(alias); }
  /// What a client of the port 8080 gets: the body, "503", "held" or "refused".
  [[nodiscard]] std::string asked(const std::string& target);
  /// What a program says on stdout; it must end well.
  std::string output_of(std::vector<std::string> argv);
  [[nodiscard]] Loop& loop() { return loop_; }
  template <class T>
  T run(Task<T> task) {
    return loop_.run(std::move(task));
  }

 private:
  [[nodiscard]] std::string address_of(const std::string& alias) const;
  [[noreturn]] void become_caddy(const std::string& hosts) const;
  test::Scratch scratch_;
  std::string name_;
  std::string network_;  ///< "127.x.y"
  CaddyLayout layout_;
  Loop loop_;
  CaddyEdge edge_;
  std::map<std::string, std::unique_ptr<load::Backend>> apps_;
  pid_t caddy_ = -1;
};

/// A program that runs beside a test, and is killed with it.
class Companion {
 public:
  Companion(const std::vector<std::string>& argv,
            const std::map<std::string, std::string>& environment, const std::string& log);
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;
  ~Companion();

 private:
  pid_t pid_;
};

/// A LocalCaddy that can be returned, for suites that make one.
class LocalCaddyOwner {
 public:
  explicit LocalCaddyOwner() : caddy_(std::make_unique<LocalCaddy>()) {}
  CaddyEdge& edge() { return caddy_->edge(); }
  const std::string& name() { return caddy_->name(); }
  void start_edge() { caddy_->start_edge(); }
  void stop_edge() { caddy_->stop_edge(); }
  void start_app(const std::string& alias) { caddy_->start_app(alias); }
  std::string asked(const std::string& target) { return caddy_->asked(target); }
  template <class T>
  T run(Task<T> task) {
    return caddy_->run(std::move(task));
  }

 private:
  std::unique_ptr<LocalCaddy> caddy_;
};

}  // namespace landfast::test
