#include "envtool/tmpl/value.h"

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"

namespace tmpl {
namespace {

constexpr std::size_t kSmallDict = 8;

const std::string_view kTypeNames[] = {"missing", "undefined", "none",  "boolean", "integer", "float",
                                       "string",  "list",      "tuple", "dict",    "object"};

std::shared_ptr<const std::string> borrowed(const std::string& text) {
  return {std::shared_ptr<const void>(), &text};
}

std::string with_article(std::string_view noun) {
  if (noun == "none") return "none";
  const bool vowel = std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(noun);
}

std::size_t table_size_for(std::size_t entries) {
  std::size_t size = 32;
  while (size < entries * 2) size *= 2;
  return size;
}

}  // namespace

Value Value::undefined(UndefinedInfo info) {
  return Value(Data(std::make_shared<const UndefinedInfo>(std::move(info))));
}

Value Value::text(std::string bytes, Markup markup) {
  return Value(Data(Text{std::make_shared<const std::string>(std::move(bytes)), markup}));
}

Value Value::borrow(const doc::Value& value) {
  switch (value.kind()) {
    case doc::Kind::null:
      return none();
    case doc::Kind::boolean:
      return boolean(value.as_bool());
    case doc::Kind::integer:
      return integer(value.as_integer());
    case doc::Kind::real:
      return real(value.as_real());
    case doc::Kind::string:
      return text(Text{borrowed(value.as_string()), Markup::no});
    case doc::Kind::list:
      return Value(Data(&value.as_list()));
    case doc::Kind::map:
      return Value(Data(&value.as_map()));
  }
  return none();
}

bool Value::is_group() const { return is_tuple() && std::get<std::shared_ptr<const Tuple>>(data_)->group; }

std::shared_ptr<List> Value::own_list() const {
  const auto* list = std::get_if<std::shared_ptr<List>>(&data_);
  return list == nullptr ? nullptr : *list;
}

std::shared_ptr<Dict> Value::own_dict() const {
  const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_);
  return dict == nullptr ? nullptr : *dict;
}

std::size_t Value::sequence_size() const {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&data_)) return (*list)->items.size();
  if (const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&data_)) return (*tuple)->items.size();
  return std::get<const doc::List*>(data_)->size();
}

Value Value::sequence_at(std::size_t index) const {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&data_)) return (*list)->items[index];
  if (const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&data_)) return (*tuple)->items[index];
  return borrow((*std::get<const doc::List*>(data_))[index]);
}

std::vector<Value> Value::sequence_items() const {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&data_)) return (*list)->items;
  if (const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&data_)) return (*tuple)->items;
  std::vector<Value> items;
  items.reserve(sequence_size());
  for (const doc::Value& item : *std::get<const doc::List*>(data_)) items.push_back(borrow(item));
  return items;
}

std::size_t Value::dict_size() const {
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_)) return (*dict)->size();
  return std::get<const doc::Map*>(data_)->size();
}

Value Value::dict_key_at(std::size_t index) const {
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_)) return (*dict)->at(index).key;
  const auto entry = std::get<const doc::Map*>(data_)->begin() + static_cast<std::ptrdiff_t>(index);
  return text(Text{borrowed(entry->key), Markup::no});
}

Value Value::dict_value_at(std::size_t index) const {
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_)) return (*dict)->at(index).value;
  return borrow((std::get<const doc::Map*>(data_)->begin() + static_cast<std::ptrdiff_t>(index))->value);
}

std::optional<Value> Value::dict_find(const Value& key) const {
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_)) {
    const Dict::Entry* entry = (*dict)->find(key);
    return entry == nullptr ? std::nullopt : std::optional(entry->value);
  }
  if (key.is_text()) return dict_find(key.as_text());
  hash(key);  // refuses keys that can't be hashed
  return std::nullopt;
}

std::optional<Value> Value::dict_find(std::string_view key) const {
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_)) {
    const Dict::Entry* entry = (*dict)->find(key);
    return entry == nullptr ? std::nullopt : std::optional(entry->value);
  }
  const doc::Value* value = std::get<const doc::Map*>(data_)->find(key);
  return value == nullptr ? std::nullopt : std::optional(borrow(*value));
}

