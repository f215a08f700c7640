// Look-up of methods, and those of lists, tuples and dicts.
#include "envtool/tmpl/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/sorting.h"

namespace tmpl {
namespace {

/// Names that Python's types have and templates can't reach here.
constexpr std::string_view kRefusedOfText[] = {"encode",   "format_map", "maketrans", "translate",
                                               "unescape", "striptags",  "escape"};
constexpr std::string_view kRefusedOfDict[] = {"fromkeys"};
constexpr std::string_view kRefusedOfNumbers[] = {
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator",
    "from_bytes",       "fromhex",   "hex",        "imag",      "is_integer",
    "numerator",        "real",      "to_bytes"};

template <std::size_t kCount>
bool one_of(std::string_view name, const std::string_view (&names)[kCount]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_refused(const Value& self, std::string_view name) {
  if (self.is_text()) return one_of(name, kRefusedOfText);
  if (self.is_dict()) return one_of(name, kRefusedOfDict);
  return self.is_number() && one_of(name, kRefusedOfNumbers);
}

const std::vector<Method>& methods_of(const Value& self) {
  static const std::vector<Method> none;
  if (self.is_text()) return text_methods();
  if (self.is_list()) return list_methods();
  if (self.is_tuple()) return tuple_methods();
  return self.is_dict() ? dict_methods() : none;
}

List& writable_list(const Value& self) {
  const auto list = self.own_list();
  if (list == nullptr)
    throw base::Error("a list of the caller can't be changed").hint("`| list` makes a copy that can");
  return *list;
}

Dict& writable_dict(const Value& self) {
  const auto dict = self.own_dict();
  if (dict == nullptr)
    throw base::Error("a dict of the caller can't be changed").hint("`dict(...)` makes a copy that can");
  return *dict;
}

void grow(Runtime& runtime, std::size_t items) {
  runtime.step(items);
  runtime.allocate(items * sizeof(Value));
}

/// Where an index points in a list, clamped as insert() clamps it.
std::ptrdiff_t clamped(std::int64_t index, std::size_t size) {
  const auto count = static_cast<std::int64_t>(size);
  return std::clamp<std::int64_t>(index < 0 ? index + count : index, 0, count);
}

Value list_append(Runtime& runtime, const Value& self, const Bound& arguments) {
  grow(runtime, 1);
  writable_list(self).items.push_back(arguments.at(0));
  return Value::none();
}

Value list_extend(Runtime& runtime, const Value& self, const Bound& arguments) {
  List& list = writable_list(self);
  std::vector<Value> more = collect(runtime, arguments.at(0));
  grow(runtime, more.size());
  list.items.insert(list.items.end(), more.begin(), more.end());
  return Value::none();
}

Value list_insert(Runtime& runtime, const Value& self, const Bound& arguments) {
  List& list = writable_list(self);
  grow(runtime, 1);
  runtime.step(list.items.size() / 16);
  list.items.insert(list.items.begin() + clamped(arguments.integer(0), list.items.size()), arguments.at(1));
  return Value::none();
}

Value list_pop(Runtime& runtime, const Value& self, const Bound& arguments) {
  List& list = writable_list(self);
  const auto count = static_cast<std::int64_t>(list.items.size());
  const std::int64_t wanted = arguments.integer(0, -1);
  const std::int64_t index = wanted < 0 ? wanted + count : wanted;
  if (count == 0) throw base::Error("pop() from an empty list");
  if (index < 0 || index >= count) throw base::Error(fmt::format("pop(): there is no item {}", wanted));
  runtime.step(list.items.size() / 16);
  Value item = list.items[static_cast<std::size_t>(index)];
  list.items.erase(list.items.begin() + index);
  return item;
}

std::optional<std::size_t> find_item(Runtime& runtime, const Value& self, const Value& wanted,
                                     std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, self.sequence_size()); ++i) {
    runtime.step();
    const Value item = self.sequence_at(i);
    if (item.same_as(wanted) || equal(runtime, item, wanted)) return i;
  }
  return std::nullopt;
}

Value list_remove(Runtime& runtime, const Value& self, const Bound& arguments) {
  List& list = writable_list(self);
  const auto at = find_item(runtime, self, arguments.at(0), 0, list.items.size());
  if (!at) throw base::Error("remove(): the list doesn't contain this item");
  list.items.erase(list.items.begin() + static_cast<std::ptrdiff_t>(*at));
  return Value::none();
}

Value sequence_index(Runtime& runtime, const Value& self, const Bound& arguments) {
  const std::size_t size = self.sequence_size();
  const auto from = static_cast<std::size_t>(clamped(arguments.integer(1, 0), size));
  const auto to =
      static_cast<std::size_t>(clamped(arguments.integer(2, static_cast<std::int64_t>(size)), size));
  const auto at = find_item(runtime, self, arguments.at(0), from, to);
  if (!at) throw base::Error("index(): there is no such item");
  return Value::integer(static_cast<std::int64_t>(*at));
}

Value sequence_count(Runtime& runtime, const Value& self, const Bound& arguments) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < self.sequence_size(); ++i) {
    runtime.step();
    const Value item = self.sequence_at(i);
    if (item.same_as(arguments.at(0)) || equal(runtime, item, arguments.at(0))) ++count;
  }
  return Value::integer(count);
}

