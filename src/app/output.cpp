// SPDX-License-Identifier: Apache-2.0
#include "app/output.h"

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <variant>

#include "base/text.h"
#include "port/clock.h"
#include "watch/json_lines.h"
#include "watch/plain_lines.h"
#include "watch/render_error.h"
#include "watch/terminal_tree.h"

namespace landfast {
namespace {

constexpr auto tick_interval = std::chrono::milliseconds(100);

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

bool is_dumb(const Surroundings& around) {
  const auto term = around.environment.find("TERM");
  return term == around.environment.end() || term->second.empty() || term->second == "dumb";
}

}  // namespace

void write_out(std::string_view text) { write_all(STDOUT_FILENO, text); }
void write_errors(std::string_view text) { write_all(STDERR_FILENO, text); }

Output::Output(const Arguments& arguments, const Surroundings& around)
    : json_(arguments.json),
      quiet_(arguments.quiet),
      live_(around.output_is_terminal && !is_dumb(around) && !arguments.json && !arguments.quiet),
      style_(style_for(around.output_is_terminal, around.environment)),
      error_style_(style_for(around.errors_are_terminal, around.environment)),
      here_(around.cwd) {}

void Output::say(std::string_view text) const {
  if (!json_ && !quiet_) write_out(text);
}

void Output::note(std::string_view text) const {
  if (json_)
    json(boost::json::object{{"event", "notice"}, {"text", text}});
  else if (!quiet_)
    write_errors("note: " + printable(text) + "\n");
}

void Output::json(const boost::json::value& value) const {
  if (json_) write_out(boost::json::serialize(value) + "\n");
}

void Output::error(const Error& error) const {
  if (json_)
    json(boost::json::object{{"event", "error"}, {"error", error_json(error)}});
  else
    write_errors(render_error(error, here_, error_style_));
}

struct RunView::Shown {
  explicit Shown(const Clock& c) : clock(c) {}
  struct Silent {
    void on_event(const Event&) {}
  };
  const Clock& clock;
  std::variant<Silent, TerminalTree, PlainLines, JsonLines> renderer;
  std::chrono::nanoseconds begin{0};  ///< the clock's time at which Event::at is 0
};

RunView::RunView(const Output& output, const Clock& clock)
    : shown_(std::make_unique<Shown>(clock)) {
  if (output.is_json())
    shown_->renderer.emplace<JsonLines>(write_out);
  else if (output.is_live())
    shown_->renderer.emplace<TerminalTree>(write_out, output.style());
  else if (!output.is_quiet())
    shown_->renderer.emplace<PlainLines>(write_out);
  shown_->begin = clock.now();
}
RunView::~RunView() = default;

OnEvent RunView::on_event() {
  return [shown = shown_.get()](const Event& event) {
    shown->begin = shown->clock.now() - event.at;
    if (auto* tree = std::get_if<TerminalTree>(&shown->renderer)) tree->resize(screen_size());
    std::visit([&event](auto& renderer) { renderer.on_event(event); }, shown->renderer);
  };
}

Task<Done> RunView::keep_fresh(Clock& clock) {
  for (;;) {
    (void)co_await clock.sleep(tick_interval);
    auto* tree = std::get_if<TerminalTree>(&shown_->renderer);
    if (tree == nullptr) continue;
    tree->resize(screen_size());
    tree->tick(clock.now() - shown_->begin);
  }
}

void RunView::clear() {
  if (auto* tree = std::get_if<TerminalTree>(&shown_->renderer)) tree->clear();
}

}  // namespace landfast
