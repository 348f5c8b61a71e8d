// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/event.h"
#include "plan/plan.h"
#include "watch/style.h"

namespace landfast {

/// One line of the view: what a service is doing or waits for, and since when.
struct ServiceLine {
  std::string name;
  LineState state = LineState::waiting;
  std::string text;
  std::optional<std::chrono::nanoseconds> since;  ///< when it began, on the clock of Event::at
  std::optional<std::chrono::nanoseconds> took;   ///< set once it has ended
  bool unchanged = false;                         ///< the plan has nothing for it
};

/// The state of a run as its events tell it: a fold over the stream, with no clock of its own.
/// Owns what it keeps; text of others has passed `printable`.
class Progress {
 public:
  void apply(const Event& event);

  /// "imagion   release 4 → 5   app changes (image)"; empty before anything is known.
  [[nodiscard]] std::string header() const;
  /// One line per service, in the order of the plan.
  [[nodiscard]] std::vector<ServiceLine> lines() const;
  /// What the user should know, oldest first.
  [[nodiscard]] const std::vector<std::string>& notices() const { return notices_; }
  /// How it ended: "release 5 in 2.9 s"; nullopt while it runs.
  [[nodiscard]] const std::optional<std::string>& outcome() const { return outcome_; }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  struct StepView {
    Step step;
    LineState state = LineState::waiting;
    std::string text;
    std::chrono::nanoseconds started{0}, ended{0};
  };
  struct ServiceView {
    std::string result;  ///< shown once all is done, or where the plan has no step
    bool unchanged = false;
    std::vector<std::string> steps;  ///< ids, in the order of the plan
  };

  /// The steps of a service that say how it stands.
  struct Moment {
    const StepView *active = nullptr, *failed = nullptr, *next = nullptr;
    const StepView *last = nullptr, *gate = nullptr;
    std::optional<std::chrono::nanoseconds> since;
  };

  void apply_step(const Event& event, StepView& view);
  void begin(const Event& event);
  void adopt(const Plan& plan);
  StepView* view_of(const Event& event);
  ServiceView& service_of(const Step& step);
  void begin_undo(const Event& event);
  void end(const Event& event);
  [[nodiscard]] ServiceLine line(const std::string& name, const ServiceView& view) const;
  [[nodiscard]] Moment look_at(const ServiceView& view) const;
  [[nodiscard]] static std::string active_text(const StepView& view);
  [[nodiscard]] static std::string done_text(const ServiceView& view, const Moment& now);
  [[nodiscard]] std::string waits_for(const std::string& service, const StepView& first) const;

  std::string stack_, change_, summary_;
  std::optional<std::int64_t> was_release_;
  std::vector<std::string> order_;
  std::map<std::string, ServiceView> services_;
  std::map<std::string, StepView> steps_;
  std::vector<std::string> notices_;
  std::optional<std::string> outcome_;
  bool failed_ = false;
};

}  // namespace landfast
