// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "fake/fake_engine.h"

namespace landfast {

/// What must hold at every moment of a deploy. Watches the daemon and keeps
/// the first words of each breach.
class Invariants {
 public:
  explicit Invariants(FakeEngine& engine);
  ~Invariants();
  Invariants(const Invariants&) = delete;
  Invariants& operator=(const Invariants&) = delete;

  /// From now on these volumes hold data of a committed release and must stay.
  void keep_volumes();
  /// Old and new of this service may run side by side: an edge tells them apart.
  void overlaps(std::string service) { beside_.insert(std::move(service)); }
  [[nodiscard]] const std::vector<std::string>& breaches() const { return breaches_; }

 private:
  void look();
  void one_writer();
  void one_generation();
  void volumes_stay();
  void asides_are_held();
  static bool has_newer(const std::string& aside, const std::vector<VolumeState>& now);
  void breach(std::string text);

  FakeEngine& engine_;
  std::set<std::string> kept_, beside_;
  std::set<std::string> held_;  ///< of the kept: set aside, and held against a prune
  std::vector<std::string> breaches_;
};

}  // namespace landfast