bool Value::same_as(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  if (is_text()) return as_text() == other.as_text() && is_markup() == other.is_markup();
  return std::visit(
      [&](const auto& mine) {
        using Held = std::decay_t<decltype(mine)>;
        if constexpr (std::is_same_v<Held, Missing> || std::is_same_v<Held, None> ||
                      std::is_same_v<Held, Text>) {
          return true;
        } else {
          return mine == std::get<Held>(other.data_);
        }
      },
      data_);
}

const Dict::Entry* Dict::find(const Value& key) const {
  const std::size_t at = position(key, hash(key));
  return at == entries_.size() ? nullptr : &entries_[at];
}

const Dict::Entry* Dict::find(std::string_view key) const {
  const std::size_t wanted = hash(key);
  const auto matches = [&](const Entry& entry) {
    return entry.hash == wanted && entry.key.is_text() && entry.key.as_text() == key;
  };
  if (table_.empty()) {
    for (const Entry& entry : entries_) {
      if (matches(entry)) return &entry;
    }
    return nullptr;
  }
  for (std::size_t slot = wanted & (table_.size() - 1); table_[slot] != 0;
       slot = (slot + 1) & (table_.size() - 1)) {
    if (matches(entries_[table_[slot] - 1])) return &entries_[table_[slot] - 1];
  }
  return nullptr;
}

std::size_t Dict::position(const Value& key, std::size_t hash) const {
  const auto matches = [&](const Entry& entry) { return entry.hash == hash && equal_keys(entry.key, key); };
  if (table_.empty()) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (matches(entries_[i])) return i;
    }
    return entries_.size();
  }
  for (std::size_t slot = hash & (table_.size() - 1); table_[slot] != 0;
       slot = (slot + 1) & (table_.size() - 1)) {
    if (matches(entries_[table_[slot] - 1])) return table_[slot] - 1;
  }
  return entries_.size();
}

void Dict::set(const Value& key, Value value) {
  const std::size_t key_hash = hash(key);
  const std::size_t at = position(key, key_hash);
  if (at < entries_.size()) {
    entries_[at].value = std::move(value);
    return;
  }
  entries_.push_back({key, std::move(value), key_hash});
  if (entries_.size() > kSmallDict) index_from(at);
}

/// Enters the entries from `first` on into the table, all of them if the table must grow.
void Dict::index_from(std::size_t first) {
  if (table_.size() < entries_.size() * 2) {
    table_.assign(table_size_for(entries_.size() * 2), 0);
    first = 0;
  }
  for (std::size_t i = first; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & (table_.size() - 1);
    while (table_[slot] != 0) slot = (slot + 1) & (table_.size() - 1);
    table_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

bool Dict::erase(const Value& key) {
  const std::size_t at = position(key, hash(key));
  if (at == entries_.size()) return false;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
  table_.clear();
  if (entries_.size() > kSmallDict) index_from(0);
  return true;
}

void Dict::clear() {
  entries_.clear();
  table_.clear();
}

std::string Object::repr(Runtime& /*runtime*/) const {
  throw base::Error(with_article(type_name()) + " can't be printed")
      .hint("`| list` makes a list of what it gives");
}

StreamPtr Object::iterate(Runtime& /*runtime*/) { return nullptr; }
StreamPtr Object::reversed(Runtime& /*runtime*/) { return nullptr; }

std::optional<Value> Object::attribute(Runtime& /*runtime*/, std::string_view /*name*/) {
  return std::nullopt;
}

std::optional<Value> Object::item(Runtime& /*runtime*/, const Value& /*key*/) { return std::nullopt; }

Value Object::call(Runtime& /*runtime*/, Arguments&& /*arguments*/) {
  throw base::Error(with_article(type_name()) + " can't be called");
}

std::string with_article(const Value& value) {
  if (value.is_object()) return with_article(value.as_object()->type_name());
  return with_article(kTypeNames[static_cast<std::size_t>(value.type())]);
}

}  // namespace tmpl
