// Filters that run another filter or a test on every item: map, select, reject and their like.
#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/tmpl/attribute_path.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/filters.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/test_table.h"

namespace tmpl {
namespace {

using Mapping = std::function<Value(const Value&)>;
using Condition = std::function<bool(const Value&)>;

/// A stream that isn't set up before it is asked for its first item. Nothing comes out of what counts as
/// false.
template <typename Prepare>
Value lazily(Runtime& runtime, const Value& input, Prepare prepare) {
  return make_generator(
      runtime, make_stream([&runtime, input, prepare, made = std::shared_ptr<Stream>()](Value& out) mutable {
        if (!made) made = truth(input) ? prepare(iterate(runtime, input)) : make_stream(std::vector<Value>());
        return made->next(out);
      }));
}

Mapping attribute_mapping(Runtime& runtime, const Arguments& arguments) {
  Value attribute;
  Value fallback;
  for (const auto& [name, value] : arguments.named) {
    if (name != "attribute" && name != "default")
      throw base::Error(fmt::format("map takes no argument `{}` here", name));
    (name == "attribute" ? attribute : fallback) = value;
  }
  return [&runtime, path = AttributePath(runtime, attribute), fallback](const Value& item) {
    return path.get(runtime, item, fallback);
  };
}

const Filter& filter_named(const Value& name) {
  if (!name.is_text()) fail_type("the name of a filter", "a string", name);
  const Filter* filter = find_filter(name.as_text());
  if (filter == nullptr) throw base::Error(fmt::format("there is no filter `{}`", name.as_text()));
  return *filter;
}

Mapping make_mapping(Runtime& runtime, const Arguments& arguments) {
  const bool attribute = std::any_of(arguments.named.begin(), arguments.named.end(),
                                     [](const auto& argument) { return argument.first == "attribute"; });
  if (arguments.positional.empty() && attribute) return attribute_mapping(runtime, arguments);
  if (arguments.positional.empty()) throw base::Error("map needs the name of a filter, or `attribute`");
  const Filter& filter = filter_named(arguments.positional.front());
  const Arguments rest{{arguments.positional.begin() + 1, arguments.positional.end()}, arguments.named};
  return
      [&runtime, &filter, rest](const Value& item) { return apply(runtime, filter, item, Arguments(rest)); };
}

Value map_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  return lazily(runtime, input, [&runtime, all = arguments.remaining()](StreamPtr items) {
    return make_stream([&runtime, mapping = make_mapping(runtime, all),
                        source = std::shared_ptr<Stream>(std::move(items))](Value& out) {
      Value item;
      if (!source->next(item)) return false;
      runtime.step();
      out = mapping(item);
      return true;
    });
  });
}

Condition make_condition(Runtime& runtime, const Arguments& arguments, std::size_t first) {
  if (arguments.positional.size() <= first) return [](const Value& value) { return truth(value); };
  const Value& name = arguments.positional[first];
  if (!name.is_text()) fail_type("the name of a test", "a string", name);
  const Test* test = find_test(name.as_text());
  if (test == nullptr) throw base::Error(fmt::format("there is no test `{}`", name.as_text()));
  const auto rest_begin = arguments.positional.begin() + static_cast<std::ptrdiff_t>(first) + 1;
  const Arguments rest{{rest_begin, arguments.positional.end()}, arguments.named};
  return [&runtime, test, rest](const Value& value) { return apply(runtime, *test, value, Arguments(rest)); };
}

enum class Keep : bool { if_false, if_true };
enum class Look : std::uint8_t { at_item, at_attribute };

template <Keep kKeep, Look kLook>
StreamPtr selection(Runtime& runtime, const Arguments& arguments, StreamPtr items) {
  constexpr std::size_t kSkip = kLook == Look::at_attribute ? 1 : 0;
  if (arguments.positional.size() < kSkip) throw base::Error("the name of the attribute is missing");
  const AttributePath path(runtime, kSkip == 1 ? arguments.positional.front() : Value());
  return make_stream([&runtime, path, condition = make_condition(runtime, arguments, kSkip),
                      source = std::shared_ptr<Stream>(std::move(items))](Value& out) {
    while (source->next(out)) {
      runtime.step();
      if (condition(path.get(runtime, out)) == (kKeep == Keep::if_true)) return true;
    }
    return false;
  });
}

template <Keep kKeep, Look kLook>
Value select_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  return lazily(runtime, input, [&runtime, all = arguments.remaining()](StreamPtr items) {
    return selection<kKeep, kLook>(runtime, all, std::move(items));
  });
}

}  // namespace

std::vector<Filter> selection_filters() {
  const Signature any("* **");
  return {
      {"map", any, map_filter},
      {"reject", any, select_filter<Keep::if_false, Look::at_item>},
      {"rejectattr", any, select_filter<Keep::if_false, Look::at_attribute>},
      {"select", any, select_filter<Keep::if_true, Look::at_item>},
      {"selectattr", any, select_filter<Keep::if_true, Look::at_attribute>},
  };
}

}  // namespace tmpl