Value list_reverse(Runtime& runtime, const Value& self, const Bound& /*arguments*/) {
  List& list = writable_list(self);
  runtime.step(list.items.size());
  std::reverse(list.items.begin(), list.items.end());
  return Value::none();
}

Value list_sort(Runtime& runtime, const Value& self, const Bound& arguments) {
  List& list = writable_list(self);
  if (arguments.has(0) && !arguments.at(0).is_none())
    throw base::Error("sort() takes no `key` here").hint("use `| sort(attribute=...)`");
  std::vector<Keyed> items;
  for (const Value& item : list.items) items.push_back({item, item});
  list.items =
      sort(runtime, std::move(items), arguments.truth(1, false) ? Order::descending : Order::ascending);
  return Value::none();
}

Value list_clear(Runtime& /*runtime*/, const Value& self, const Bound& /*arguments*/) {
  writable_list(self).items.clear();
  return Value::none();
}

Value list_copy(Runtime& runtime, const Value& self, const Bound& /*arguments*/) {
  return runtime.list(collect(runtime, self));
}

Value dict_get(Runtime& /*runtime*/, const Value& self, const Bound& arguments) {
  if (auto found = self.dict_find(arguments.at(0))) return std::move(*found);
  return arguments.has(1) ? arguments.at(1) : Value::none();
}

template <DictView::Kind kKind>
Value dict_view(Runtime& runtime, const Value& self, const Bound& /*arguments*/) {
  return runtime.make<DictView>(self, kKind);
}

Dict copy_dict(Runtime& runtime, const Value& self) {
  Dict copy;
  for (std::size_t i = 0; i < self.dict_size(); ++i) {
    grow(runtime, 3);
    copy.set(self.dict_key_at(i), self.dict_value_at(i));
  }
  return copy;
}

Value dict_copy(Runtime& runtime, const Value& self, const Bound& /*arguments*/) {
  return runtime.dict(copy_dict(runtime, self));
}

void put(Runtime& runtime, Dict& dict, const Value& key, const Value& value) {
  grow(runtime, 3);
  dict.set(key, value);
}

void update_from_pairs(Runtime& runtime, Dict& dict, const Value& pairs) {
  for (const Value& pair : collect(runtime, pairs)) {
    const std::vector<Value> parts = collect(runtime, pair);
    if (parts.size() != 2) throw base::Error("update() needs a dict or pairs of a key and a value");
    put(runtime, dict, parts[0], parts[1]);
  }
}

Value dict_update(Runtime& runtime, const Value& self, const Bound& arguments) {
  Dict& dict = writable_dict(self);
  const Value& other = arguments.at(0);
  if (other.is_undefined()) fail_undefined(other);
  if (other.is_dict()) {
    for (std::size_t i = 0; i < other.dict_size(); ++i)
      put(runtime, dict, other.dict_key_at(i), other.dict_value_at(i));
  } else if (arguments.has(0)) {
    update_from_pairs(runtime, dict, other);
  }
  for (const auto& [name, value] : arguments.named()) put(runtime, dict, Value::text(name), value);
  return Value::none();
}

