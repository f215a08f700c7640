// Numbers from text and text from numbers, as Python's int(), float() and round() have it. Knows nothing of
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tmpl {

/// int(text, base). Nothing if the text is no such number. Throws base::Error for numbers over 64 bits and
/// for wrong bases.
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t base);

/// float(text).
std::optional<double> parse_real(std::string_view text);

/// round(value, digits): to the nearest, ties to even, decided on the exact value.
double round_real(double value, std::int64_t digits);
std::int64_t round_integer(std::int64_t value, std::int64_t digits);

}  // namespace tmpl
