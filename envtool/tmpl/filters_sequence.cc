// Filters that look at a sequence as a whole: its length, its ends, its order, its parts.
#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/attribute_path.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/filters.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/operators.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/sorting.h"
#include "envtool/tmpl/text.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

enum class Case : std::uint8_t { ignore, respect };

Case case_of(const Bound& arguments, std::size_t index) {
  return arguments.truth(index, false) ? Case::respect : Case::ignore;
}

Value key_of(Runtime& runtime, const Value& value, Case case_rule) {
  return case_rule == Case::ignore ? ignore_case(runtime, value) : value;
}

Value length_filter(Runtime& /*runtime*/, const Value& input, const Bound& /*arguments*/) {
  const auto length = length_of(input);
  if (!length) throw base::Error(fmt::format("{} has no length", with_article(input)));
  return Value::integer(static_cast<std::int64_t>(*length));
}

Value list_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return runtime.list(collect(runtime, input));
}

Value first_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  Value first;
  if (iterate(runtime, input)->next(first)) return first;
  return runtime.undefined("the sequence has no first item");
}

/// Going backwards, or null for what can't be.
StreamPtr try_reverse(Runtime& runtime, const Value& input) {
  if (input.is_object()) return input.as_object()->reversed(runtime);
  if (input.is_undefined()) return iterate(runtime, input);
  const bool sized = input.is_text() || input.is_list() || input.is_tuple() || input.is_dict();
  if (!sized) return nullptr;
  std::vector<Value> items = collect(runtime, input);
  std::reverse(items.begin(), items.end());
  return make_stream(std::move(items));
}

Value last_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  if (input.is_list() || input.is_tuple()) {
    const std::size_t size = input.sequence_size();
    return size == 0 ? runtime.undefined("the sequence has no last item") : input.sequence_at(size - 1);
  }
  const StreamPtr items = try_reverse(runtime, input);
  if (items == nullptr) throw base::Error(fmt::format("{} can't be read from the end", with_article(input)));
  Value last;
  return items->next(last) ? last : runtime.undefined("the sequence has no last item");
}

Value reverse_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  if (input.is_text()) {
    std::u32string points = to_code_points(input.as_text());
    std::reverse(points.begin(), points.end());
    return runtime.text(to_utf8(points), input.is_markup() ? Markup::yes : Markup::no);
  }
  if (StreamPtr items = try_reverse(runtime, input)) return make_generator(runtime, std::move(items));
  std::vector<Value> items = collect(runtime, input);
  std::reverse(items.begin(), items.end());
  return runtime.list(std::move(items));
}

Value join_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const AttributePath path(runtime, arguments.at(1));
  const std::string between = arguments.has(0) ? to_text(runtime, arguments.at(0)) : std::string();
  const StreamPtr items = iterate(runtime, input);
  std::string out;
  bool first = true;
  for (Value item; items->next(item); first = false) {
    runtime.step();
    const std::size_t before = out.size();
    if (!first) out += between;
    append_text(runtime, out, path.get(runtime, item));
    runtime.allocate(out.size() - before);
  }
  return runtime.text(std::move(out));
}

Value sort_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const Case case_rule = case_of(arguments, 1);
  const std::vector<AttributePath> paths = AttributePath::parse_list(runtime, arguments.at(2));
  std::vector<Keyed> items;
  for (Value& item : collect(runtime, input)) {
    std::vector<Value> keys;
    for (const AttributePath& path : paths) {
      keys.push_back(key_of(runtime, path.get(runtime, item), case_rule));
    }
    Value key = keys.size() == 1 ? std::move(keys.front()) : runtime.list(std::move(keys));
    items.push_back({std::move(key), std::move(item)});
  }
  const Order order = arguments.truth(0, false) ? Order::descending : Order::ascending;
  return runtime.list(sort(runtime, std::move(items), order, KeyKind::in_lists));
}

