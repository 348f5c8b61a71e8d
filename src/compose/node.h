// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>

namespace landfast::compose {

/// Where a value stands: index of its source, 1-based line and column (0: made by the loader).
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint16_t source = 0;
};

enum class Kind : std::uint8_t {
  null,
  boolean,
  integer,
  natural,  ///< an integer above the range of int64
  real,
  real32,  ///< a float that Compose keeps with 32 bits
  string,
  timestamp,
  sequence,
  mapping
};

/// `!reset` and `!override` (Compose Specification, merge).
enum class Directive : std::uint8_t { none, reset, override_value };

class Arena;
struct Node;

struct Entry {
  std::string_view key;
  Node* value = nullptr;
  Place place;  ///< of the key
};

/// The entries of a mapping in order of appearance; a large one is indexed when first searched.
struct MapBody {
  Arena* arena = nullptr;  ///< where the index goes
  Entry* data = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  std::uint32_t* index = nullptr;
  std::uint32_t index_size = 0;  ///< power of two, 0: not built
};

struct SeqBody {
  Node** data;
  std::uint32_t size;
  std::uint32_t capacity;
};

/// A value of the YAML tree. Lives in an Arena, is never shared between two parents.
struct Node {
  Kind kind = Kind::null;
  Directive directive = Directive::none;
  Place place;
  union {
    bool boolean;
    std::int64_t integer;
    std::uint64_t natural;
    double real;
    std::string_view text;  ///< string and timestamp
    SeqBody seq;
    MapBody* map;
  };

  Node() : integer(0) {}
  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
  [[nodiscard]] bool is_string() const { return kind == Kind::string; }
  [[nodiscard]] bool is_mapping() const { return kind == Kind::mapping; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
  [[nodiscard]] bool is_number() const;

  /// The items of a sequence, the entries of a mapping; empty for any other kind.
  [[nodiscard]] std::span<Node*> items() const;
  [[nodiscard]] std::span<Entry> entries() const;
  [[nodiscard]] Entry* entry(std::string_view key) const;
  /// The value under a key, nullptr where it is absent or this is no mapping.
  [[nodiscard]] Node* find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  /// The text of a string under a key, "" for anything else.
  [[nodiscard]] std::string_view text_of(std::string_view key) const;
};

/// Memory of one load, with the bounds that keep hostile input small.
class Arena {
 public:
  static constexpr std::size_t max_nodes = 120'000;
  static constexpr std::size_t max_bytes = std::size_t{32} << 20;

  Node* node(Kind kind, Place place);
  Node* string(std::string_view text, Place place);  ///< copies the text
  Node* boolean(bool value, Place place);
  Node* integer(std::int64_t value, Place place);
  Node* real(double value, Place place);
  Node* null(Place place) { return node(Kind::null, place); }
  Node* sequence(Place place);
  Node* mapping(Place place);

  std::string_view keep(std::string_view text);
  void push(Node& sequence, Node* item);
  /// Sets a key: replaces its value (its place stays) or appends.
  void put(Node& mapping, std::string_view key, Node* value, Place place);
  void append(Node& mapping, const Entry& entry);  ///< the caller knows that the key is new
  void erase(Node& mapping, std::string_view key);
  [[nodiscard]] Node* clone(const Node& node);

  /// True once a bound was passed; the phase that notices reports it.
  [[nodiscard]] bool exhausted() const { return nodes_ > max_nodes || bytes_ > max_bytes; }
  [[nodiscard]] std::size_t nodes() const { return nodes_; }
  void* allocate(std::size_t size, std::size_t alignment);
  void build_index(MapBody& map);

 private:
  MapBody* body();
  std::pmr::monotonic_buffer_resource memory_{std::size_t{64} << 10};
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

/// Deep equality of values, as reflect.DeepEqual sees it; places do not count.
[[nodiscard]] bool equal(const Node& a, const Node& b);

/// "mapping", "list", "string", … for messages.
[[nodiscard]] std::string_view kind_name(Kind kind);

}  // namespace landfast::compose
