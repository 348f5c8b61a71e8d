// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace landfast::compose {

/// Patterns such as `services.*.ports` with what to do there. A walk keeps one state instead of a
/// path text, so that asking costs nothing for the values that no pattern names.
template <class Action>
class PathTable {
 public:
  using State = int;
  static constexpr State nowhere = -1;
  static constexpr State root = 0;

  PathTable(std::initializer_list<std::pair<std::string_view, Action>> patterns) : nodes_(1) {
    for (const auto& [pattern, action] : patterns) add(pattern, action);
  }
  [[nodiscard]] State next(State state, std::string_view key) const {
    if (state < 0) return nowhere;
    const auto& node = nodes_[static_cast<std::size_t>(state)];
    for (const auto& [name, child] : node.children)
      if (name == key) return child;
    return node.any;
  }
  /// The state of the items of a list.
  [[nodiscard]] State item(State state) const { return next(state, "[]"); }
  [[nodiscard]] const Action* at(State state) const {
    if (state < 0 || !nodes_[static_cast<std::size_t>(state)].action) return nullptr;
    return &*nodes_[static_cast<std::size_t>(state)].action;
  }

 private:
  struct Node {
    std::vector<std::pair<std::string_view, State>> children;
    State any = nowhere;
    std::optional<Action> action;
  };
  void add(std::string_view pattern, const Action& action) {
    State state = root;
    for (std::size_t at = 0; at <= pattern.size();) {
      const auto end = std::min(pattern.find('.', at), pattern.size());
      state = child(state, pattern.substr(at, end - at));
      at = end + 1;
    }
    nodes_[static_cast<std::size_t>(state)].action = action;
  }
  State child(State state, std::string_view key) {
    auto& node = nodes_[static_cast<std::size_t>(state)];
    for (const auto& [name, found] : node.children)
      if (name == key) return found;
    if (key == "*" && node.any != nowhere) return node.any;
    const auto made = static_cast<State>(nodes_.size());
    if (key == "*") {
      node.any = made;
    } else {
      node.children.emplace_back(key, made);
    }
    nodes_.emplace_back();
    return made;
  }
  std::vector<Node> nodes_;
};

}  // namespace landfast::compose
