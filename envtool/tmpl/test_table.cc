#include "envtool/tmpl/test_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/filters.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/operators.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/text.h"

namespace tmpl {
namespace {

using Run = bool (*)(Runtime&, const Value&, const Bound&);

template <CompareOp kOp>
bool compares(Runtime& runtime, const Value& input, const Bound& arguments) {
  return compare(runtime, kOp, input, arguments.at(0));
}

/// value % divisor == rest, in whatever way `%` works for the value.
bool has_rest(Runtime& runtime, const Value& input, const Value& divisor, std::int64_t rest) {
  return equal(runtime, binary(runtime, BinaryOp::modulo, input, divisor), Value::integer(rest));
}

bool is_even(Runtime& runtime, const Value& input, const Bound&) {
  return has_rest(runtime, input, Value::integer(2), 0);
}
bool is_odd(Runtime& runtime, const Value& input, const Bound&) {
  return has_rest(runtime, input, Value::integer(2), 1);
}
bool is_divisible(Runtime& runtime, const Value& input, const Bound& arguments) {
  return has_rest(runtime, input, arguments.at(0), 0);
}

bool is_true(Runtime&, const Value& input, const Bound&) { return input.is_bool() && input.as_bool(); }
bool is_false(Runtime&, const Value& input, const Bound&) { return input.is_bool() && !input.as_bool(); }
bool is_same(Runtime&, const Value& input, const Bound& arguments) { return input.same_as(arguments.at(0)); }
bool is_in(Runtime& runtime, const Value& input, const Bound& arguments) {
  return contains(runtime, arguments.at(0), input);
}

bool is_lower(Runtime& runtime, const Value& input, const Bound&) {
  return is_lower_text(to_text(runtime, input));
}
bool is_upper(Runtime& runtime, const Value& input, const Bound&) {
  return is_upper_text(to_text(runtime, input));
}

bool is_sequence(Runtime&, const Value& input, const Bound&) {
  if (input.is_undefined()) return !input.as_undefined().strict;
  if (input.is_object()) return input.as_object()->is_sequence();
  return input.is_text() || input.is_list() || input.is_tuple() || input.is_dict();
}

bool is_iterable(Runtime& runtime, const Value& input, const Bound&) {
  return try_iterate(runtime, input) != nullptr;
}

bool is_callable(Runtime&, const Value& input, const Bound&) {
  return input.is_undefined() || (input.is_object() && input.as_object()->callable());
}

bool is_filter(Runtime&, const Value& input, const Bound&) {
  hash(input);  // what can't be hashed can't be asked for
  if (!input.is_text()) return false;
  return find_filter(input.as_text()) != nullptr || refused_filter(input.as_text()).has_value();
}

bool is_test(Runtime&, const Value& input, const Bound&) {
  hash(input);
  return input.is_text() && find_test(input.as_text()) != nullptr;
}

template <bool (Value::*kHas)() const>
bool has(Runtime&, const Value& input, const Bound&) {
  return (input.*kHas)();
}

bool is_defined(Runtime&, const Value& input, const Bound&) { return !input.is_undefined(); }
bool is_whole(Runtime&, const Value& input, const Bound&) { return input.is(Type::integer); }

std::vector<Test> make_tests() {
  const Signature none("");
  const Signature other("other");
  return {
      {"odd", none, is_odd},
      {"even", none, is_even},
      {"divisibleby", Signature("num"), is_divisible},
      {"defined", none, is_defined},
      {"undefined", none, has<&Value::is_undefined>},
      {"filter", none, is_filter},
      {"test", none, is_test},
      {"none", none, has<&Value::is_none>},
      {"boolean", none, has<&Value::is_bool>},
      {"false", none, is_false},
      {"true", none, is_true},
      {"integer", none, is_whole},
      {"float", none, has<&Value::is_real>},
      {"lower", none, is_lower},
      {"upper", none, is_upper},
      {"string", none, has<&Value::is_text>},
      {"mapping", none, has<&Value::is_dict>},
      {"number", none, has<&Value::is_number>},
      {"sequence", none, is_sequence},
      {"iterable", none, is_iterable},
      {"callable", none, is_callable},
      {"sameas", other, is_same},
      {"escaped", none, has<&Value::is_markup>},
      {"in", Signature("seq"), is_in},
      {"==", other, compares<CompareOp::equal>},
      {"eq", other, compares<CompareOp::equal>},
      {"equalto", other, compares<CompareOp::equal>},
      {"!=", other, compares<CompareOp::unequal>},
      {"ne", other, compares<CompareOp::unequal>},
      {">", other, compares<CompareOp::greater>},
      {"gt", other, compares<CompareOp::greater>},
      {"greaterthan", other, compares<CompareOp::greater>},
      {">=", other, compares<CompareOp::greater_equal>},
      {"ge", other, compares<CompareOp::greater_equal>},
      {"<", other, compares<CompareOp::less>},
      {"lt", other, compares<CompareOp::less>},
      {"lessthan", other, compares<CompareOp::less>},
      {"<=", other, compares<CompareOp::less_equal>},
      {"le", other, compares<CompareOp::less_equal>},
  };
}

const std::vector<Test>& tests() {
  static const std::vector<Test> all = make_tests();
  return all;
}

}  // namespace

const Test* find_test(std::string_view name) {
  const auto found =
      std::find_if(tests().begin(), tests().end(), [&](const Test& test) { return test.name == name; });
  return found == tests().end() ? nullptr : &*found;
}

std::vector<std::string> test_names() {
  std::vector<std::string> names;
  for (const Test& test : tests()) names.emplace_back(test.name);
  return names;
}

bool apply(Runtime& runtime, const Test& test, const Value& input, Arguments&& arguments) {
  const std::string what = fmt::format("test `{}`", test.name);
  return test.run(runtime, input, Bound(test.signature, what, std::move(arguments)));
}

}  // namespace tmpl
