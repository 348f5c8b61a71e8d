// SPDX-License-Identifier: Apache-2.0
#include "app/confirm.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::size_t shortest_hash = 8;

}  // namespace

Result<Consent> consent(const Plan& plan, const ConsentFacts& facts) {
  if (!facts.plan_hash.empty()) {
    const bool same =
        facts.plan_hash.size() >= shortest_hash && plan.hash.starts_with(facts.plan_hash);
    if (same) return Consent::given;
    return fail(Code::invalid,
                fmt::format("the plan is not {} any more: it is {} now", printable(facts.plan_hash),
                            plan.hash.substr(0, 12)),
                "see what has changed: landfast plan");
  }
  if (plan.risks.empty() || facts.yes) return Consent::given;
  if (facts.can_ask) return Consent::ask;
  Error e;
  e.code = Code::invalid;
  e.text = "this has to be confirmed and there is nobody to ask";
  e.trace = plan.risks;
  e.hint = fmt::format("if that is right: --yes, or --plan {} for exactly this plan",
                       plan.hash.substr(0, 12));
  return fail(std::move(e));
}

bool says_yes(std::string_view answer) {
  const auto word = lower(trim(answer));
  return word == "y" || word == "yes";
}

}  // namespace landfast
