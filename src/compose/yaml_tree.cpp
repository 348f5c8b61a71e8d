// SPDX-License-Identifier: Apache-2.0
#include "compose/yaml_tree.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

#include "compose/scalar.h"
#include "compose/yaml_finish.h"
#include "compose/yaml_syntax.h"

namespace landfast::compose {
namespace {

constexpr std::string_view core_prefix = "tag:yaml.org,2002:";

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

std::string short_tag(const yaml_char_t* tag) {
  const auto text = view(tag);
  return text.starts_with(core_prefix) ? "!!" + std::string(text.substr(core_prefix.size()))
                                       : std::string(text);
}

/// A libyaml event that frees itself.
struct Event {
  yaml_event_t raw{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }
};

/// libyaml's events → tree. One reader per source.
class Reader {
 public:
  Reader(Arena& arena, Findings& findings, std::uint16_t source)
      : arena_(arena), findings_(findings), source_(source) {
    const auto& text = findings.source(source).text;
    ready_ = yaml_parser_initialize(&parser_) == 1;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  std::vector<Node*> documents() {
    std::vector<Node*> found;
    while (ready_) {
      Event event;
      if (!next(event)) break;
      if (event.raw.type == YAML_STREAM_END_EVENT) {
        complete_ = true;
        break;
      }
      if (event.raw.type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      Event first;
      if (!next(first)) break;
      auto* root = value(first, 0);
      if (root == nullptr) break;
      found.push_back(root);
    }
    check_aliasing();
    return found;
  }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  [[nodiscard]] Place place(const yaml_mark_t& mark) const {
    return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1),
            source_};
  }

