// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_engine_calls.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace landfast {

FaultPlan fault_at(std::string method, std::uint64_t nth, Fault::Kind kind) {
  auto seen = std::make_shared<std::uint64_t>(0);
  return [method = std::move(method), nth, kind, seen](const EngineCall& call) {
    Fault fault;
    if (!method.empty() && call.method != method) return fault;
    if (++*seen == nth) fault.kind = kind;
    return fault;
  };
}

const EngineCall& CallLog::add(std::string method, std::string target, bool mutates,
                               std::chrono::nanoseconds at) {
  EngineCall call;
  call.number = next_++;
  call.method = std::move(method);
  call.target = std::move(target);
  call.mutates = mutates;
  call.at = at;
  calls_.push_back(std::move(call));
  return calls_.back();
}

std::vector<EngineCall> CallLog::mutations() const {
  std::vector<EngineCall> found;
  std::copy_if(calls_.begin(), calls_.end(), std::back_inserter(found),
               [](const EngineCall& c) { return c.mutates; });
  return found;
}

std::size_t CallLog::count(std::string_view method) const {
  return static_cast<std::size_t>(std::count_if(
      calls_.begin(), calls_.end(), [&](const EngineCall& c) { return c.method == method; }));
}

std::string CallLog::text(bool only_mutations) const {
  std::string out;
  for (const auto& call : calls_)
    if (call.mutates || !only_mutations) out += call.method + " " + call.target + "\n";
  return out;
}

}  // namespace landfast
