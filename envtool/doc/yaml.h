// YAML text to values and back. Knows nothing of what the documents mean.
//
// Reading follows the YAML 1.2 core schema, with two exceptions in favour of files that were written for Kubernetes:
// `0644` is octal as in YAML 1.1 (`0o644` too), and merge keys (`<<`) are applied. Anchors and aliases are resolved.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace doc {

struct ReadLimits {
  std::size_t bytes = 32U << 20U;    ///< of one text
  std::size_t depth = 200;           ///< of nesting
  std::size_t nodes = 2'000'000;     ///< of one text, after aliases are resolved
};

/// All documents of a text. Spans refer to `source`. Throws base::Error with the place for: text that is no YAML or no
/// UTF-8, tabs used as indentation, a key that is given twice in one map, keys that aren't scalars, unknown aliases or
/// tags, and texts over the limits. Documents without any content are left out.
std::vector<Value> read_yaml_all(const base::Source& source, const ReadLimits& limits = {});

/// The only document of a text; a text without one gives null. More than one is an error.
Value read_yaml(const base::Source& source, const ReadLimits& limits = {});

/// The value of a plain scalar, as it would be read from a document: `8000` is an integer, `yes` a string.
Value plain_scalar(std::string_view text);

/// One document as block YAML in the style of kubectl: two spaces, `- ` at its parent's column, keys in their order.
/// Every scalar is written so that readers of YAML 1.1 and of 1.2 get the same value; strings of several lines are
/// literal blocks where these keep them byte for byte. Ends with a newline. Strings must be UTF-8.
std::string emit_yaml(const Value& value);

/// Several documents, each opened by `---`.
std::string emit_yaml(const std::vector<Value>& documents);

}  // namespace doc
