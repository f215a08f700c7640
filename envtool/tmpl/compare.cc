#include "envtool/tmpl/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "envtool/base/error.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {
namespace {

constexpr int kDeepest = 200;     ///< containers in containers that are compared
constexpr int kLargestKey = 200;  ///< items of a tuple and of the tuples in it

/// How deep a comparison is, and who counts its steps.
struct Level {
  Runtime* runtime;
  int depth = 0;

  Level down() const {
    if (depth >= kDeepest) throw base::Error("values are nested too deeply to be compared");
    return {runtime, depth + 1};
  }
  void step() const {
    if (runtime != nullptr) runtime->step();
  }
};

bool equal_at(const Value& a, const Value& b, Level level);

/// Exact also where an integer has more digits than a double: long double has 64 bits of mantissa or more.
long double exact(const Value& number) {
  return number.is_real() ? static_cast<long double>(number.as_real())
                          : static_cast<long double>(number.as_integer());
}

bool equal_numbers(const Value& a, const Value& b) {
  if (!a.is_real() && !b.is_real()) return a.as_integer() == b.as_integer();
  return exact(a) == exact(b);
}

bool equal_sequences(const Value& a, const Value& b, Level level) {
  if (a.type() != b.type() || a.sequence_size() != b.sequence_size()) return false;
  for (std::size_t i = 0; i < a.sequence_size(); ++i) {
    level.step();
    const Value left = a.sequence_at(i);
    const Value right = b.sequence_at(i);
    if (!left.same_as(right) && !equal_at(left, right, level)) return false;
  }
  return true;
}

bool equal_dicts(const Value& a, const Value& b, Level level) {
  if (a.dict_size() != b.dict_size()) return false;
  for (std::size_t i = 0; i < a.dict_size(); ++i) {
    level.step();
    const auto other = b.dict_find(a.dict_key_at(i));
    if (!other || !equal_at(a.dict_value_at(i), *other, level)) return false;
  }
  return true;
}

bool equal_undefined(const Value& a, const Value& b) {
  for (const Value* value : {&a, &b}) {
    if (value->is_undefined() && value->as_undefined().strict) fail_undefined(*value);
  }
  return a.is_undefined() && b.is_undefined();
}

bool equal_at(const Value& a, const Value& b, Level level) {
  if (a.is_undefined() || b.is_undefined()) return equal_undefined(a, b);
  if (a.is_number() && b.is_number()) return equal_numbers(a, b);
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::text:
      return a.as_text() == b.as_text();
    case Type::list:
    case Type::tuple:
      return equal_sequences(a, b, level.down());
    case Type::dict:
      return equal_dicts(a, b, level.down());
    case Type::object:
      return a.as_object()->equals(*b.as_object());
    default:
      return true;
  }
}

bool less_at(const Value& a, const Value& b, Level level);

bool less_sequences(const Value& a, const Value& b, Level level) {
  const std::size_t common = std::min(a.sequence_size(), b.sequence_size());
  for (std::size_t i = 0; i < common; ++i) {
    level.step();
    const Value left = a.sequence_at(i);
    const Value right = b.sequence_at(i);
    if (!left.same_as(right) && !equal_at(left, right, level)) return less_at(left, right, level);
  }
  return a.sequence_size() < b.sequence_size();
}

bool less_at(const Value& a, const Value& b, Level level) {
  if (a.is_undefined()) fail_undefined(a);
  if (b.is_undefined()) fail_undefined(b);
  if (a.is_number() && b.is_number()) {
    return a.is_real() || b.is_real() ? exact(a) < exact(b) : a.as_integer() < b.as_integer();
  }
  if (a.is_text() && b.is_text()) return a.as_text() < b.as_text();
  const bool sequences = (a.is_list() && b.is_list()) || (a.is_tuple() && b.is_tuple());
  if (sequences) return less_sequences(a, b, level.down());
  throw base::Error(fmt::format("{} and {} have no order", with_article(a), with_article(b)));
}

std::size_t combine(std::size_t seed, std::size_t more) {
  return seed ^ (more + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U));
}

std::size_t hash_number(const Value& value) {
  constexpr double kBeyond = 9223372036854775808.0;
  if (!value.is_real()) return std::hash<std::int64_t>{}(value.as_integer());
  const double real = value.as_real();
  if (std::trunc(real) == real && real >= -kBeyond && real < kBeyond) {
    return std::hash<std::int64_t>{}(static_cast<std::int64_t>(real));
  }
  return std::hash<double>{}(real);
}

std::size_t hash_within(const Value& value, int& budget);

std::size_t hash_tuple(const Value& value, int& budget) {
  std::size_t seed = 7;
  for (std::size_t i = 0; i < value.sequence_size(); ++i) {
    if (--budget < 0) throw base::Error("a tuple with so many items can't be a key");
    seed = combine(seed, hash_within(value.sequence_at(i), budget));
  }
  return seed;
}

std::size_t hash_within(const Value& value, int& budget) {
  switch (value.type()) {
    case Type::undefined:
      if (value.as_undefined().strict) fail_undefined(value);
      return 3;
    case Type::boolean:
    case Type::integer:
    case Type::real:
      return hash_number(value);
    case Type::text:
      return hash(value.as_text());
    case Type::tuple:
      return hash_tuple(value, budget);
    case Type::list:
    case Type::dict:
      throw base::Error(fmt::format("{} can't be a key: it may change", with_article(value)));
    case Type::object:
      return std::hash<const Object*>{}(value.as_object().get());
    default:
      return 5;
  }
}

std::vector<std::string> names_in(const Value& value) {
  std::vector<std::string> names;
  if (!value.is_dict()) return names;
  for (std::size_t i = 0; i < value.dict_size(); ++i) {
    const Value key = value.dict_key_at(i);
    if (key.is_text()) names.push_back(key.as_text());
  }
  return names;
}

}  // namespace

bool equal(Runtime& runtime, const Value& a, const Value& b) { return equal_at(a, b, {&runtime}); }

bool equal_keys(const Value& a, const Value& b) { return equal_at(a, b, {nullptr}); }

bool less(Runtime& runtime, const Value& a, const Value& b) { return less_at(a, b, {&runtime}); }

bool truth(const Value& value) {
  switch (value.type()) {
    case Type::missing:
    case Type::none:
      return false;
    case Type::undefined:
      if (value.as_undefined().strict) fail_undefined(value);
      return false;
    case Type::boolean:
      return value.as_bool();
    case Type::integer:
      return value.as_integer() != 0;
    case Type::real:
      return value.as_real() != 0.0;
    case Type::text:
      return !value.as_text().empty();
    case Type::list:
    case Type::tuple:
      return value.sequence_size() != 0;
    case Type::dict:
      return value.dict_size() != 0;
    case Type::object:
      return value.as_object()->truth();
  }
  return false;
}

std::size_t hash(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::size_t hash(const Value& value) {
  int budget = kLargestKey;
  return hash_within(value, budget);
}

void fail_undefined(const Value& value) {
  const UndefinedInfo& info = value.as_undefined();
  throw base::Error(info.message, info.span).guess(info.name, names_in(info.object));
}

}  // namespace tmpl
