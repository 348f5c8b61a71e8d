// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "simulation/stage.h"

namespace landfast {

/// What is written to the shop's database, and what of it must be there afterwards.
///
/// Users write through an app that they can reach, at each call of the engine; a migration writes
/// `schema`: half of it when it starts, the version of its image when it ends well; the server
/// keeps its control file as PostgreSQL does.
class ShopData {
 public:
  explicit ShopData(Stage& stage);
  ~ShopData();
  ShopData(const ShopData&) = delete;
  ShopData& operator=(const ShopData&) = delete;

  /// What is wrong with the data where `app` serves, "" where nothing is.
  [[nodiscard]] std::string wrong_with(int app) const;
  [[nodiscard]] const std::vector<std::string>& breaches() const { return breaches_; }
  /// Somebody else stopped or removed containers: a migration may start without its database.
  bool meddled = false;
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }

 private:
  void on_event(const EngineEvent& event);
  void user_writes();
  void write(const std::string& file, const std::string& bytes);
  [[nodiscard]] const FakeContainer* running(const std::string& service) const;
  [[nodiscard]] bool crashed(const std::string& service) const;
  void breach(std::string text);

  Stage& stage_;
  std::set<std::string> acknowledged_;
  std::vector<std::string> breaches_;
};

}  // namespace landfast
