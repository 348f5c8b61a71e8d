// SPDX-License-Identifier: Apache-2.0
#include "run/intended.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

namespace landfast {
namespace {

std::optional<StepKind> step_kind(const std::string& text) {
  for (int k = 0; k <= static_cast<int>(last_step_kind); ++k)
    if (to_string(static_cast<StepKind>(k)) == text) return static_cast<StepKind>(k);
  return std::nullopt;
}

}  // namespace

Result<std::vector<IntendedStep>> intended(const std::vector<StepRecord>& records) {
  std::vector<IntendedStep> steps;
  for (const auto& r : records) {
    const auto kind = step_kind(r.intent.kind);
    boost::json::error_code error;
    auto facts = boost::json::parse(r.intent.facts, error);
    if (!kind || error || !facts.is_object())
      return fail(Code::corrupt,
                  fmt::format("the journal's step {} cannot be read", r.intent.step));
    steps.push_back(IntendedStep{r.intent.step, *kind, std::move(facts).as_object()});
  }
  return steps;
}

}  // namespace landfast
