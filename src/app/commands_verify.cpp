// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "app/call.h"
#include "app/stack.h"
#include "base/text.h"
#include "run/verify.h"

namespace landfast {
namespace {

struct Verified {
  std::string check;
  bool passed = false;
  std::string answer;
  std::chrono::nanoseconds took{0};
};

Task<void> verify_one(const Ports& ports, VerifyRequest request, Verified& into) {
  const auto begin = ports.clock.now();
  into.check = check_text(request.check);
  const auto answer = co_await await_check(ports, std::move(request));
  into.passed = answer.has_value();
  into.answer = answer ? *answer : answer.error().text;
  into.took = ports.clock.now() - begin;
}

boost::json::object verified_json(const std::string& stack, const std::vector<Verified>& all) {
  boost::json::array checks;
  for (const auto& v : all) {
    boost::json::object o;
    o["check"] = v.check;
    o["passed"] = v.passed;
    o["answer"] = v.answer;
    o["ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(v.took).count();
    checks.push_back(std::move(o));
  }
  boost::json::object o;
  o["stack"] = stack;
  o["checks"] = std::move(checks);
  return o;
}

std::string verified_text(const std::vector<Verified>& all) {
  std::string text;
  for (const auto& v : all)
    text += fmt::format("  {} {}  {}  {}\n", v.passed ? "✓" : "✗", v.check,
                        v.passed ? v.answer : "", human_duration(v.took));
  return text;
}

}  // namespace

Ending verify_stack(Call call) {
  CO_TRY(const auto target, co_await load_target(call));
  CO_TRY(const auto* ports, call.wiring.ports());
  const auto& checks = target.project->landfast.verify;
  std::vector<Verified> all(checks.size());
  TaskGroup group;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    VerifyRequest request{.project = *target.project, .check = checks[i]};
    request.limit = call.arguments.timeout.value_or(request.limit);
    group.spawn(verify_one(*ports, std::move(request), all[i]));
  }
  co_await group.join();
  call.output.json(verified_json(target.name, all));
  call.output.say(fmt::format("{}  {}\n", printable(target.name),
                              all.empty() ? "has no checks (x-landfast.verify)" : "verify"));
  call.output.say(verified_text(all));
  auto ending = ExitStatus::done;
  for (const auto& v : all) {
    if (v.passed) continue;
    ending = ExitStatus::findings;
    if (!call.output.is_json()) call.output.note(v.answer);
  }
  co_return ending;
}

}  // namespace landfast
