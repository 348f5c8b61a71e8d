// SPDX-License-Identifier: Apache-2.0
#include "run/health_facts.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>

namespace landfast {
namespace {

using std::chrono::nanoseconds;

/// PostgreSQL, MySQL and MariaDB, Redis and Valkey, MongoDB: their images run a temporary server
/// while they initialise, which does not listen here.
constexpr std::array<std::uint16_t, 4> store_ports{5432, 3306, 6379, 27017};

void read_duration(const boost::json::object& check, std::string_view key, nanoseconds& into) {
  if (const auto* v = check.if_contains(key); v != nullptr && v->is_int64() && v->as_int64() > 0)
    into = nanoseconds(v->as_int64());
}

std::vector<std::string> strings(const boost::json::value* value) {
  std::vector<std::string> out;
  if (value == nullptr || !value->is_array()) return out;
  for (const auto& item : value->as_array())
    if (item.is_string()) out.emplace_back(item.as_string());
  return out;
}

std::vector<std::string> health_command(const boost::json::object& check,
                                        const boost::json::object& config) {
  auto test = strings(check.if_contains("Test"));
  if (test.size() < 2 || test.front() == "NONE") return {};
  const auto kind = test.front();
  test.erase(test.begin());
  if (kind == "CMD") return test;
  auto shell = strings(config.if_contains("Shell"));
  if (shell.empty()) shell = {"/bin/sh", "-c"};
  shell.push_back(test.front());
  return shell;
}

}  // namespace

nanoseconds HealthFacts::limit() const {
  const auto own = start_period + retries * (interval + timeout);
  return std::max<nanoseconds>(command.empty() ? nanoseconds(0) : own, std::chrono::seconds(60));
}

HealthFacts health_facts(const Container& container) {
  HealthFacts facts;
  if (const auto* v = container.config.if_contains("Healthcheck"); v != nullptr && v->is_object()) {
    const auto& check = v->as_object();
    facts.command = health_command(check, container.config);
    read_duration(check, "Interval", facts.interval);
    read_duration(check, "Timeout", facts.timeout);
    read_duration(check, "StartPeriod", facts.start_period);
    if (const auto* r = check.if_contains("Retries"); r != nullptr && r->is_int64() && *r != 0)
      facts.retries = static_cast<int>(std::clamp<std::int64_t>(r->as_int64(), 1, 1000));
  }
  const auto* exposed = container.config.if_contains("ExposedPorts");
  if (exposed == nullptr || !exposed->is_object()) return facts;
  for (const auto& item : exposed->as_object()) {
    const std::string_view text(item.key().data(), item.key().size());
    const auto slash = text.find('/');
    if (slash != std::string_view::npos && text.substr(slash) != "/tcp") continue;
    std::uint16_t port = 0;
    const auto number = text.substr(0, slash);
    std::from_chars(number.data(), number.data() + number.size(), port);
    if (port == 0) continue;
    facts.ports.push_back(port);
    if (std::find(store_ports.begin(), store_ports.end(), port) != store_ports.end())
      facts.store = true;
  }
  std::sort(facts.ports.begin(), facts.ports.end());
  return facts;
}

std::string last_health_output(const Container& container) {
  const auto* log = container.health_log.if_contains("Log");
  if (log == nullptr || !log->is_array() || log->as_array().empty()) return {};
  const auto& last = log->as_array().back();
  const auto* output = last.is_object() ? last.as_object().if_contains("Output") : nullptr;
  return output != nullptr && output->is_string() ? std::string(output->as_string())
                                                  : std::string{};
}

}  // namespace landfast
