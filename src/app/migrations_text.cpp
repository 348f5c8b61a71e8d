// SPDX-License-Identifier: Apache-2.0
#include "app/migrations_text.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/text.h"

namespace landfast {
namespace {

LineState line_state(Pending pending) {
  return pending == Pending::none ? LineState::done : LineState::waiting;
}

std::string line_of(const StoreMigrations& m) {
  const auto from = m.service.empty() ? std::string() : fmt::format(", image of {}", m.service);
  return fmt::format("{} {}   {}{}   {} applied, {} waiting: {}", printable(m.store),
                     printable(m.database), to_string(m.state.tool), from, m.state.applied.size(),
                     m.state.waiting.size(), m.state.why);
}

boost::json::array texts(const std::vector<std::string>& list) {
  boost::json::array out;
  for (const auto& text : list) out.emplace_back(text);
  return out;
}

}  // namespace

std::string migrations_text(const std::string& stack, const MigrationsSeen& seen, Style style) {
  std::string out = printable(stack) + "\n\n";
  for (const auto& m : seen.tables) {
    out += "  " + symbol(line_state(m.state.pending), style) + " " + line_of(m) + "\n";
    for (const auto& name : m.state.waiting) out += "      waits: " + printable(name) + "\n";
  }
  if (seen.tables.empty())
    out += "  no table of Alembic, Prisma, Drizzle, Django, Rails, Flyway or golang-migrate\n";
  for (const auto& trouble : seen.trouble) out += "\nnote: " + printable(trouble) + "\n";
  return out;
}

boost::json::object migrations_json(const std::string& stack, const MigrationsSeen& seen) {
  boost::json::array tables;
  for (const auto& m : seen.tables) {
    boost::json::object o;
    o["store"] = m.store;
    o["database"] = m.database;
    o["tool"] = to_string(m.state.tool);
    o["service"] = m.service;
    o["pending"] = to_string(m.state.pending);
    o["applied"] = texts(m.state.applied);
    o["waiting"] = texts(m.state.waiting);
    o["why"] = m.state.why;
    tables.push_back(std::move(o));
  }
  boost::json::object o;
  o["stack"] = stack;
  o["migrations"] = std::move(tables);
  o["notes"] = texts(seen.trouble);
  return o;
}

}  // namespace landfast
