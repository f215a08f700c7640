#include "envtool/tmpl/pretty.h"

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

constexpr std::size_t kWidth = 80;

/// What Python calls the type of a key.
std::string_view class_name(const Value& key) {
  if (key.is_none()) return "NoneType";
  if (key.is_bool()) return "bool";
  if (key.is_real()) return "float";
  if (key.is_text()) return "str";
  return key.is_tuple() ? "tuple" : "int";
}

/// Keys by value, or where these have no order by the names of their types.
bool key_less(Runtime& runtime, const Value& a, const Value& b) {
  try {
    return less(runtime, a, b);
  } catch (const base::Error&) {
    return class_name(a) < class_name(b);
  }
}

/// The same value with the keys of all dicts in order.
Value sorted(Runtime& runtime, const Value& value) {
  const Runtime::Nesting nesting(runtime);
  runtime.step();
  if (value.is_list() || value.is_tuple()) {
    std::vector<Value> items = value.sequence_items();
    for (Value& item : items) item = sorted(runtime, item);
    return value.is_list() ? runtime.list(std::move(items)) : runtime.tuple(std::move(items));
  }
  if (!value.is_dict()) return value;
  std::vector<Value> keys;
  for (std::size_t i = 0; i < value.dict_size(); ++i) keys.push_back(value.dict_key_at(i));
  std::stable_sort(keys.begin(), keys.end(),
                   [&](const Value& a, const Value& b) { return key_less(runtime, a, b); });
  Dict dict;
  for (const Value& key : keys) dict.set(key, sorted(runtime, *value.dict_find(key)));
  return runtime.dict(std::move(dict));
}

}  // namespace

std::string to_pretty(Runtime& runtime, const Value& value) {
  std::string text = to_repr(runtime, sorted(runtime, value));
  const bool breakable = value.is_text() || value.is_list() || value.is_tuple() || value.is_dict();
  if (breakable && text_length(text) > kWidth)
    throw base::Error("pprint of more than one line isn't supported").hint("use `| tojson(indent=2)`");
  return text;
}

}  // namespace tmpl
