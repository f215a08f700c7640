// The filters by name. Knows nothing of syntax.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/tmpl/call.h"
#include "envtool/tmpl/value.h"

namespace tmpl {

struct Filter {
  std::string_view name;
  Signature signature;  ///< without the value that is filtered
  Value (*run)(Runtime& runtime, const Value& input, const Bound& arguments);
  std::string title = {};  ///< what messages call it: made once, when the table is
};

/// A filter, or null. Filters live as long as the program.
const Filter* find_filter(std::string_view name);
std::vector<std::string> filter_names();

/// Why a filter of Jinja2's isn't here, if it is one that was left out.
std::optional<std::string> refused_filter(std::string_view name);

/// Runs a filter. Throws base::Error without a span.
Value apply(Runtime& runtime, const Filter& filter, const Value& input, Arguments&& arguments);

// Parts of the table, one file each.
std::vector<Filter> text_filters();
std::vector<Filter> sequence_filters();
std::vector<Filter> selection_filters();
std::vector<Filter> scalar_filters();

}  // namespace tmpl
