#include "envtool/tmpl/access.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/call.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/methods.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

bool hashable(const Value& key) {
  if (key.is_list() || key.is_dict()) return false;
  if (!key.is_tuple()) return true;
  const std::vector<Value> items = key.sequence_items();
  return std::all_of(items.begin(), items.end(), hashable);
}

/// The position that an index means, if there is one.
std::optional<std::size_t> position(const Value& key, std::size_t size) {
  if (!key.is_integral()) return std::nullopt;
  const auto count = static_cast<std::int64_t>(size);
  const std::int64_t index = key.as_integer() < 0 ? key.as_integer() + count : key.as_integer();
  if (index < 0 || index >= count) return std::nullopt;
  return static_cast<std::size_t>(index);
}

Markup markup_of(const Value& text) { return text.is_markup() ? Markup::yes : Markup::no; }

std::optional<Value> text_item(Runtime& runtime, const Value& text, const Value& key) {
  if (!key.is_integral()) return std::nullopt;
  const std::string& bytes = text.as_text();
  runtime.step(bytes.size() / 64);
  if (is_ascii(bytes)) {
    const auto at = position(key, bytes.size());
    if (!at) return std::nullopt;
    return runtime.text(std::string(1, bytes[*at]), markup_of(text));
  }
  const std::u32string points = to_code_points(bytes);
  const auto at = position(key, points.size());
  if (!at) return std::nullopt;
  return runtime.text(to_utf8(points.substr(*at, 1)), markup_of(text));
}

std::optional<Value> own_item(Runtime& runtime, const Value& object, const Value& key) {
  switch (object.type()) {
    case Type::undefined:
      fail_undefined(object);
    case Type::text:
      return text_item(runtime, object, key);
    case Type::list:
    case Type::tuple: {
      const auto at = position(key, object.sequence_size());
      return at ? std::optional(object.sequence_at(*at)) : std::nullopt;
    }
    case Type::dict:
      return hashable(key) ? object.dict_find(key) : std::nullopt;
    case Type::object:
      return object.as_object()->item(runtime, key);
    default:
      return std::nullopt;
  }
}

/// A slice worked out for a sequence of a certain size: `count` items from `first` up to before `last`,
/// `step` apart.
struct Steps {
  std::int64_t first;
  std::int64_t last;
  std::int64_t step;
  std::size_t count;
};

std::int64_t bound_or(const Value& bound, std::int64_t fallback) {
  if (bound.is_missing() || bound.is_none()) return fallback;
  if (!bound.is_integral()) fail_type("a bound of a slice", "an integer or none", bound);
  return bound.as_integer();
}

/// Python's slice.indices().
Steps steps_of(const Value& start, const Value& stop, const Value& step_value, std::size_t size) {
  const std::int64_t step = bound_or(step_value, 1);
  if (step == 0) throw base::Error("the step of a slice can't be zero");
  const auto count = static_cast<std::int64_t>(size);
  const std::int64_t lowest = step > 0 ? 0 : -1;
  const std::int64_t highest = step > 0 ? count : count - 1;
  const auto clamp = [&](std::int64_t index) {
    return std::clamp(index < 0 ? index + count : index, lowest, highest);
  };
  const bool no_start = start.is_missing() || start.is_none();
  const bool no_stop = stop.is_missing() || stop.is_none();
  const std::int64_t from = no_start ? (step > 0 ? lowest : highest) : clamp(bound_or(start, 0));
  const std::int64_t to = no_stop ? (step > 0 ? highest : lowest) : clamp(bound_or(stop, 0));
  const std::int64_t distance = step > 0 ? to - from : from - to;
  if (distance <= 0) return {from, to, step, 0};
  const std::uint64_t stride =
      step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  return {from, to, step, static_cast<std::size_t>((static_cast<std::uint64_t>(distance) - 1) / stride + 1)};
}

Value slice_text(Runtime& runtime, const Value& text, const Value& start, const Value& stop,
                 const Value& step) {
  runtime.allocate(text.as_text().size());
  const std::u32string points = to_code_points(text.as_text());
  const Steps steps = steps_of(start, stop, step, points.size());
  std::string out;
  for (std::size_t i = 0; i < steps.count; ++i) {
    append_utf8(out,
                points[static_cast<std::size_t>(steps.first + static_cast<std::int64_t>(i) * steps.step)]);
  }
  return runtime.text(std::move(out), markup_of(text));
}

Value slice_sequence(Runtime& runtime, const Value& sequence, const Value& start, const Value& stop,
                     const Value& step) {
  const Steps steps = steps_of(start, stop, step, sequence.sequence_size());
  runtime.step(steps.count);
  std::vector<Value> items;
  items.reserve(steps.count);
  for (std::size_t i = 0; i < steps.count; ++i) {
    items.push_back(sequence.sequence_at(
        static_cast<std::size_t>(steps.first + static_cast<std::int64_t>(i) * steps.step)));
  }
  return sequence.is_list() ? runtime.list(std::move(items)) : runtime.tuple(std::move(items));
}

Value slice_range(Runtime& runtime, const Range& range, const Value& start, const Value& stop,
                  const Value& step) {
  const Steps steps = steps_of(start, stop, step, *range.length());
  return range.slice(runtime, steps.first, steps.last, steps.step);
}

}  // namespace

std::optional<Value> get_own_attribute(Runtime& runtime, const Value& object, std::string_view name) {
  if (object.is_undefined()) fail_undefined(object);
  if (name.starts_with("__")) throw base::Error(fmt::format("`{}` is out of reach of templates", name));
  if (object.is_object()) return object.as_object()->attribute(runtime, name);
  if (object.is_group() && name == "grouper") return object.sequence_at(0);
  if (object.is_group() && name == "list") return object.sequence_at(1);
  return bind_method(runtime, object, name);
}

std::optional<Value> get_attribute(Runtime& runtime, const Value& object, std::string_view name) {
  if (auto own = get_own_attribute(runtime, object, name)) return own;
  if (object.is_dict()) return object.dict_find(name);
  return std::nullopt;
}

std::optional<Value> get_item(Runtime& runtime, const Value& object, const Value& key) {
  if (auto item = own_item(runtime, object, key)) return item;
  if (!key.is_text()) return std::nullopt;
  return get_own_attribute(runtime, object, key.as_text());
}

Value get_slice(Runtime& runtime, const Value& object, const Value& start, const Value& stop,
                const Value& step) {
  if (object.is_text()) return slice_text(runtime, object, start, stop, step);
  if (object.is_list() || object.is_tuple()) return slice_sequence(runtime, object, start, stop, step);
  if (object.is_object()) {
    const auto* range = dynamic_cast<const Range*>(object.as_object().get());
    if (range != nullptr) return slice_range(runtime, *range, start, stop, step);
  }
  fail_type("what is sliced", "a string, a list or a tuple", object);
}

Value undefined_member(const Runtime& runtime, const Value& object, const Value& key) {
  const std::string name = key.is_text()       ? key.as_text()
                           : key.is_integral() ? fmt::format("{}", key.as_integer())
                                               : "";
  if (name.empty())
    return runtime.undefined(fmt::format("{} has no such item", with_article(object)), {}, object);
  return runtime.undefined(fmt::format("{} has no `{}`", with_article(object), name), name, object);
}

}  // namespace tmpl
