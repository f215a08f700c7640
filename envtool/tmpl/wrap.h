// Lines of a limited width, broken where Python's textwrap breaks them. Knows nothing of values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tmpl {

class Runtime;

enum class LongWords : std::uint8_t { keep, break_up };
enum class Hyphens : std::uint8_t { keep, break_after };

struct WrapRules {
  LongWords long_words;
  Hyphens hyphens;
};

/// One line as several of at most `width` characters. Throws base::Error for a width below one.
std::vector<std::string> wrap(Runtime& runtime, std::string_view line, std::int64_t width,
                              const WrapRules& rules);

}  // namespace tmpl
