// SPDX-License-Identifier: Apache-2.0
#include "compose/node.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>

namespace landfast::compose {
namespace {

constexpr std::uint32_t index_from = 16;  ///< smaller mappings are searched from front to back

/// Not a null pointer: texts go to functions that refuse one, whatever the length.
constexpr std::string_view empty_text = "";

std::uint32_t hash_of(std::string_view key) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(key));
}

}  // namespace

bool Node::is_number() const {
  return kind == Kind::integer || kind == Kind::natural || kind == Kind::real ||
         kind == Kind::real32;
}

std::span<Node*> Node::items() const {
  return kind == Kind::sequence ? std::span<Node*>(seq.data, seq.size) : std::span<Node*>();
}

std::span<Entry> Node::entries() const {
  return kind == Kind::mapping ? std::span<Entry>(map->data, map->size) : std::span<Entry>();
}

Entry* Node::entry(std::string_view key) const {
  if (kind != Kind::mapping) return nullptr;
  if (map->index_size == 0 && map->size > index_from) map->arena->build_index(*map);
  if (map->index_size != 0) {
    const auto mask = map->index_size - 1;
    for (auto slot = hash_of(key) & mask; map->index[slot] != 0; slot = (slot + 1) & mask) {
      auto& found = map->data[map->index[slot] - 1];
      if (found.key == key) return &found;
    }
    return nullptr;
  }
  for (auto& e : entries())
    if (e.key == key) return &e;
  return nullptr;
}

Node* Node::find(std::string_view key) const {
  const auto* e = entry(key);
  return e == nullptr ? nullptr : e->value;
}

std::string_view Node::text_of(std::string_view key) const {
  const auto* value = find(key);
  return value != nullptr && value->is_string() ? value->text : std::string_view{};
}

void* Arena::allocate(std::size_t size, std::size_t alignment) {
  bytes_ += size;
  return memory_.allocate(size, alignment);
}

Node* Arena::node(Kind kind, Place place) {
  ++nodes_;
  auto* made = new (allocate(sizeof(Node), alignof(Node))) Node();
  made->kind = kind;
  made->place = place;
  if (kind == Kind::string) made->text = empty_text;
  return made;
}

