// SPDX-License-Identifier: Apache-2.0
#include "app/volumes_text.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "app/table.h"
#include "base/text.h"

namespace landfast {
namespace {

const VolumeFacts* facts_of(const VolumeListing& listing, const VolumeLine& line) {
  const auto it = listing.facts.find(line.path);
  return it == listing.facts.end() ? nullptr : &it->second;
}

std::string kind_text(const VolumeLine& line) {
  if (!line.kind) return "unknown";
  auto text = std::string(to_string(*line.kind));
  if (!line.version.empty()) text += " " + printable(line.version);
  return text;
}

std::string size_text(const VolumeFacts* facts) {
  if (facts == nullptr) return "size unknown";
  return (facts->cut ? "over " : "") + human_bytes(facts->bytes);
}

std::string users_text(const VolumeLine& line) {
  return line.used_by.empty() ? "used by nobody" : "used by " + join(line.used_by, ", ");
}

std::string aside_text(const VolumeLine& line, TimePoint now) {
  const auto when = when_text(line.created, now);
  return fmt::format("{}set aside{}{}", line.newest ? "newest copy " : "",
                     when.empty() ? "" : " " + when,
                     line.why.empty() ? "" : ": " + printable(line.why));
}

TableRow row_of(const VolumeListing& listing, const VolumeLine& line, TimePoint now) {
  TableRow row;
  row.cells = {(line.of.empty() ? "" : "↳ ") + printable(line.name), kind_text(line),
               size_text(facts_of(listing, line)),
               line.of.empty() ? users_text(line) : aside_text(line, now)};
  return row;
}

std::string head_line(const VolumeListing& listing) {
  std::uint64_t bytes = 0, aside = 0;
  std::size_t volumes = 0, copies = 0;
  for (const auto& line : listing.lines) {
    ++(line.of.empty() ? volumes : copies);
    if (const auto* facts = facts_of(listing, line))
      (line.of.empty() ? bytes : aside) += facts->bytes;
  }
  auto text = fmt::format("{}   {} {} of data, {}", printable(listing.stack), volumes,
                          volumes == 1 ? "place" : "places", human_bytes(bytes));
  if (copies != 0) text += fmt::format("; set aside: {}, {}", copies, human_bytes(aside));
  return text;
}

boost::json::array texts(const std::vector<std::string>& list) {
  boost::json::array out;
  for (const auto& text : list) out.emplace_back(text);
  return out;
}

boost::json::object json_of(const VolumeListing& listing, const VolumeLine& line) {
  boost::json::object o;
  o["name"] = line.name;
  o["bind"] = line.bind;
  o["kind"] = line.kind ? boost::json::value(to_string(*line.kind)) : boost::json::value(nullptr);
  o["version"] = line.version;
  o["why_kind"] = line.why_kind;
  o["path"] = line.path;
  o["used_by"] = texts(line.used_by);
  o["containers"] = texts(line.holders);
  const auto* facts = facts_of(listing, line);
  o["bytes"] = facts != nullptr ? boost::json::value(facts->bytes) : boost::json::value(nullptr);
  o["files"] = facts != nullptr ? boost::json::value(facts->files) : boost::json::value(nullptr);
  o["at_least"] = facts != nullptr && facts->cut;
  o["set_aside_of"] = line.of;
  o["why"] = line.why;
  o["created"] = line.created;
  o["newest"] = line.newest;
  return o;
}

}  // namespace

std::string volume_words(const VolumeListing& listing, const VolumeLine& line) {
  auto text = fmt::format("{}, {}", kind_text(line), size_text(facts_of(listing, line)));
  if (line.of.empty()) return text + ", " + users_text(line);
  return text + fmt::format(", set aside of {}", printable(line.of));
}

std::string volumes_text(const VolumeListing& listing, TimePoint now, std::size_t width,
                         Style style) {
  if (listing.lines.empty()) return fmt::format("{} keeps no data\n", printable(listing.stack));
  std::vector<TableRow> rows;
  for (const auto& line : listing.lines) rows.push_back(row_of(listing, line, now));
  return head_line(listing) + "\n\n" + table_text(rows, width, false, style);
}

boost::json::object volumes_json(const VolumeListing& listing) {
  boost::json::array lines;
  for (const auto& line : listing.lines) lines.push_back(json_of(listing, line));
  boost::json::object o;
  o["stack"] = listing.stack;
  o["volumes"] = std::move(lines);
  return o;
}

}  // namespace landfast
