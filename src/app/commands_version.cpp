// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>

#include "app/call.h"
#include "base/text.h"

namespace landfast {
namespace {

constexpr const char* compose_version = "2.40";

std::string engine_text(const Result<EngineFacts>& facts, const std::string& where) {
  if (!facts) return printable(facts.error().text);
  return fmt::format("{} (API {}) at {}", printable(facts->version), printable(facts->api_version),
                     printable(where));
}

}  // namespace

Ending show_version(Call call) {
  CO_TRY(const auto endpoint, call.wiring.endpoint());
  CO_TRY(auto* engine, call.wiring.engine());
  const auto facts = co_await engine->facts();
  const auto where = endpoint.address.text();
  boost::json::object out{{"landfast", LANDFAST_VERSION}, {"compose", compose_version}};
  out["endpoint"] = where;
  out["engine"] = facts ? boost::json::value(facts->version) : boost::json::value(nullptr);
  out["api"] = facts ? boost::json::value(facts->api_version) : boost::json::value(nullptr);
  call.output.json(out);
  call.output.say(fmt::format("landfast  {}\ncompose   as Docker Compose {}\nengine    {}\n",
                              LANDFAST_VERSION, compose_version, engine_text(facts, where)));
  co_return ExitStatus::done;
}

}  // namespace landfast
