#include "envtool/tmpl/html.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "envtool/base/error.h"
#include "envtool/tmpl/text.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string without_tags(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t start = 0; (start = text.find('<', at)) != std::string_view::npos;) {
    const bool comment = text.substr(start).starts_with("<!--");
    const std::size_t end = comment ? text.find("-->", start + 4) : text.find('>', start);
    if (end == std::string_view::npos) break;
    out += text.substr(at, start - at);
    at = end + (comment ? 3 : 1);
  }
  return out += text.substr(at);
}

std::optional<char32_t> named_entity(std::string_view name) {
  if (name == "amp") return U'&';
  if (name == "lt") return U'<';
  if (name == "gt") return U'>';
  if (name == "quot") return U'"';
  if (name == "apos") return U'\'';
  if (name == "nbsp") return 0xA0;
  return std::nullopt;
}

[[noreturn]] void fail_entity(std::string_view name) {
  throw base::Error(fmt::format("the entity `&{}` isn't supported", name));
}

/// A number between `&#` and `;`: decimal, or hexadecimal after `x`.
char32_t numeric_entity(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  const std::string_view number = digits.substr(hex ? 1 : 0);
  std::uint32_t point = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), point, hex ? 16 : 10);
  const bool whole = error == std::errc{} && end == number.data() + number.size() && !number.empty();
  const bool plain = point >= 0x20 && point <= 0x10FFFF && (point < 0x7F || point > 0x9F) &&
                     (point < 0xD800 || point > 0xDFFF);
  if (!whole || !plain) fail_entity(fmt::format("#{}", digits));
  return point;
}

std::string unescape_entities(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t first = at + 1;
    const bool numeric = text[at] == '&' && first < text.size() && text[first] == '#';
    std::size_t end = first + (numeric ? 1 : 0);
    while (text[at] == '&' && end < text.size() && is_alnum(text[end])) ++end;
    if (text[at] != '&' || end == first) {
      out += text[at++];
      continue;
    }
    const std::string_view name = text.substr(first, end - first);
    if (end >= text.size() || text[end] != ';') fail_entity(name);
    const auto point = numeric ? std::optional(numeric_entity(name.substr(1))) : named_entity(name);
    if (!point) fail_entity(name);
    append_utf8(out, *point);
    at = end + 1;
  }
  return out;
}

bool is_unreserved(char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-' || c == '~'; }

}  // namespace

std::string strip_tags(std::string_view text) {
  const std::string plain = without_tags(text);
  std::string spaced;
  for (const std::string_view word : split_space(plain, -1)) {
    if (!spaced.empty()) spaced += ' ';
    spaced += word;
  }
  return unescape_entities(spaced);
}

std::string quote_url(std::string_view text, UrlPart part) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c) || (part == UrlPart::path && c == '/')) {
      out += c;
    } else if (part == UrlPart::query && c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace tmpl
