#include "envtool/tmpl/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "envtool/tmpl/runtime.h"

namespace tmpl {
namespace {

std::vector<Filter> make_filters() {
  std::vector<Filter> all = text_filters();
  for (auto& part : {sequence_filters(), selection_filters(), scalar_filters()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  for (Filter& filter : all) filter.title = fmt::format("filter `{}`", filter.name);
  std::sort(all.begin(), all.end(), [](const Filter& a, const Filter& b) { return a.name < b.name; });
  return all;
}

const std::vector<Filter>& filters() {
  static const std::vector<Filter> all = make_filters();
  return all;
}

}  // namespace

const Filter* find_filter(std::string_view name) {
  const auto found =
      std::lower_bound(filters().begin(), filters().end(), name,
                       [](const Filter& filter, std::string_view wanted) { return filter.name < wanted; });
  return found == filters().end() || found->name != name ? nullptr : &*found;
}

std::vector<std::string> filter_names() {
  std::vector<std::string> names;
  for (const Filter& filter : filters()) names.emplace_back(filter.name);
  return names;
}

std::optional<std::string> refused_filter(std::string_view name) {
  if (name == "random") return "the filter `random` isn't supported: it gives another result each time";
  if (name == "urlize") return "the filter `urlize` isn't supported";
  return std::nullopt;
}

Value apply(Runtime& runtime, const Filter& filter, const Value& input, Arguments&& arguments) {
  runtime.step();
  if (input.is_text()) runtime.step(input.as_text().size() / 64);
  return filter.run(runtime, input, Bound(filter.signature, filter.title, std::move(arguments)));
}

}  // namespace tmpl
