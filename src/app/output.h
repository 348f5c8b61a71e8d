// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "app/arguments.h"
#include "app/surroundings.h"
#include "base/result.h"
#include "plan/event.h"
#include "port/clock.h"

namespace landfast {

/// Writes all of it; a reader that has gone or a lost terminal ends nothing.
void write_out(std::string_view text);
void write_errors(std::string_view text);

/// How this call talks: text or JSON, quiet or not.
class Output {
 public:
  Output(const Arguments& arguments, const Surroundings& around);

  /// Text for people; nothing with --json or --quiet.
  void say(std::string_view text) const;
  /// "note: …", on standard error so that what is piped stays clean.
  void note(std::string_view text) const;
  /// A JSON value in one line; only with --json.
  void json(const boost::json::value& value) const;
  /// An error in its form: text on standard error, or an object on standard output.
  void error(const Error& error) const;

  [[nodiscard]] bool is_json() const { return json_; }
  [[nodiscard]] bool is_quiet() const { return quiet_; }
  [[nodiscard]] bool is_live() const { return live_; }
  [[nodiscard]] Style style() const { return style_; }
  [[nodiscard]] const std::string& here() const { return here_; }

 private:
  bool json_, quiet_, live_;
  Style style_, error_style_;
  std::string here_;
};

/// One rendered run: the tree on a terminal, else lines, or JSON lines.
class RunView {
 public:
  RunView(const Output& output, const Clock& clock);
  ~RunView();
  RunView(const RunView&) = delete;
  RunView& operator=(const RunView&) = delete;

  [[nodiscard]] OnEvent on_event();
  /// Redraws until it is dropped.
  Task<Done> keep_fresh(Clock& clock);
  /// Takes a live view off the screen.
  void clear();

 private:
  struct Shown;
  std::unique_ptr<Shown> shown_;
};

/// `task` while the view is kept fresh beside it.
template <class T>
Task<T> watched(Task<T> task, RunView& view, Clock& clock) {
  auto either = race(std::move(task), view.keep_fresh(clock));
  auto winner = co_await either;
  co_return std::get<0>(std::move(winner));
}

}  // namespace landfast
