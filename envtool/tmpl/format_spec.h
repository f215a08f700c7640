// The layout of one value in a formatted string: width, fill, sign, precision. Shared by `%` and
// str.format().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "envtool/tmpl/value.h"

namespace tmpl {

struct FormatSpec {
  std::string fill = " ";
  char align = '\0';  ///< one of `<`, `>`, `^`, `=`, or none
  char sign = '-';    ///< `+`, `-` or blank
  bool alternate = false;
  bool zero = false;
  std::int64_t width = 0;
  char grouping = '\0';  ///< `,` or `_`, or none
  std::optional<std::int64_t> precision;
  char type = '\0';
};

/// The number with sign, prefix and digits as the spec has them, padded to its width.
std::string format_integer(Runtime& runtime, std::int64_t value, const FormatSpec& spec);
std::string format_real(Runtime& runtime, double value, const FormatSpec& spec);
/// The text cut to the precision and padded.
std::string format_text(Runtime& runtime, std::string_view text, const FormatSpec& spec);

}  // namespace tmpl
