#include "envtool/tmpl/convert.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {
namespace {

doc::Value list_to_doc(Runtime& runtime, const Value& value) {
  doc::List items;
  for (std::size_t i = 0; i < value.sequence_size(); ++i)
    items.push_back(to_doc(runtime, value.sequence_at(i)));
  return items;
}

doc::Value dict_to_doc(Runtime& runtime, const Value& value) {
  doc::Map map;
  for (std::size_t i = 0; i < value.dict_size(); ++i) {
    const Value key = value.dict_key_at(i);
    if (!key.is_text()) throw base::Error(fmt::format("{} can't be a key here", with_article(key)));
    map.append(key.as_text(), to_doc(runtime, value.dict_value_at(i)));
  }
  return map;
}

}  // namespace

doc::Value to_doc(Runtime& runtime, const Value& value) {
  const Runtime::Nesting nesting(runtime);
  runtime.step();
  runtime.allocate(sizeof(doc::Value));
  switch (value.type()) {
    case Type::none:
      return {};
    case Type::boolean:
      return value.as_bool();
    case Type::integer:
      return value.as_integer();
    case Type::real:
      return value.as_real();
    case Type::text:
      runtime.allocate(value.as_text().size());
      return value.as_text();
    case Type::list:
    case Type::tuple:
      return list_to_doc(runtime, value);
    case Type::dict:
      return dict_to_doc(runtime, value);
    case Type::undefined:
      fail_undefined(value);
    default:
      throw base::Error(fmt::format("{} can't be passed to this function", with_article(value)));
  }
}

Value from_doc(Runtime& runtime, doc::Value&& value) {
  runtime.step();
  if (value.is_string()) return runtime.text(std::move(value).as_string());
  if (value.is_list()) {
    std::vector<Value> items;
    items.reserve(value.as_list().size());
    for (doc::Value& item : value.as_list()) items.push_back(from_doc(runtime, std::move(item)));
    return runtime.list(std::move(items));
  }
  if (!value.is_map()) return Value::borrow(value);
  Dict dict;
  dict.reserve(value.as_map().size());
  for (doc::Entry& entry : value.as_map())
    dict.set(runtime.text(std::move(entry.key)), from_doc(runtime, std::move(entry.value)));
  return runtime.dict(std::move(dict));
}

Value call_foreign(Runtime& runtime, const std::string& name, const Function& function,
                   Arguments&& arguments) {
  if (!arguments.named.empty()) throw base::Error(fmt::format("{}() takes no named arguments", name));
  std::vector<doc::Value> values;
  for (const Value& argument : arguments.positional) values.push_back(to_doc(runtime, argument));
  return from_doc(runtime, function(values));
}

}  // namespace tmpl
