// Code points in UTF-8 strings: how many, which, and what class they are of. Case mapping covers ASCII,
// Latin-1, Latin Extended-A, Greek and Cyrillic (UnicodeData.txt, simple mappings); everything else is
// refused rather than guessed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tmpl {

/// The code points of a text. Bytes that aren't UTF-8 count one each.
std::u32string to_code_points(std::string_view text);
std::string to_utf8(std::u32string_view points);
void append_utf8(std::string& out, char32_t point);

/// How many code points.
std::size_t text_length(std::string_view text);
bool is_ascii(std::string_view text);

/// What str.isspace() and str.split() take as white space.
bool is_space(char32_t point);
/// Where str.splitlines() ends a line.
bool is_line_end(char32_t point);
bool is_upper(char32_t point);
bool is_lower(char32_t point);
bool is_letter(char32_t point);
bool is_digit(char32_t point);
/// Whether repr() prints it as it is.
bool is_printable(char32_t point);

/// Throws base::Error for letters whose case this table doesn't know, or that Python maps to several.
char32_t to_upper(char32_t point);
char32_t to_lower(char32_t point);

}  // namespace tmpl
