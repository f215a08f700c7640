#include "envtool/patch/json_patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "envtool/base/error.h"
#include "envtool/patch/pointer.h"

namespace patch {
namespace {

using base::Error;
using doc::Entry;
using doc::List;
using doc::Map;
using doc::Value;

/// One operation while it is applied: its parts, and how it is called in messages.
struct Operation {
  const Value& source;
  std::size_t index;
  std::string name;
  Pointer path;
};

[[noreturn]] void fail(const Operation& operation, const std::string& problem) {
  const std::string path = to_string(operation.path);
  throw Error(fmt::format("operation {} (`{} {}`): {}", operation.index, operation.name, path, problem),
              operation.source.span());
}

// ---- equality (RFC 6902, 4.6) --------------------------------------------------------------------------------------

bool equal(const Value& a, const Value& b);

bool equal_lists(const List& a, const List& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal); }

bool equal_maps(const Map& a, const Map& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const Entry& entry) {
           const Value* other = b.find(entry.key);
           return other != nullptr && equal(entry.value, *other);
         });
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number() && a.kind() != b.kind()) return a.as_real() == b.as_real();
  if (a.is_list() && b.is_list()) return equal_lists(a.as_list(), b.as_list());
  if (a.is_map() && b.is_map()) return equal_maps(a.as_map(), b.as_map());
  return a == b;
}

// ---- places --------------------------------------------------------------------------------------------------------

Value& existing(Value& document, const Pointer& pointer, const Operation& operation) {
  if (Value* value = find(document, pointer)) return *value;
  fail(operation, fmt::format("there is no value at `{}`", to_string(pointer)));
}

/// The map or list that holds what the pointer names.
Value& parent_of(Value& document, const Pointer& pointer, const Operation& operation) {
  return existing(document, Pointer(pointer.begin(), pointer.end() - 1), operation);
}

/// Where in a list an element goes: `-` is behind the last one.
std::size_t insertion_index(const List& list, const std::string& token, const Operation& operation) {
  if (token == "-") return list.size();
  const std::optional<std::size_t> index = parse_index(token);
  if (!index) fail(operation, fmt::format("`{}` is no index of a list", token));
  if (*index <= list.size()) return *index;
  fail(operation, fmt::format("index {} is beyond the list's {} elements", *index, list.size()));
}

void insert(Value& document, const Pointer& pointer, Value value, const Operation& operation) {
  if (pointer.empty()) {
    document = std::move(value);
    return;
  }
  Value& parent = parent_of(document, pointer, operation);
  if (parent.is_map()) {
    const base::Span span = value.span();
    parent.as_map().set(pointer.back(), std::move(value), span);
  } else if (parent.is_list()) {
    List& list = parent.as_list();
    const std::size_t index = insertion_index(list, pointer.back(), operation);
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
  } else {
    fail(operation, "a scalar holds no values");
  }
}

Value extract(Value& document, const Pointer& pointer, const Operation& operation) {
  if (pointer.empty()) fail(operation, "the whole document can't be removed");
  Value value = std::move(existing(document, pointer, operation));
  Value& parent = parent_of(document, pointer, operation);
  if (parent.is_map()) {
    parent.as_map().erase(pointer.back());
  } else {
    parent.as_list().erase(parent.as_list().begin() + static_cast<std::ptrdiff_t>(*parse_index(pointer.back())));
  }
  return value;
}

// ---- operations ----------------------------------------------------------------------------------------------------

const Value& member(const Operation& operation, std::string_view key) {
  if (const Value* value = operation.source.find(key)) return *value;
  fail(operation, fmt::format("`{}` is missing", key));
}

Pointer pointer_member(const Operation& operation, std::string_view key) {
  const Value& value = member(operation, key);
  if (!value.is_string()) fail(operation, fmt::format("`{}` must be a string", key));
  try {
    return parse_pointer(value.as_string());
  } catch (const Error& error) {
    fail(operation, error.what());
  }
}

void add(Value& document, const Operation& operation) {
  insert(document, operation.path, member(operation, "value"), operation);
}

void remove(Value& document, const Operation& operation) { extract(document, operation.path, operation); }

void replace(Value& document, const Operation& operation) {
  existing(document, operation.path, operation) = member(operation, "value");
}

bool begins_with(const Pointer& pointer, const Pointer& start) {
  return start.size() <= pointer.size() && std::equal(start.begin(), start.end(), pointer.begin());
}

void move(Value& document, const Operation& operation) {
  const Pointer from = pointer_member(operation, "from");
  if (from == operation.path) return static_cast<void>(existing(document, from, operation));
  if (begins_with(operation.path, from)) {
    fail(operation, fmt::format("`{}` can't be moved into itself", to_string(from)));
  }
  Value value = extract(document, from, operation);
  insert(document, operation.path, std::move(value), operation);
}

void copy(Value& document, const Operation& operation) {
  insert(document, operation.path, existing(document, pointer_member(operation, "from"), operation), operation);
}

void test(Value& document, const Operation& operation) {
  const Value& expected = member(operation, "value");
  const bool passes = equal(existing(document, operation.path, operation), expected);
  if (!passes) fail(operation, "the value is not the expected one");
}

struct Verb {
  std::string_view name;
  void (*apply)(Value& document, const Operation& operation);
};

constexpr std::array<Verb, 6> kVerbs{{
    {"add", add},
    {"remove", remove},
    {"replace", replace},
    {"move", move},
    {"copy", copy},
    {"test", test},
}};

Operation read_operation(const Value& source, std::size_t index) {
  Operation operation{source, index, "?", {}};
  if (!source.is_map()) fail(operation, fmt::format("an operation must be a map, found {}", to_string(source.kind())));
  const Value& name = member(operation, "op");
  if (!name.is_string()) fail(operation, "`op` must be a string");
  operation.name = name.as_string();
  operation.path = pointer_member(operation, "path");
  return operation;
}

void apply(Value& document, const Operation& operation) {
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& v) { return v.name == operation.name; });
  if (verb == kVerbs.end()) fail(operation, "`op` must be `add`, `remove`, `replace`, `move`, `copy` or `test`");
  verb->apply(document, operation);
}

}  // namespace

Value json_patch(Value document, const Value& patch) {
  if (!patch.is_list()) {
    throw Error(fmt::format("a JSON patch must be a list of operations, found {}", to_string(patch.kind())),
                patch.span());
  }
  std::size_t index = 0;
  for (const Value& source : patch.as_list()) apply(document, read_operation(source, index++));
  return document;
}

}  // namespace patch
