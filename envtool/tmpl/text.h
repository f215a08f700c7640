// What Python's str does to texts, on UTF-8. Knows nothing of values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmpl {

enum class Side : std::uint8_t { left, right, both };

/// Without white space, or without the given characters, at one end or both.
std::string_view strip(std::string_view text, Side side);
std::string_view strip(std::string_view text, Side side, std::string_view characters);

/// The words between runs of white space; `most` cuts at most, negative for any number.
std::vector<std::string_view> split_space(std::string_view text, std::int64_t most);
std::vector<std::string_view> split_space_from_end(std::string_view text, std::int64_t most);

/// The parts between separators, which aren't empty.
std::vector<std::string_view> split_by(std::string_view text, std::string_view separator, std::int64_t most);
std::vector<std::string_view> split_by_from_end(std::string_view text, std::string_view separator,
                                                std::int64_t most);

/// The lines, with or without what ends them.
enum class LineEnds : std::uint8_t { drop, keep };
std::vector<std::string_view> split_lines(std::string_view text, LineEnds ends);

/// `most` replacements at most, negative for any number. An empty `old` matches between all characters.
std::string replace(std::string_view text, std::string_view old, std::string_view with, std::int64_t most);

/// Where `part` begins in `text` from byte `from` on, or npos. Linear.
std::size_t find(std::string_view text, std::string_view part, std::size_t from = 0);

std::string upper(std::string_view text);
std::string lower(std::string_view text);
std::string capitalize(std::string_view text);
std::string swapcase(std::string_view text);
/// str.title(): a capital after everything that is no letter.
std::string title(std::string_view text);

/// Whether there are cased letters and all of them are of this case.
bool is_upper_text(std::string_view text);
bool is_lower_text(std::string_view text);
bool is_title_text(std::string_view text);

}  // namespace tmpl