std::string_view Arena::keep(std::string_view text) {
  if (text.empty()) return empty_text;
  auto* copy = static_cast<char*>(allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

Node* Arena::string(std::string_view text, Place place) {
  auto* made = node(Kind::string, place);
  made->text = keep(text);
  return made;
}

Node* Arena::boolean(bool value, Place place) {
  auto* made = node(Kind::boolean, place);
  made->boolean = value;
  return made;
}

Node* Arena::integer(std::int64_t value, Place place) {
  auto* made = node(Kind::integer, place);
  made->integer = value;
  return made;
}

Node* Arena::real(double value, Place place) {
  auto* made = node(Kind::real, place);
  made->real = value;
  return made;
}

Node* Arena::sequence(Place place) {
  auto* made = node(Kind::sequence, place);
  made->seq = SeqBody{nullptr, 0, 0};
  return made;
}

Node* Arena::mapping(Place place) {
  auto* made = node(Kind::mapping, place);
  made->map = body();
  return made;
}

void Arena::push(Node& sequence, Node* item) {
  auto& seq = sequence.seq;
  if (seq.size == seq.capacity) {
    const auto capacity = seq.capacity == 0 ? 4U : seq.capacity * 2;
    auto* data = static_cast<Node**>(allocate(capacity * sizeof(Node*), alignof(Node*)));
    std::copy_n(seq.data, seq.size, data);
    seq.data = data;
    seq.capacity = capacity;
  }
  seq.data[seq.size++] = item;
}

void Arena::append(Node& mapping, const Entry& entry) {
  auto& map = *mapping.map;
  if (map.size == map.capacity) {
    const auto capacity = map.capacity == 0 ? 2U : map.capacity * 2;
    auto* data = static_cast<Entry*>(allocate(capacity * sizeof(Entry), alignof(Entry)));
    std::uninitialized_copy_n(map.data, map.size, data);
    map.data = data;
    map.capacity = capacity;
  }
  std::construct_at(map.data + map.size, entry);
  ++map.size;
  if (map.index_size == 0) return;
  if (map.size * 2 > map.index_size) return build_index(map);
  const auto mask = map.index_size - 1;
  auto slot = hash_of(entry.key) & mask;
  while (map.index[slot] != 0) slot = (slot + 1) & mask;
  map.index[slot] = map.size;
}

void Arena::build_index(MapBody& map) {
  map.index_size = 64;
  while (map.index_size < map.size * 4) map.index_size *= 2;
  map.index = static_cast<std::uint32_t*>(
      allocate(map.index_size * sizeof(std::uint32_t), alignof(std::uint32_t)));
  std::fill_n(map.index, map.index_size, 0U);
  const auto mask = map.index_size - 1;
  for (std::uint32_t i = 0; i < map.size; ++i) {
    auto slot = hash_of(map.data[i].key) & mask;
    while (map.index[slot] != 0) slot = (slot + 1) & mask;
    map.index[slot] = i + 1;
  }
}

MapBody* Arena::body() {
  auto* made = new (allocate(sizeof(MapBody), alignof(MapBody))) MapBody();
  made->arena = this;
  return made;
}

void Arena::put(Node& mapping, std::string_view key, Node* value, Place place) {
  if (auto* found = mapping.entry(key)) {
    found->value = value;
    return;
  }
  append(mapping, Entry{key, value, place});
}

void Arena::erase(Node& mapping, std::string_view key) {
  auto* found = mapping.entry(key);
  if (found == nullptr) return;
  auto& map = *mapping.map;
  std::move(found + 1, map.data + map.size, found);
  --map.size;
  map.index_size = 0;
}

Node* Arena::clone(const Node& source) {
  auto* copy = node(source.kind, source.place);
  copy->directive = source.directive;
  if (exhausted()) return copy->kind = Kind::null, copy;
  if (source.is_sequence()) {
    copy->seq = SeqBody{nullptr, 0, 0};
    for (const auto* item : source.items()) push(*copy, clone(*item));
  } else if (source.is_mapping()) {
    copy->map = body();
    for (const auto& e : source.entries()) append(*copy, Entry{e.key, clone(*e.value), e.place});
  } else if (source.is_string() || source.is(Kind::timestamp)) {
    copy->text = source.text;
  } else {
    copy->natural = source.natural;
    if (source.is(Kind::boolean)) copy->boolean = source.boolean;
  }
  return copy;
}

bool equal(const Node& a, const Node& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
  case Kind::null:
    return true;
  case Kind::boolean:
    return a.boolean == b.boolean;
  case Kind::integer:
    return a.integer == b.integer;
  case Kind::natural:
    return a.natural == b.natural;
  case Kind::real:
  case Kind::real32:
    return a.real == b.real;
  case Kind::string:
  case Kind::timestamp:
    return a.text == b.text;
  case Kind::sequence:
    return std::ranges::equal(a.items(), b.items(), [](auto* x, auto* y) { return equal(*x, *y); });
  case Kind::mapping:
    break;
  }
  if (a.entries().size() != b.entries().size()) return false;
  return std::ranges::all_of(a.entries(), [&](const Entry& e) {
    const auto* other = b.find(e.key);
    return other != nullptr && equal(*e.value, *other);
  });
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
  case Kind::null:
    return "nothing";
  case Kind::boolean:
    return "true/false";
  case Kind::integer:
  case Kind::natural:
    return "integer";
  case Kind::real:
  case Kind::real32:
    return "number";
  case Kind::string:
    return "string";
  case Kind::timestamp:
    return "date";
  case Kind::sequence:
    return "list";
  case Kind::mapping:
    return "mapping";
  }
  return "value";
}

}  // namespace landfast::compose
