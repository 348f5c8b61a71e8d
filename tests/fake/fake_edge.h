// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fake/fake_engine_daemon.h"
#include "fake/simulated_clock.h"
#include "port/edge.h"

namespace landfast {

/// What became of a request that a client of the edge made.
enum class Served : std::uint8_t {
  answered,     ///< by `container`
  held,         ///< it waits: the slot is held, or nothing answers at its address yet
  maintenance,  ///< 503: the target is down
  unknown,      ///< the edge does not know the target
  refused       ///< no edge runs
};
struct ServedRequest {
  Served how = Served::refused;
  std::string container;  ///< id, where it was answered; of files their site
  std::uint64_t id = 0;   ///< of one that is in flight, see `open`
};

/// The edges of a FakeDaemon. Their process is the running container with the label
/// `landfast.edge`; it reads the recorded table when it starts, and a slot's word per request, as
/// Caddy does. It reaches containers by alias in networks that both are in.
///
/// Each call takes `latency` twice: before its effect and before its answer.
class FakeEdge : public Edge {
 public:
  FakeEdge(SimulatedClock& clock, FakeDaemon& daemon);
  FakeEdge(const FakeEdge&) = delete;
  FakeEdge& operator=(const FakeEdge&) = delete;
  ~FakeEdge() override;

  std::chrono::nanoseconds latency = std::chrono::microseconds(500);
  /// Asked before each effect with the method's name: an error is returned, nothing is done.
  std::function<std::optional<Error>(std::string_view call)> refuse;
  /// Asked after each effect: an error is returned although it is done.
  std::function<std::optional<Error>(std::string_view call)> lose_answer;
  /// What Caddy says of a table; "" where it takes it.
  std::function<std::string(const RouteTable&)> validate;
  std::vector<std::string> calls;  ///< "switch_to shop/app/3000 b", in order

  /// From now on a call is a violation: the process is dead.
  void freeze() { frozen_ = true; }
  void thaw() { frozen_ = false; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  // What clients do.
  /// A request that is answered at once.
  [[nodiscard]] ServedRequest request(const std::string& edge, const std::string& target) const;
  /// One that stays in flight until `finish`; it ends too with its container or with the edge.
  ServedRequest open(const std::string& edge, const std::string& target);
  void finish(std::uint64_t id);
  /// Requests in flight that ended with the container that answered them.
  [[nodiscard]] int cut_off() const { return cut_off_; }
  /// Switches to a slot that was not asked with success since its address was set.
  [[nodiscard]] const std::vector<std::string>& unproven() const { return unproven_; }
  /// What is on the disk of an edge; nullptr where nothing is.
  [[nodiscard]] const SlotState* slot(const std::string& edge, const std::string& target) const;
  [[nodiscard]] const RouteTable* recorded(const std::string& edge) const;
  [[nodiscard]] std::vector<std::string> edges() const;
  /// Names of the sites on the disk of an edge.
  [[nodiscard]] std::vector<std::string> sites(const std::string& edge) const;
  /// Called after each change of a word, an address or a table.
  std::function<void()> on_change;

  Task<Result<EdgeFacts>> facts(std::string edge) override;
  Task<Result<RouteTable>> table(std::string edge, std::string revision) override;
  Task<Status> apply(RouteTable table, std::string replaces) override;
  Task<Status> add_site(std::string edge, std::string site, std::string tar) override;
  Task<Result<bool>> has_site(std::string edge, std::string site) override;
  Task<Status> set_address(std::string edge, std::string target, SlotName slot,
                           std::vector<std::string> addresses) override;
  Task<Status> switch_to(std::string edge, std::string target, SlotWord word) override;
  Task<Result<int>> probe(std::string edge, std::string target, SlotName slot,
                          std::string path) override;
  Task<Result<std::int64_t>> in_flight(std::string edge, std::string target,
                                       SlotName slot) override;
  Task<Status> forget(std::string edge) override;

 private:
  struct Disk {
    std::optional<RouteTable> table;
    std::vector<RouteTable> applied;  ///< newest last
    std::map<std::string, SlotState> slots;
    std::map<std::string, std::vector<std::string>> sites;  ///< paths of the files
  };
  struct Open {
    std::string edge, target, container;
    SlotName slot = SlotName::a;
  };
  Status begin(std::string call, const std::string& what);
  Status end(std::string_view call);
  void on_event(const EngineEvent& event);
  [[nodiscard]] const FakeContainer* process(const std::string& edge) const;
  [[nodiscard]] const FakeContainer* reached(const FakeContainer& edge, const EdgeTarget& target,
                                             const std::string& address) const;
  [[nodiscard]] bool has(const std::string& edge, const std::string& site) const;
  void drop_unused_sites(Disk& disk) const;
  [[nodiscard]] Status acknowledged(const std::string& edge) const;
  Result<SlotState*> slot_of(const std::string& edge, const std::string& target);
  [[nodiscard]] std::string named(const std::string& edge, const std::string& target) const;
  void changed() const {
    if (on_change) on_change();
  }

  SimulatedClock& clock_;
  FakeDaemon& daemon_;
  std::map<std::string, Disk> disks_;
  std::map<std::string, RouteTable> loaded_;  ///< by container id of the process
  std::map<std::uint64_t, Open> open_;
  std::uint64_t next_ = 1;
  int cut_off_ = 0;
  std::set<std::string> proven_;  ///< "EDGE TARGET SLOT"
  std::vector<std::string> unproven_;
  bool frozen_ = false;
  std::vector<std::string> violations_;
};

}  // namespace landfast
