// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace landfast {

/// One call of a port, in order.
struct EngineCall {
  std::uint64_t number = 0;  ///< 1 for the first
  std::string method;        ///< "start_container"
  std::string target;        ///< id, name or reference, "" where there is none
  bool mutates = false;      ///< changes the engine; exec counts as looking
  std::chrono::nanoseconds at{0};
};

/// What goes wrong with a call.
struct Fault {
  enum class Kind : std::uint8_t {
    none,
    fail_before,  ///< the request never arrives
    fail_after,   ///< it takes effect, the answer is lost
    hang_before,  ///< it never arrives and no answer comes until the caller gives up
    hang_after,   ///< it takes effect and no answer comes
  } kind = Kind::none;
  Code code = Code::unavailable;
  std::string text = "the engine does not answer";
};

/// Asked once for each call.
using FaultPlan = std::function<Fault(const EngineCall&)>;

/// A plan in which the `nth` call (1-based) of `method` goes wrong ("" : of any method).
[[nodiscard]] FaultPlan fault_at(std::string method, std::uint64_t nth, Fault::Kind kind);

/// The calls so far, and what came after the freeze.
class CallLog {
 public:
  const EngineCall& add(std::string method, std::string target, bool mutates,
                        std::chrono::nanoseconds at);
  [[nodiscard]] const std::vector<EngineCall>& all() const { return calls_; }
  [[nodiscard]] std::vector<EngineCall> mutations() const;
  [[nodiscard]] std::size_t count(std::string_view method) const;
  /// "start_container web-1", one a line, in order.
  [[nodiscard]] std::string text(bool only_mutations) const;
  void clear() { calls_.clear(); }

 private:
  std::vector<EngineCall> calls_;
  std::uint64_t next_ = 1;
};

}  // namespace landfast
