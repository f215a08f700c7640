#include "envtool/tmpl/text.h"

#include <algorithm>
#include <cstring>

#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::string_view first_point(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_continuation(text[end])) ++end;
  return text.substr(0, end);
}

std::string_view last_point(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && is_continuation(text[begin])) --begin;
  return text.substr(begin);
}

char32_t decode(std::string_view point) {
  return point.size() == 1 ? static_cast<unsigned char>(point[0]) : to_code_points(point).front();
}

bool is_space_point(std::string_view point) { return is_space(decode(point)); }

template <typename Strips>
std::string_view strip_if(std::string_view text, Side side, Strips strips) {
  while (side != Side::right && !text.empty() && strips(first_point(text)))
    text.remove_prefix(first_point(text).size());
  while (side != Side::left && !text.empty() && strips(last_point(text)))
    text.remove_suffix(last_point(text).size());
  return text;
}

std::size_t word_end(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && !is_space_point(first_point(text.substr(end))))
    end += first_point(text.substr(end)).size();
  return end;
}

std::size_t word_begin(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && !is_space_point(last_point(text.substr(0, begin))))
    begin -= last_point(text.substr(0, begin)).size();
  return begin;
}

template <typename Map>
std::string map_points(std::string_view text, Map map) {
  std::u32string points = to_code_points(text);
  for (char32_t& point : points) point = map(point);
  return to_utf8(points);
}

std::string replace_between(std::string_view text, std::string_view with, std::int64_t most) {
  std::string out;
  for (; !text.empty() && most != 0; --most) {
    out += with;
    out += first_point(text);
    text.remove_prefix(first_point(text).size());
  }
  out += text;
  if (most != 0) out += with;
  return out;
}

}  // namespace

std::string_view strip(std::string_view text, Side side) { return strip_if(text, side, is_space_point); }

std::string_view strip(std::string_view text, Side side, std::string_view characters) {
  const std::u32string set = to_code_points(characters);
  return strip_if(text, side,
                  [&](std::string_view point) { return set.find(decode(point)) != std::u32string::npos; });
}

std::vector<std::string_view> split_space(std::string_view text, std::int64_t most) {
  std::vector<std::string_view> words;
  for (text = strip(text, Side::left); !text.empty(); text = strip(text, Side::left)) {
    if (most-- == 0) {
      words.push_back(text);
      break;
    }
    const std::size_t end = word_end(text);
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::vector<std::string_view> split_space_from_end(std::string_view text, std::int64_t most) {
  std::vector<std::string_view> words;
  for (text = strip(text, Side::right); !text.empty(); text = strip(text, Side::right)) {
    if (most-- == 0) {
      words.push_back(text);
      break;
    }
    const std::size_t begin = word_begin(text);
    words.push_back(text.substr(begin));
    text = text.substr(0, begin);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

std::vector<std::string_view> split_by(std::string_view text, std::string_view separator, std::int64_t most) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; most != 0 && (at = find(text, separator)) != std::string_view::npos; --most) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.push_back(text);
  return parts;
}

std::vector<std::string_view> split_by_from_end(std::string_view text, std::string_view separator,
                                                std::int64_t most) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; most != 0 && (at = text.rfind(separator)) != std::string_view::npos; --most) {
    parts.push_back(text.substr(at + separator.size()));
    text = text.substr(0, at);
  }
  parts.push_back(text);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string_view> split_lines(std::string_view text, LineEnds ends) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view point = first_point(text.substr(at));
    std::size_t next = at + point.size();
    if (is_line_end(decode(point))) {
      if (point == "\r" && next < text.size() && text[next] == '\n') ++next;
      lines.push_back(text.substr(begin, (ends == LineEnds::keep ? next : at) - begin));
      begin = next;
    }
    at = next;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

std::size_t find(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (part.empty()) return from;
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::string replace(std::string_view text, std::string_view old, std::string_view with, std::int64_t most) {
  if (old.empty()) return replace_between(text, with, most);
  std::string out;
  for (std::size_t at = 0; most != 0 && (at = find(text, old)) != std::string_view::npos; --most) {
    out += text.substr(0, at);
    out += with;
    text.remove_prefix(at + old.size());
  }
  out += text;
  return out;
}

std::string upper(std::string_view text) { return map_points(text, to_upper); }

std::string lower(std::string_view text) { return map_points(text, to_lower); }

std::string capitalize(std::string_view text) {
  return map_points(text, [first = true](char32_t point) mutable {
    const bool was_first = first;
    first = false;
    return was_first ? to_upper(point) : to_lower(point);
  });
}

std::string swapcase(std::string_view text) {
  return map_points(text, [](char32_t point) { return is_upper(point) ? to_lower(point) : to_upper(point); });
}

std::string title(std::string_view text) {
  return map_points(text, [inside = false](char32_t point) mutable {
    const bool was_inside = inside;
    inside = is_upper(point) || is_lower(point);
    return was_inside ? to_lower(point) : to_upper(point);
  });
}

bool is_upper_text(std::string_view text) {
  const std::u32string points = to_code_points(text);
  return std::any_of(points.begin(), points.end(), is_upper) &&
         std::none_of(points.begin(), points.end(), is_lower);
}

bool is_lower_text(std::string_view text) {
  const std::u32string points = to_code_points(text);
  return std::any_of(points.begin(), points.end(), is_lower) &&
         std::none_of(points.begin(), points.end(), is_upper);
}

bool is_title_text(std::string_view text) {
  bool inside = false;
  bool any = false;
  for (const char32_t point : to_code_points(text)) {
    if (is_upper(point) ? inside : is_lower(point) && !inside) return false;
    inside = is_upper(point) || is_lower(point);
    any = any || inside;
  }
  return any;
}

}  // namespace tmpl
