// SPDX-License-Identifier: Apache-2.0
#include "watch/terminal_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace landfast {
namespace {

using std::chrono::nanoseconds;
constexpr auto frame = std::chrono::milliseconds(40);
constexpr std::size_t name_limit = 32;

std::string time_of(const ServiceLine& line, nanoseconds now) {
  if (line.unchanged) return {};
  if (line.took) return human_duration(*line.took);
  if (line.since) return human_duration(std::max(now - *line.since, nanoseconds(0)));
  return {};
}

struct Columns {
  std::size_t name = 0, text = 0, time = 0;
};

Columns measure(const std::vector<ServiceLine>& lines, std::size_t width, nanoseconds now) {
  Columns c;
  for (const auto& line : lines) {
    c.name = std::max(c.name, std::min(display_width(line.name), name_limit));
    c.text = std::max(c.text, display_width(line.text));
    c.time = std::max(c.time, display_width(time_of(line, now)));
  }
  const auto fixed = 4 + c.name + 3 + 2 + c.time;  // indent, symbol, gaps
  c.text = std::min(c.text, width > fixed ? width - fixed : 0);
  return c;
}

std::string row_of(const ServiceLine& line, const Columns& c, nanoseconds now, Style style) {
  const auto time = time_of(line, now);
  auto text = fit(line.text, c.text);
  if (!time.empty()) text = padded(text, c.text);
  const auto quiet = line.state == LineState::waiting || line.unchanged;
  auto row =
      fmt::format("  {} {}   ", symbol(line.state, style), padded(fit(line.name, c.name), c.name));
  row += quiet ? faint(text, style) : text;
  if (!time.empty()) row += fmt::format("  {:>{}}", time, c.time);
  return row;
}

/// Keeps what runs, failed or waits; folds the rest away until the lines fit into `rows`.
std::vector<ServiceLine> folded(std::vector<ServiceLine> lines, std::size_t rows) {
  const auto fold = [&](auto matches, std::string_view words, LineState state) {
    if (lines.size() <= rows) return;
    const auto count = static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), matches));
    if (count < 2) return;
    std::erase_if(lines, matches);
    ServiceLine rest{.name = fmt::format("{} more", count), .state = state};
    rest.text = words;
    rest.unchanged = true;
    lines.push_back(rest);
  };
  const auto is = [](LineState state) {
    return [state](const ServiceLine& l) { return l.state == state && !l.name.ends_with(" more"); };
  };
  fold([](const ServiceLine& l) { return l.unchanged; }, "unchanged", LineState::done);
  fold(is(LineState::done), "done", LineState::done);
  fold(is(LineState::waiting), "waiting", LineState::waiting);
  if (lines.size() > rows) {
    const auto cut = lines.size() - (rows - 1);
    lines.resize(rows - 1);
    ServiceLine rest{.name = fmt::format("{} more", cut), .state = LineState::active};
    rest.unchanged = true;
    lines.push_back(rest);
  }
  return lines;
}

std::vector<std::string> notice_rows(const std::vector<std::string>& notices, std::size_t limit,
                                     std::size_t width) {
  std::vector<std::string> rows;
  const auto first = notices.size() > limit ? notices.size() - limit : 0;
  for (auto i = first; i < notices.size(); ++i) rows.push_back(fit("  note: " + notices[i], width));
  if (!rows.empty()) rows.insert(rows.begin(), "");
  return rows;
}

}  // namespace

std::vector<std::string> tree_rows(const Progress& progress, ScreenSize size, nanoseconds now,
                                   Style style) {
  // The last column stays free: a terminal that is about to wrap would lose the character there.
  const auto width = size.columns > 1 ? size.columns - 1 : 1;
  std::vector<std::string> rows;
  if (const auto header = progress.header(); !header.empty()) {
    rows.push_back(fit(header, width));
    rows.emplace_back();
  }
  auto tail = notice_rows(progress.notices(), 3, width);
  if (progress.outcome()) {
    const auto state = progress.failed() ? LineState::failed : LineState::done;
    tail.emplace_back();
    tail.push_back(symbol(state, style) + " " + fit(*progress.outcome(), width - 2));
  }
  const auto used = rows.size() + tail.size() + 1;
  const auto room = size.rows > used + 2 ? size.rows - used : std::size_t{2};
  const auto lines = folded(progress.lines(), room);
  const auto columns = measure(lines, width, now);
  for (const auto& line : lines) rows.push_back(row_of(line, columns, now, style));
  rows.insert(rows.end(), tail.begin(), tail.end());
  return rows;
}

void TerminalTree::on_event(const Event& event) {
  progress_.apply(event);
  if (event.kind == EventKind::deployment_done) return draw(event.at);
  if (last_draw_.count() < 0 || event.at - last_draw_ >= frame) draw(event.at);
}

void TerminalTree::tick(nanoseconds now) {
  if (!progress_.outcome()) draw(now);
}

void TerminalTree::clear() {
  if (!drawn_.empty()) write_(to_first_row() + "\x1b[J");
  drawn_.clear();
}

std::string TerminalTree::to_first_row() const {
  if (drawn_.empty()) return {};
  // A terminal that became narrower has wrapped the old rows: they take more lines now.
  std::size_t up = 0;
  for (const auto width : drawn_)
    up += std::max<std::size_t>(
        1, (width + size_.columns - 1) / std::max<std::size_t>(1, size_.columns));
  return fmt::format("\x1b[{}A\r", up);
}

void TerminalTree::draw(nanoseconds now) {
  const auto rows = tree_rows(progress_, size_, now, style_);
  const auto plain = style_.colour ? tree_rows(progress_, size_, now, Style{}) : rows;
  if (rows.empty()) return;
  auto text = to_first_row();
  for (const auto& row : rows) text += row + "\x1b[K\n";
  text += "\x1b[J";
  drawn_.clear();
  for (const auto& row : plain) drawn_.push_back(display_width(row));
  last_draw_ = now;
  write_(text);
}

}  // namespace landfast