  bool next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.raw) == 1) {
      if (event.raw.type == YAML_SCALAR_EVENT) remember_quotes(event.raw);
      return true;
    }
    ready_ = false;
    if (parser_.error == YAML_MEMORY_ERROR) {
      stop({}, "the file needs too much memory");
    } else {
      auto error = syntax_error(parser_, findings_, source_, quoted_);
      stop(error.place, std::move(error.text), std::move(error.hint));
    }
    return false;
  }

  void remember_quotes(const yaml_event_t& event) {
    const auto style = event.data.scalar.style;
    if (style != YAML_DOUBLE_QUOTED_SCALAR_STYLE && style != YAML_SINGLE_QUOTED_SCALAR_STYLE)
      return;
    if (event.start_mark.line != event.end_mark.line)
      quoted_ = QuotedLines{event.start_mark, event.end_mark};
  }

  void stop(const Place& at, std::string text, std::string hint = {}) {
    ready_ = false;
    complete_ = false;
    findings_.error(at.source == 0 ? Place{1, 1, source_} : at, "", std::move(text),
                    std::move(hint));
  }

  bool within_bounds(const Event& event, std::size_t depth) {
    if (depth > max_depth) {
      stop(place(event.raw.start_mark), fmt::format("nested deeper than {} levels", max_depth));
      return false;
    }
    if (!arena_.exhausted()) return true;
    stop(place(event.raw.start_mark),
         fmt::format("the file, with its aliases, holds more than {} values", Arena::max_nodes),
         "split it, or use fewer aliases");
    return false;
  }

  Node* value(Event& event, std::size_t depth) {
    if (!within_bounds(event, depth)) return nullptr;
    switch (event.raw.type) {
    case YAML_SCALAR_EVENT:
      return scalar(event);
    case YAML_SEQUENCE_START_EVENT:
      return sequence(event, depth);
    case YAML_MAPPING_START_EVENT:
      return mapping(event, depth);
    case YAML_ALIAS_EVENT:
      return alias(event);
    default:
      stop(place(event.raw.start_mark), "a value is missing");
      return nullptr;
    }
  }

  Node* scalar(Event& event) {
    const auto& s = event.raw.data.scalar;
    auto* made = arena_.node(Kind::string, place(event.raw.start_mark));
    made->text = arena_.keep({reinterpret_cast<const char*>(s.value), s.length});
    const auto tag = short_tag(s.tag);
    if (tag == "!!binary") binary(*made);
    mark_directive(*made, tag);
    if (!resolve_scalar(*made, tag, s.style != YAML_PLAIN_SCALAR_STYLE))
      findings_.error(*made, Path{}, fmt::format("\"{}\" is not a {}", made->text, tag));
    if (s.anchor != nullptr) anchors_[std::string(view(s.anchor))] = {made, true};
    return made;
  }

  void binary(Node& node) {
    const auto bytes = decode_base64(node.text);
    if (!bytes) findings_.error(node, Path{}, "this is no base64");
    if (bytes) node.text = arena_.keep(*bytes);
  }

  static void mark_directive(Node& node, std::string_view tag) {
    if (tag == "!reset") node.directive = Directive::reset;
    if (tag == "!override") node.directive = Directive::override_value;
  }

  Node* sequence(Event& event, std::size_t depth) {
    auto* made = arena_.sequence(place(event.raw.start_mark));
    mark_directive(*made, short_tag(event.raw.data.sequence_start.tag));
    const auto anchor = open(event.raw.data.sequence_start.anchor, made);
    while (true) {
      Event item;
      if (!next(item)) return nullptr;
      if (item.raw.type == YAML_SEQUENCE_END_EVENT) break;
      auto* child = value(item, depth + 1);
      if (child == nullptr) return nullptr;
      arena_.push(*made, child);
    }
    close(anchor, made);
    return made;
  }

  Node* mapping(Event& event, std::size_t depth) {
    auto* made = arena_.mapping(place(event.raw.start_mark));
    mark_directive(*made, short_tag(event.raw.data.mapping_start.tag));
    const auto anchor = open(event.raw.data.mapping_start.anchor, made);
    while (true) {
      Event key;
      if (!next(key)) return nullptr;
      if (key.raw.type == YAML_MAPPING_END_EVENT) break;
      if (!entry(*made, key, depth + 1)) return nullptr;
    }
    close(anchor, made);
    return made;
  }

  bool entry(Node& made, Event& key, std::size_t depth) {
    const bool plain =
        key.raw.type == YAML_SCALAR_EVENT && key.raw.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const auto text = key.raw.type == YAML_SCALAR_EVENT
                          ? arena_.keep({reinterpret_cast<const char*>(key.raw.data.scalar.value),
                                         key.raw.data.scalar.length})
                          : std::string_view{};
    auto* name = value(key, depth);
    if (name == nullptr) return false;
    Event event;
    if (!next(event)) return false;
    auto* child = value(event, depth);
    if (child == nullptr) return false;
    const bool merge = plain && text == "<<";
    add(made, *name, merge ? merge_key : name->is_string() ? name->text : text, child, merge);
    return true;
  }

  void add(Node& made, const Node& name, std::string_view key, Node* child, bool merge) {
    if (!merge && !name.is_string()) {
      findings_.error(name, Path{}, fmt::format("the key `{}` is not a string", key),
                      "write it between quotes");
      return;
    }
    if (const auto* earlier = made.entry(key)) {
      findings_.error(name, Path{}, fmt::format("the key `{}` stands here twice", name.text),
                      fmt::format("it was set in line {} already", earlier->place.line));
      return;
    }
    arena_.append(made, Entry{key, child, name.place});
  }

  struct Anchor {
    Node* node = nullptr;
    bool complete = false;
  };

  Anchor* open(const yaml_char_t* name, Node* made) {
    if (name == nullptr) return nullptr;
    auto& slot = anchors_[std::string(view(name))];
    slot = {made, false};
    return &slot;
  }
  static void close(Anchor* anchor, const Node* made) {
    if (anchor != nullptr && anchor->node == made) anchor->complete = true;
  }

  Node* alias(Event& event) {
    const std::string name(view(event.raw.data.alias.anchor));
    const auto at = place(event.raw.start_mark);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      stop(at, fmt::format("there is no anchor `&{}` before this alias", name));
      return nullptr;
    }
    if (!found->second.complete) {
      stop(at, fmt::format("the anchor `&{}` contains itself", name));
      return nullptr;
    }
    const auto before = arena_.nodes();
    auto* copy = arena_.clone(*found->second.node);
    drop_resets(*copy);
    copied_ += arena_.nodes() - before;
    return copy;
  }

  /// A `!reset` inside an anchor counts where the anchor stands, not where it is used (Compose).
  static void drop_resets(Node& node) {
    if (node.is_sequence())
      node.seq.size = static_cast<std::uint32_t>(
          std::ranges::remove(node.items(), Directive::reset, &Node::directive).begin() -
          node.items().begin());
    if (node.is_mapping())
      node.map->size = static_cast<std::uint32_t>(
          std::ranges::remove(node.entries(), Directive::reset,
                              [](const Entry& e) { return e.value->directive; })
              .begin() -
          node.entries().begin());
    for (auto* item : node.items()) drop_resets(*item);
    for (auto& e : node.entries()) drop_resets(*e.value);
  }

  /// go-yaml's own measure against alias bombs.
  void check_aliasing() {
    const auto total = static_cast<double>(arena_.nodes());
    if (copied_ <= 100 || total <= 1000 || static_cast<double>(copied_) / total <= 0.99) return;
    stop({}, "the file consists almost only of repeated aliases",
         "Compose refuses it too (excessive aliasing)");
  }

  Arena& arena_;
  Findings& findings_;
  std::uint16_t source_;
  std::optional<QuotedLines> quoted_;
  yaml_parser_t parser_{};
  bool ready_ = false;
  bool complete_ = false;
  std::unordered_map<std::string, Anchor> anchors_;
  std::size_t copied_ = 0;
};

}  // namespace

YamlText read_yaml(Arena& arena, Findings& findings, std::uint16_t source) {
  if (findings.source(source).text.size() > max_file_bytes) {
    findings.error(Place{1, 1, source}, "",
                   fmt::format("the file is larger than {} MiB", max_file_bytes >> 20));
    return {};
  }
  Reader reader(arena, findings, source);
  YamlText out;
  const auto roots = reader.documents();
  if (!reader.complete()) return out;
  for (auto* root : roots) out.documents.push_back(finish_document(arena, findings, root));
  out.complete = true;
  return out;
}

}  // namespace landfast::compose