Value dict_setdefault(Runtime& runtime, const Value& self, const Bound& arguments) {
  Dict& dict = writable_dict(self);
  if (const Dict::Entry* entry = dict.find(arguments.at(0))) return entry->value;
  Value value = arguments.has(1) ? arguments.at(1) : Value::none();
  put(runtime, dict, arguments.at(0), value);
  return value;
}

Value dict_pop(Runtime& runtime, const Value& self, const Bound& arguments) {
  Dict& dict = writable_dict(self);
  const Dict::Entry* entry = dict.find(arguments.at(0));
  if (entry == nullptr && !arguments.has(1)) throw base::Error("pop(): the dict has no such key");
  Value value = entry == nullptr ? arguments.at(1) : entry->value;
  runtime.step(dict.size() / 16);
  dict.erase(arguments.at(0));
  return value;
}

Value dict_popitem(Runtime& runtime, const Value& self, const Bound& /*arguments*/) {
  Dict& dict = writable_dict(self);
  if (dict.size() == 0) throw base::Error("popitem(): the dict is empty");
  const Dict::Entry last = dict.at(dict.size() - 1);
  runtime.step(dict.size() / 16);
  dict.erase(last.key);
  return runtime.tuple({last.key, last.value});
}

Value dict_clear(Runtime& /*runtime*/, const Value& self, const Bound& /*arguments*/) {
  writable_dict(self).clear();
  return Value::none();
}

}  // namespace

const std::vector<Method>& list_methods() {
  static const std::vector<Method> methods = {
      {"append", Signature("item /"), list_append},
      {"clear", Signature(""), list_clear},
      {"copy", Signature(""), list_copy},
      {"count", Signature("item /"), sequence_count},
      {"extend", Signature("items /"), list_extend},
      {"index", Signature("item start? stop? /"), sequence_index},
      {"insert", Signature("index item /"), list_insert},
      {"pop", Signature("index? /"), list_pop},
      {"remove", Signature("item /"), list_remove},
      {"reverse", Signature(""), list_reverse},
      {"sort", Signature("key? reverse?"), list_sort},
  };
  return methods;
}

const std::vector<Method>& tuple_methods() {
  static const std::vector<Method> methods = {
      {"count", Signature("item /"), sequence_count},
      {"index", Signature("item start? stop? /"), sequence_index},
  };
  return methods;
}

const std::vector<Method>& dict_methods() {
  static const std::vector<Method> methods = {
      {"clear", Signature(""), dict_clear},
      {"copy", Signature(""), dict_copy},
      {"get", Signature("key default? /"), dict_get},
      {"items", Signature(""), dict_view<DictView::Kind::items>},
      {"keys", Signature(""), dict_view<DictView::Kind::keys>},
      {"pop", Signature("key default? /"), dict_pop},
      {"popitem", Signature(""), dict_popitem},
      {"setdefault", Signature("key default? /"), dict_setdefault},
      {"update", Signature("other? / **"), dict_update},
      {"values", Signature(""), dict_view<DictView::Kind::values>},
  };
  return methods;
}

const Method* find_method(const Value& self, std::string_view name) {
  for (const Method& method : methods_of(self)) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

Value apply(Runtime& runtime, const Method& method, const Value& self, Arguments&& arguments) {
  runtime.step();
  const std::string what = fmt::format("{}()", method.name);
  return method.run(runtime, self, Bound(method.signature, what, std::move(arguments)));
}

std::optional<Value> bind_method(Runtime& runtime, const Value& self, std::string_view name) {
  if (const Method* method = find_method(self, name)) {
    return runtime.make<NativeFunction>([self, method](Runtime& running, Arguments&& arguments) {
      return apply(running, *method, self, std::move(arguments));
    });
  }
  if (is_refused(self, name)) {
    throw base::Error(fmt::format("`{}` of {} isn't supported", name, with_article(self)));
  }
  return std::nullopt;
}

}  // namespace tmpl
