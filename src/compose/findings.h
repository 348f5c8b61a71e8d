// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compose/node.h"
#include "model/project.h"

namespace landfast::compose {

/// A text that was read: kept while the load runs, so that errors can quote it.
struct Source {
  std::string file;
  std::string text;
  std::vector<std::string> trace;              ///< the include or extends chain that led here
  mutable std::vector<std::uint32_t> lines{};  ///< where each begins, once one was asked for
};

/// The path to a value: keys and list positions, cheap to push and pop, text only for an error.
class Path {
 public:
  class Step {
   public:
    Step(Path& path, std::string_view key) : path_(path) { path.parts_.push_back({key, 0}); }
    Step(Path& path, std::size_t position) : path_(path) {
      path.parts_.push_back({{}, position + 1});
    }
    ~Step() { path_.parts_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Path& path_;
  };
  Path() = default;
  Path(std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) parts_.push_back({key, 0});
  }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::size_t depth() const { return parts_.size(); }
  [[nodiscard]] std::string_view key(std::size_t at) const { return parts_[at].key; }

 private:
  struct Part {
    std::string_view key;
    std::size_t position;  ///< 1-based; 0: a key
  };
  std::vector<Part> parts_;
};

/// Everything that a load found: errors with places (all of them, at most max_errors), warnings.
class Findings {
 public:
  static constexpr std::size_t max_errors = 100;

  /// Registers a text; the index goes into the places of its nodes.
  std::uint16_t add_source(Source source);
  [[nodiscard]] const Source& source(std::uint16_t index) const { return sources_[index]; }
  [[nodiscard]] std::size_t sources() const { return sources_.size(); }
  [[nodiscard]] Mark mark(const Place& place) const;

  void error(const Place& place, std::string path, std::string text, std::string hint = {});
  void error(const Node& node, const Path& path, std::string text, std::string hint = {}) {
    error(node.place, path.text(), std::move(text), std::move(hint));
  }
  void error(Error error);
  void warn(std::string text, const Place& place, std::string path = {});
  void warn(std::string text);
  /// A variable without value or default, one warning for each (Compose has the same).
  void unset(const std::string& variable, const Place& place);
  [[nodiscard]] std::vector<std::string> take_unset() { return {unset_.begin(), unset_.end()}; }
  /// The same, once for equal texts (Compose's one warning for a variable that is not set).
  void warn_once(std::string text, const Place& place);

  [[nodiscard]] bool failed() const { return !errors_.empty(); }
  /// No further error is kept: looking for more is of no use.
  [[nodiscard]] bool full() const { return errors_.size() >= max_errors; }
  [[nodiscard]] std::size_t count() const { return errors_.size(); }
  /// The first error by place, the others in `more`.
  [[nodiscard]] Error take_error();
  [[nodiscard]] std::vector<Warning> take_warnings() { return std::move(warnings_); }

 private:
  std::deque<Source> sources_{Source{}};  ///< index 0: no place
  std::vector<Error> errors_;
  std::vector<Warning> warnings_;
  std::set<std::string> seen_, unset_;
};

}  // namespace landfast::compose
