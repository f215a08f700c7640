#include "envtool/doc/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace doc {
namespace {

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '/';
  });
}

bool equal_maps(const Map& a, const Map& b) {
  if (a.size() != b.size()) return false;
  auto other = b.begin();
  for (const Entry& entry : a) {
    const Value* match = other->key == entry.key ? &other->value : b.find(entry.key);
    if (match == nullptr || !(*match == entry.value)) return false;
    ++other;
  }
  return true;
}

const Value* child(const Value& parent, const std::string& name) {
  if (parent.is_map()) return parent.as_map().find(name);
  if (!parent.is_list()) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc{} || end != name.data() + name.size() || index >= parent.as_list().size()) return nullptr;
  return &parent.as_list()[index];
}

}  // namespace

std::string_view to_string(Kind kind) {
  constexpr std::string_view kNames[] = {"null", "boolean", "integer", "number", "string", "list", "map"};
  return kNames[static_cast<std::size_t>(kind)];
}

Map::Map() = default;
Map::~Map() = default;
Map::Map(const Map&) = default;
Map::Map(Map&&) noexcept = default;
Map& Map::operator=(const Map&) = default;
Map& Map::operator=(Map&&) noexcept = default;

std::size_t Map::size() const { return entries_.size(); }

const Value* Map::find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries_.end() ? nullptr : &found->value;
}

Value* Map::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Map::operator[](std::string_view key) {
  Value* found = find(key);
  return found != nullptr ? *found : append(std::string(key), Value());
}

Value& Map::set(std::string_view key, Value value, base::Span key_span) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  if (found == entries_.end()) return append(std::string(key), std::move(value), key_span);
  found->value = std::move(value);
  if (key_span) found->key_span = key_span;
  return found->value;
}

Value& Map::append(std::string key, Value value, base::Span key_span) {
  Entry& entry = entries_.emplace_back();
  entry.key = std::move(key);
  entry.value = std::move(value);
  entry.key_span = key_span;
  return entry.value;
}

bool Map::erase(std::string_view key) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; }) > 0;
}

std::vector<std::string> Map::keys() const {
  std::vector<std::string> names;
  names.reserve(entries_.size());
  for (const Entry& entry : entries_) names.push_back(entry.key);
  return names;
}

std::vector<Entry>::const_iterator Map::begin() const { return entries_.begin(); }
std::vector<Entry>::const_iterator Map::end() const { return entries_.end(); }
std::vector<Entry>::iterator Map::begin() { return entries_.begin(); }
std::vector<Entry>::iterator Map::end() { return entries_.end(); }

Value& Value::operator[](std::string_view key) {
  if (is_null()) data_ = Map();
  return as_map()[key];
}

Value& Value::push_back(Value value) {
  if (is_null()) data_ = List();
  return as_list().emplace_back(std::move(value));
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  return a.is_map() ? equal_maps(a.as_map(), b.as_map()) : a.data_ == b.data_;
}

Value make_map(std::vector<std::pair<std::string, Value>> entries) {
  Map map;
  for (auto& [key, value] : entries) map.append(std::move(key), std::move(value));
  return map;
}

std::string join_path(std::string_view parent, std::string_view key) {
  const std::string shown = is_plain_key(key) ? std::string(key) : fmt::format("\"{}\"", key);
  return parent.empty() ? shown : fmt::format("{}.{}", parent, shown);
}

std::string join_path(std::string_view parent, std::size_t index) { return fmt::format("{}[{}]", parent, index); }

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\' && i + 1 < path.size()) {
      parts.back() += path[++i];
    } else if (path[i] == '.') {
      parts.emplace_back();
    } else {
      parts.back() += path[i];
    }
  }
  return parts;
}

const Value* at_path(const Value& root, std::string_view path) {
  const Value* node = &root;
  for (const std::string& part : split_path(path)) {
    node = child(*node, part);
    if (node == nullptr) return nullptr;
  }
  return node;
}

const List& list_at(const Value& root, std::string_view path) {
  static const List kNone;
  const Value* found = at_path(root, path);
  return found != nullptr && found->is_list() ? found->as_list() : kNone;
}

std::string text_at(const Value& root, std::string_view path) {
  const Value* found = at_path(root, path);
  return found != nullptr && found->is_string() ? found->as_string() : "";
}

}  // namespace doc
