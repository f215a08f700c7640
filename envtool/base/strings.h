// Small functions on text that the standard library lacks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

/// The parts between separators; n separators give n + 1 parts, empty ones included.
std::vector<std::string> split(std::string_view text, char separator);

/// The words of a text, separated by any run of spaces, tabs and newlines.
std::vector<std::string> words(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// The text without white space at either end.
std::string_view trim(std::string_view text);

/// `a`, `b` and `c`, each in backticks, for messages. Empty for no names.
std::string quoted_list(const std::vector<std::string>& names);

/// The candidate nearest to a word (Damerau-Levenshtein), if it is near enough to be a slip of the hand.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

/// A word as a POSIX shell reads it back: bare where safe, else in single quotes.
std::string shell_quote(std::string_view word);

/// The lowercase hexadecimal form of bytes.
std::string to_hex(std::string_view bytes);

/// Standard base64 with padding (RFC 4648, section 4), on one line.
std::string to_base64(std::string_view bytes);

/// The bytes of a base64 text (RFC 4648; line breaks are skipped), or nothing if it isn't one.
std::optional<std::string> from_base64(std::string_view text);

/// Every byte but letters, digits, `_.-~` and those of `safe` as `%XX` (RFC 3986, section 2.1).
std::string percent_encode(std::string_view text, std::string_view safe = "");

/// The text behind the byte order mark that some editors put in front of UTF-8, if it begins with one.
std::string_view without_byte_order_mark(std::string_view text);

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

/// How many bytes at the beginning are well-formed UTF-8; all of them, or where the first wrong byte is.
std::size_t utf8_prefix(std::string_view bytes);

}  // namespace base