Value dictsort_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  if (!input.is_dict()) fail_type("what dictsort sorts", "a dict", input);
  const Case case_rule = case_of(arguments, 0);
  const std::string_view by = arguments.text(1, "key");
  if (by != "key" && by != "value") throw base::Error("dictsort sorts by `key` or by `value`");
  std::vector<Keyed> items;
  for (std::size_t i = 0; i < input.dict_size(); ++i) {
    const Value key = by == "key" ? input.dict_key_at(i) : input.dict_value_at(i);
    items.push_back(
        {key_of(runtime, key, case_rule), runtime.tuple({input.dict_key_at(i), input.dict_value_at(i)})});
  }
  const Order order = arguments.truth(2, false) ? Order::descending : Order::ascending;
  return runtime.list(sort(runtime, std::move(items), order));
}

enum class Extreme : std::uint8_t { smallest, largest };

template <Extreme kExtreme>
Value extreme_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const Case case_rule = case_of(arguments, 0);
  const AttributePath path(runtime, arguments.at(1));
  const StreamPtr items = iterate(runtime, input);
  Value best;
  if (!items->next(best)) return runtime.undefined("the sequence is empty");
  Value best_key = key_of(runtime, path.get(runtime, best), case_rule);
  for (Value item; items->next(item);) {
    runtime.step();
    Value key = key_of(runtime, path.get(runtime, item), case_rule);
    const bool better =
        kExtreme == Extreme::smallest ? less(runtime, key, best_key) : less(runtime, best_key, key);
    if (!better) continue;
    best = std::move(item);
    best_key = std::move(key);
  }
  return best;
}

Value sum_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const AttributePath path(runtime, arguments.at(0));
  Value total = arguments.has(1) ? arguments.at(1) : Value::integer(0);
  if (total.is_text()) throw base::Error("strings can't be summed").hint("use `| join`");
  const StreamPtr items = iterate(runtime, input);
  for (Value item; items->next(item);) {
    runtime.step();
    total = binary(runtime, BinaryOp::add, total, path.get(runtime, item));
  }
  return total;
}

Value unique_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const Case case_rule = case_of(arguments, 0);
  const Value attribute = arguments.at(1);
  struct State {
    StreamPtr items;
    Dict seen;
  };
  return make_generator(runtime, make_stream([&runtime, input, case_rule, attribute,
                                              state = std::make_shared<State>()](Value& out) {
                          const AttributePath path(runtime, attribute);
                          if (!state->items) state->items = iterate(runtime, input);
                          while (state->items->next(out)) {
                            runtime.step();
                            const Value key = key_of(runtime, path.get(runtime, out), case_rule);
                            if (state->seen.find(key) != nullptr) continue;
                            runtime.allocate(sizeof(Dict::Entry));
                            state->seen.set(key, Value::none());
                            return true;
                          }
                          return false;
                        }));
}

Value group_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const AttributePath path(runtime, arguments.at(0));
  const Value fallback = arguments.at(1);
  const Case case_rule = case_of(arguments, 2);
  const auto name_of = [&](const Value& item) { return path.get(runtime, item, fallback); };
  std::vector<Keyed> items;
  for (Value& item : collect(runtime, input)) {
    Value key = key_of(runtime, name_of(item), case_rule);
    items.push_back({std::move(key), std::move(item)});
  }
  std::vector<Value> groups;
  std::vector<Value> members;
  Value key;
  const auto close = [&] {
    if (members.empty()) return;
    const Value name = name_of(members.front());
    groups.push_back(runtime.tuple({name, runtime.list(std::move(members))}, true));
    members.clear();
  };
  for (const Value& item : sort(runtime, std::move(items), Order::ascending)) {
    const Value next = key_of(runtime, name_of(item), case_rule);
    if (!members.empty() && !equal(runtime, key, next)) close();
    key = next;
    members.push_back(item);
  }
  close();
  return runtime.list(std::move(groups));
}

