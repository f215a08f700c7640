// The functions that every template may call: `range`, `dict`, `namespace`, `cycler`, `joiner`.
#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/tmpl/call.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {
namespace {

Value make_range(Runtime& runtime, Arguments&& arguments) {
  static const Signature signature("start stop? step? /");
  const Bound bound(signature, "range()", std::move(arguments));
  const std::int64_t first = bound.integer(0);
  const std::int64_t step = bound.integer(2, 1);
  if (step == 0) throw base::Error("the step of a range can't be zero");
  return bound.has(1) ? runtime.make<Range>(first, bound.integer(1), step) : runtime.make<Range>(0, first, 1);
}

void add_pairs(Runtime& runtime, Dict& dict, const Value& pairs) {
  for (const Value& pair : collect(runtime, pairs)) {
    const std::vector<Value> parts = collect(runtime, pair);
    if (parts.size() != 2) throw base::Error("dict() needs pairs of a key and a value");
    dict.set(parts[0], parts[1]);
  }
}

Value make_dict(Runtime& runtime, Arguments&& arguments) {
  static const Signature signature("entries? / **");
  const Bound bound(signature, "dict()", std::move(arguments));
  Dict dict;
  if (bound.at(0).is_undefined()) fail_undefined(bound.at(0));
  if (bound.has(0) && bound.at(0).is_dict()) {
    const Value& other = bound.at(0);
    for (std::size_t i = 0; i < other.dict_size(); ++i)
      dict.set(other.dict_key_at(i), other.dict_value_at(i));
  } else if (bound.has(0)) {
    add_pairs(runtime, dict, bound.at(0));
  }
  for (const auto& [name, value] : bound.named()) dict.set(Value::text(name), value);
  runtime.step(dict.size());
  return runtime.dict(std::move(dict));
}

Value make_namespace(Runtime& runtime, Arguments&& arguments) {
  return runtime.make<Namespace>(make_dict(runtime, std::move(arguments)));
}

Value make_cycler(Runtime& runtime, Arguments&& arguments) {
  static const Signature signature("*");
  const Bound bound(signature, "cycler()", std::move(arguments));
  if (bound.rest().empty()) throw base::Error("cycler() needs an item at least");
  return runtime.make<Cycler>(bound.rest());
}

Value make_joiner(Runtime& runtime, Arguments&& arguments) {
  static const Signature signature("sep?");
  const Bound bound(signature, "joiner()", std::move(arguments));
  return runtime.make<Joiner>(bound.has(0) ? bound.at(0) : runtime.text(", "));
}

Value refuse_lipsum(Runtime& /*runtime*/, Arguments&& /*arguments*/) {
  throw base::Error("lipsum() isn't supported: it gives another text each time");
}

struct Builtin {
  std::string_view name;
  Value (*run)(Runtime&, Arguments&&);
};
constexpr Builtin kBuiltins[] = {
    {"range", make_range},   {"dict", make_dict},     {"namespace", make_namespace},
    {"cycler", make_cycler}, {"joiner", make_joiner}, {"lipsum", refuse_lipsum},
};

}  // namespace

Value builtin_function(Runtime& runtime, std::string_view name) {
  for (const Builtin& builtin : kBuiltins) {
    if (builtin.name == name) return runtime.make<NativeFunction>(builtin.run);
  }
  return {};
}

}  // namespace tmpl
