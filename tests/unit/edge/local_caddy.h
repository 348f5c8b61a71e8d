// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>

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
  LocalCaddy();
  LocalCaddy(LocalCaddy&&) = delete;
  LocalCaddy& operator=(LocalCaddy&&) = delete;
  LocalCaddy(const LocalCaddy&) = delete;
  LocalCaddy& operator=(const LocalCaddy&) = delete;
  ~LocalCaddy();

  [[nodiscard]] CaddyEdge& edge() { return edge_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] EdgeFiles files() const { return {scratch_.path(), name_}; }
  [[nodiscard]] const CaddyLayout& layout() const { return layout_; }
  /// Returns once it answers.
  void start_edge();
  void stop_edge();
  void start_app(const std::string& alias);
  void stop_app(const std::string& alias) { apps_.erase(alias); }
  [[nodiscard]] load::Backend& app(const std::string& alias) { return *apps_.at(alias); }
  /// What a client of the port 8080 gets: the body, "503", "held" or "refused".
  [[nodiscard]] std::string asked(const std::string& target);
  template <class T>
  T run(Task<T> task) {
    return loop_.run(std::move(task));
  }

 private:
  [[nodiscard]] std::string address_of(const std::string& alias) const;
  [[noreturn]] void become_caddy(const std::string& hosts) const;
  test::Scratch scratch_;
  std::string name_ = "shop-landfast-edge";
  std::string network_;  ///< "127.x.y"
  CaddyLayout layout_;
  Loop loop_;
  CaddyEdge edge_;
  std::map<std::string, std::unique_ptr<load::Backend>> apps_;
  pid_t caddy_ = -1;
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
