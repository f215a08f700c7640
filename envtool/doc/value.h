// The value tree that every pass works on: YAML's and JSON's data model, each node with its place in the source.
// Knows nothing of YAML's text, of schemas or of files.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "envtool/base/source.h"

namespace doc {

enum class Kind : std::uint8_t { null, boolean, integer, real, string, list, map };

/// `null`, `boolean`, ... for messages.
std::string_view to_string(Kind kind);

class Value;
struct Entry;

using List = std::vector<Value>;

/// Keys in the order in which they were added, each once. Look-up is linear: use `Index` for many look-ups in one map.
class Map {
 public:
  Map();
  ~Map();
  Map(const Map&);
  Map(Map&&) noexcept;
  Map& operator=(const Map&);
  Map& operator=(Map&&) noexcept;

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  /// The value of a key, or null if there is none. Good until the map changes.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// The value of a key, added as null at the end if there is none.
  Value& operator[](std::string_view key);
  /// Sets a key's value; a new key goes to the end, an old one keeps its place (and takes the new key span, if any).
  Value& set(std::string_view key, Value value, base::Span key_span = {});
  /// Adds at the end without looking whether the key is there already.
  Value& append(std::string key, Value value, base::Span key_span = {});
  bool erase(std::string_view key);
  std::vector<std::string> keys() const;

  std::vector<Entry>::const_iterator begin() const;
  std::vector<Entry>::const_iterator end() const;
  std::vector<Entry>::iterator begin();
  std::vector<Entry>::iterator end();

 private:
  std::vector<Entry> entries_;
};

/// One node. Copying copies the whole subtree. Equality compares data, not spans; the order of a map's keys does not count.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}                                    // NOLINT(google-explicit-constructor)
  Value(bool value) : data_(value) {}                         // NOLINT(google-explicit-constructor)
  Value(int value) : data_(std::int64_t{value}) {}            // NOLINT(google-explicit-constructor)
  Value(std::int64_t value) : data_(value) {}                 // NOLINT(google-explicit-constructor)
  Value(double value) : data_(value) {}                       // NOLINT(google-explicit-constructor)
  Value(std::string value) : data_(std::move(value)) {}       // NOLINT(google-explicit-constructor)
  Value(std::string_view value) : data_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* value) : data_(std::string(value)) {}     // NOLINT(google-explicit-constructor)
  Value(List value) : data_(std::move(value)) {}              // NOLINT(google-explicit-constructor)
  Value(Map value) : data_(std::move(value)) {}               // NOLINT(google-explicit-constructor)

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_bool() const { return kind() == Kind::boolean; }
  bool is_integer() const { return kind() == Kind::integer; }
  bool is_real() const { return kind() == Kind::real; }
  bool is_number() const { return is_integer() || is_real(); }
  bool is_string() const { return kind() == Kind::string; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_map() const { return kind() == Kind::map; }
  bool is_scalar() const { return !is_list() && !is_map(); }

  /// The data. The kind must be the named one (std::bad_variant_access otherwise: a bug in the caller).
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_integer() const { return std::get<std::int64_t>(data_); }
  /// Of an integer or a real.
  double as_real() const { return is_integer() ? static_cast<double>(as_integer()) : std::get<double>(data_); }
  const std::string& as_string() const& { return std::get<std::string>(data_); }
  std::string&& as_string() && { return std::get<std::string>(std::move(data_)); }
  const List& as_list() const { return std::get<List>(data_); }
  List& as_list() { return std::get<List>(data_); }
  const Map& as_map() const { return std::get<Map>(data_); }
  Map& as_map() { return std::get<Map>(data_); }

  /// The value of a key of a map, or null if there is none or this is no map.
  const Value* find(std::string_view key) const { return is_map() ? as_map().find(key) : nullptr; }
  Value* find(std::string_view key) { return is_map() ? as_map().find(key) : nullptr; }
  /// The value of a key, added if there is none; a null becomes a map first.
  Value& operator[](std::string_view key);
  /// Adds to a list; a null becomes a list first.
  Value& push_back(Value value);

  const base::Span& span() const { return span_; }
  Value& set_span(base::Span span) & {
    span_ = span;
    return *this;
  }
  Value&& set_span(base::Span span) && { return std::move(set_span(span)); }

  friend bool operator==(const Value& a, const Value& b);

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> data_;
  base::Span span_;
};

struct Entry {
  std::string key;
  Value value;
  base::Span key_span;
};

/// `{"a", 1}, {"b", "x"}` as a map.
Value make_map(std::vector<std::pair<std::string, Value>> entries);

/// A list with the value of each item, as `to_value` makes it: by itself, of what is a value already.
template <typename Range, typename ToValue = std::identity>
Value make_list(const Range& range, ToValue to_value = {}) {
  List list;
  for (const auto& item : range) list.emplace_back(std::invoke(to_value, item));
  return list;
}

/// The string at a dotted path, or the empty string if there is none.
std::string text_at(const Value& root, std::string_view path);
/// The list at a dotted path, or an empty one if there is none.
const List& list_at(const Value& root, std::string_view path);

/// `a.b[2]."c.d"`: the path of a node as messages show it; keys that aren't plain words are quoted.
std::string join_path(std::string_view parent, std::string_view key);
std::string join_path(std::string_view parent, std::size_t index);

/// The node at a dotted path (`spec.containers.0.image`; `\.` is a dot inside a key), or null if there is none.
const Value* at_path(const Value& root, std::string_view path);

/// The parts of a dotted path.
std::vector<std::string> split_path(std::string_view path);

}  // namespace doc
