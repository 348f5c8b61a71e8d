// SPDX-License-Identifier: Apache-2.0
#include "compose/yaml_finish.h"

namespace landfast::compose {

constinit const std::string_view merge_key{"<<\0", 3};

namespace {

/// Walks a document as it was written. Inside `!override` Compose does not look for tags.
class Finisher {
 public:
  Finisher(Arena& arena, Findings& findings, Document& document)
      : arena_(arena), findings_(findings), document_(document) {}

  void value(Node& node, bool tags) {
    if (node.is_sequence()) return sequence(node, tags);
    if (node.is_mapping()) return mapping(node, tags);
  }

  /// Notes the tag of a value; true: the value is to be taken out.
  bool note(const Node& node) {
    if (node.directive == Directive::none) return false;
    document_.resets.push_back(path_);
    return node.directive == Directive::reset;
  }

 private:
  void sequence(Node& node, bool tags) {
    std::uint32_t kept = 0;
    std::size_t position = 0;
    for (auto* item : node.items()) {
      path_.push_back(std::to_string(position++));
      const bool gone = tags && note(*item);
      if (!gone) {
        value(*item, tags && item->directive == Directive::none);
        node.seq.data[kept++] = item;
      }
      path_.pop_back();
    }
    node.seq.size = kept;
  }

  void mapping(Node& node, bool tags) {
    auto& map = *node.map;
    std::uint32_t kept = 0;
    Entry merged{};
    for (std::uint32_t i = 0; i < map.size; ++i) {
      auto e = map.data[i];
      const bool is_merge = e.key.data() == merge_key.data();
      if (!is_merge) path_.emplace_back(e.key);
      const bool gone = tags && note(*e.value);
      if (!gone) value(*e.value, tags && e.value->directive == Directive::none);
      if (!is_merge) path_.pop_back();
      if (gone) continue;
      if (is_merge) {
        merged = e;
      } else {
        map.data[kept++] = e;
      }
    }
    map.size = kept;
    map.index_size = 0;
    if (merged.value != nullptr) merge(node, merged);
  }

  void merge(Node& node, const Entry& merged) {
    if (merged.value->is_mapping()) return take(node, *merged.value);
    bool good = merged.value->is_sequence();
    for (auto* item : merged.value->items()) {
      good = good && item->is_mapping();
      if (item->is_mapping()) take(node, *item);
    }
    if (!good)
      findings_.error(merged.place, "", "`<<` wants a mapping or a list of mappings",
                      "write `<<: *anchor` or `<<: [*one, *other]`");
  }

  /// Keys that are there already win; the merge is shallow.
  void take(Node& node, const Node& from) {
    for (const auto& e : from.entries())
      if (node.entry(e.key) == nullptr) arena_.append(node, e);
  }

  Arena& arena_;
  Findings& findings_;
  Document& document_;
  std::vector<std::string> path_;
};

}  // namespace

Document finish_document(Arena& arena, Findings& findings, Node* root) {
  Document document{root, {}};
  Finisher finisher(arena, findings, document);
  if (finisher.note(*root)) document.root = arena.null(root->place);
  finisher.value(*document.root, document.root->directive == Directive::none);
  return document;
}

}  // namespace landfast::compose