/// Rows of `count` items each; the last one is filled up.
Value batch_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const std::int64_t count = arguments.integer(0);
  const Value fill = arguments.at(1);
  struct State {
    StreamPtr items;
    std::vector<Value> row;
    bool ended = false;
  };
  return make_generator(
      runtime, make_stream([&runtime, input, count, fill, state = std::make_shared<State>()](Value& out) {
        if (state->ended) return false;
        if (!state->items) state->items = iterate(runtime, input);
        for (Value item; state->items->next(item);) {
          runtime.step();
          const bool full = static_cast<std::int64_t>(state->row.size()) == count;
          if (full) out = runtime.list(std::exchange(state->row, {}));
          state->row.push_back(std::move(item));
          if (full) return true;
        }
        state->ended = true;
        if (state->row.empty()) return false;
        const auto missing = count - static_cast<std::int64_t>(state->row.size());
        for (std::int64_t i = 0; i < missing && !fill.is_missing() && !fill.is_none(); ++i) {
          runtime.step();
          runtime.allocate(sizeof(Value));
          state->row.push_back(fill);
        }
        out = runtime.list(std::move(state->row));
        return true;
      }));
}

/// Columns: `count` lists of nearly the same length.
std::vector<Value> columns(Runtime& runtime, const Value& input, std::int64_t count, const Value& fill) {
  const std::vector<Value> items = collect(runtime, input);
  if (count == 0) throw base::Error("slice needs a count above zero");
  std::vector<Value> all;
  const auto size = static_cast<std::int64_t>(items.size());
  const std::int64_t each = count < 0 ? 0 : size / count;
  const std::int64_t longer = count < 0 ? 0 : size % count;
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t length = each + (i < longer ? 1 : 0);
    std::vector<Value> column(items.begin() + at, items.begin() + at + length);
    if (!fill.is_missing() && !fill.is_none() && i >= longer) column.push_back(fill);
    all.push_back(runtime.list(std::move(column)));
    runtime.step();
    at += length;
  }
  return all;
}

Value slice_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const std::int64_t count = arguments.integer(0);
  const Value fill = arguments.at(1);
  return make_generator(runtime, make_stream([&runtime, input, count, fill,
                                              made = std::shared_ptr<Stream>()](Value& out) mutable {
                          if (!made) made = make_stream(columns(runtime, input, count, fill));
                          return made->next(out);
                        }));
}

Value items_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return make_generator(
      runtime, make_stream([&runtime, input, items = std::shared_ptr<Stream>()](Value& out) mutable {
        if (input.is_undefined()) return false;
        if (!input.is_dict()) fail_type("what has items", "a dict", input);
        if (!items) items = std::make_shared<DictView>(input, DictView::Kind::items)->iterate(runtime);
        return items->next(out);
      }));
}

}  // namespace

std::vector<Filter> sequence_filters() {
  const Signature none("");
  return {
      {"batch", Signature("linecount fill_with?"), batch_filter},
      {"count", none, length_filter},
      {"dictsort", Signature("case_sensitive? by? reverse?"), dictsort_filter},
      {"first", none, first_filter},
      {"groupby", Signature("attribute default? case_sensitive?"), group_filter},
      {"items", none, items_filter},
      {"join", Signature("d? attribute?"), join_filter},
      {"last", none, last_filter},
      {"length", none, length_filter},
      {"list", none, list_filter},
      {"max", Signature("case_sensitive? attribute?"), extreme_filter<Extreme::largest>},
      {"min", Signature("case_sensitive? attribute?"), extreme_filter<Extreme::smallest>},
      {"reverse", none, reverse_filter},
      {"slice", Signature("slices fill_with?"), slice_filter},
      {"sort", Signature("reverse? case_sensitive? attribute?"), sort_filter},
      {"sum", Signature("attribute? start?"), sum_filter},
      {"unique", Signature("case_sensitive? attribute?"), unique_filter},
  };
}

}  // namespace tmpl
