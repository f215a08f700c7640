#include "envtool/tmpl/unicode.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "envtool/base/error.h"

namespace tmpl {
namespace {

/// Where upper and lower letters alternate, or lie a fixed distance apart. UnicodeData.txt, fields 12 and 13.
struct CaseRange {
  char32_t upper_first;
  char32_t upper_last;
  char32_t distance;  ///< from upper to lower; 1 means that upper and lower alternate
};

constexpr CaseRange kCaseRanges[] = {
    {U'A', U'Z', 32},   {0xC0, 0xD6, 32},   {0xD8, 0xDE, 32},   {0x100, 0x12E, 1},  {0x132, 0x136, 1},
    {0x139, 0x147, 1},  {0x14A, 0x176, 1},  {0x179, 0x17D, 1},  {0x386, 0x386, 38}, {0x388, 0x38A, 37},
    {0x38C, 0x38C, 64}, {0x38E, 0x38F, 63}, {0x391, 0x3A1, 32}, {0x3A3, 0x3AB, 32}, {0x400, 0x40F, 80},
    {0x410, 0x42F, 32}, {0x460, 0x480, 1},  {0x48A, 0x4BE, 1},  {0x4D0, 0x52E, 1},
};

constexpr char32_t kUncased[] = {0xAA,
                                 0xBA};  ///< letters of Latin-1 that are lower case without an upper one

bool in_range(char32_t point, const CaseRange& range) {
  if (range.distance != 1) return point >= range.upper_first && point <= range.upper_last;
  return point >= range.upper_first && point <= range.upper_last && (point - range.upper_first) % 2 == 0;
}

const CaseRange* range_of_upper(char32_t point) {
  const auto* found = std::find_if(std::begin(kCaseRanges), std::end(kCaseRanges),
                                   [&](const CaseRange& range) { return in_range(point, range); });
  return found == std::end(kCaseRanges) ? nullptr : found;
}

const CaseRange* range_of_lower(char32_t point) {
  for (const CaseRange& range : kCaseRanges) {
    if (point >= range.distance && in_range(point - range.distance, range)) return &range;
  }
  return nullptr;
}

bool between(char32_t point, char32_t first, char32_t last) { return point >= first && point <= last; }

/// Scripts that have no case: nothing to map. CJK, kana, Hangul, Hebrew, Arabic, Thai, symbols, emoji.
bool is_caseless(char32_t point) {
  return between(point, 0x2000, 0x2069) || between(point, 0x20A0, 0x20BF) || between(point, 0x2190, 0x23FF) ||
         between(point, 0x2500, 0x2BFF) || between(point, 0x3000, 0x9FFF) || between(point, 0xAC00, 0xD7A3) ||
         between(point, 0x5D0, 0x5EA) || between(point, 0x600, 0x6FF) || between(point, 0xE00, 0xE5B) ||
         between(point, 0x1F300, 0x1FAFF) || between(point, 0xFE00, 0xFE0F) || between(point, 0x300, 0x344);
}

bool is_known(char32_t point) {
  if (point < 0xB5 || between(point, 0xB6, 0xDE) || between(point, 0xE0, 0xFE)) return true;
  return range_of_upper(point) != nullptr || range_of_lower(point) != nullptr || is_caseless(point);
}

[[noreturn]] void fail_case(char32_t point) {
  std::string letter;
  append_utf8(letter, point);
  throw base::Error(
      fmt::format("the case of `{}` (U+{:04X}) can't be changed", letter, static_cast<unsigned>(point)));
}

/// The length of the sequence that a lead byte opens; 1 for what opens none.
std::size_t sequence_length(unsigned char lead) {
  if (lead >= 0xF0) return 4;
  if (lead >= 0xE0) return 3;
  if (lead >= 0xC0) return 2;
  return 1;
}

char32_t decode(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  if (bytes.size() == 1) return lead;
  char32_t point = lead & (0xFFU >> (bytes.size() + 1));
  for (const char c : bytes.substr(1)) point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return point;
}

}  // namespace

std::u32string to_code_points(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length =
        std::min(sequence_length(static_cast<unsigned char>(text[at])), text.size() - at);
    points.push_back(decode(text.substr(at, length)));
    at += length;
  }
  return points;
}

void append_utf8(std::string& out, char32_t point) {
  const auto byte = [&](char32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0U | (point >> 6U));
    byte(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    byte(0xE0U | (point >> 12U));
    byte(0x80U | ((point >> 6U) & 0x3FU));
    byte(0x80U | (point & 0x3FU));
  } else {
    byte(0xF0U | (point >> 18U));
    byte(0x80U | ((point >> 12U) & 0x3FU));
    byte(0x80U | ((point >> 6U) & 0x3FU));
    byte(0x80U | (point & 0x3FU));
  }
}

std::string to_utf8(std::u32string_view points) {
  std::string text;
  text.reserve(points.size());
  for (const char32_t point : points) append_utf8(text, point);
  return text;
}

std::size_t text_length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_space(char32_t point) {
  return between(point, 0x09, 0x0D) || between(point, 0x1C, 0x20) || point == 0x85 || point == 0xA0 ||
         point == 0x1680 || between(point, 0x2000, 0x200A) || point == 0x2028 || point == 0x2029 ||
         point == 0x202F || point == 0x205F || point == 0x3000;
}

bool is_line_end(char32_t point) {
  return between(point, 0x0A, 0x0D) || between(point, 0x1C, 0x1E) || point == 0x85 || point == 0x2028 ||
         point == 0x2029;
}

bool is_upper(char32_t point) { return range_of_upper(point) != nullptr || point == 0x130 || point == 0x178; }

bool is_lower(char32_t point) {
  if (range_of_lower(point) != nullptr || point == 0xDF || point == 0xB5 || point == 0xFF || point == 0x131)
    return true;
  return std::find(std::begin(kUncased), std::end(kUncased), point) != std::end(kUncased);
}

bool is_letter(char32_t point) {
  if (is_upper(point) || is_lower(point)) return true;
  return between(point, 0x3041, 0x3096) || between(point, 0x30A1, 0x30FA) || between(point, 0x3400, 0x9FFF) ||
         between(point, 0xAC00, 0xD7A3) || between(point, 0x5D0, 0x5EA);
}

bool is_digit(char32_t point) { return between(point, U'0', U'9'); }

bool is_printable(char32_t point) {
  if (point < 0x20 || between(point, 0x7F, 0xA0) || point == 0xAD) return false;
  const bool invisible = between(point, 0x2000, 0x200F) || between(point, 0x2028, 0x202F) ||
                         between(point, 0x205F, 0x206F) || between(point, 0xD800, 0xF8FF) ||
                         point == 0x3000 || point == 0x1680 || point == 0xFEFF ||
                         between(point, 0xFFF0, 0xFFFB);
  return !invisible;
}

char32_t to_upper(char32_t point) {
  if (const CaseRange* range = range_of_lower(point)) return point - range->distance;
  if (point == 0xFF) return 0x178;
  if (point == 0x131) return U'I';
  if (point == 0xB5) return 0x39C;
  if (!is_known(point)) fail_case(point);
  return point;
}

char32_t to_lower(char32_t point) {
  if (const CaseRange* range = range_of_upper(point)) return point + range->distance;
  if (point == 0x178) return 0xFF;
  if (point == 0xDF || point == 0xB5 || point == 0xFF) return point;
  if (!is_known(point)) fail_case(point);
  return point;
}

}  // namespace tmpl
