#include "envtool/tmpl/brace_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "envtool/base/error.h"
#include "envtool/tmpl/access.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/format_spec.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

constexpr std::int64_t kMostWidth = 1'000'000'000;

bool is_align(char32_t point) { return point == U'<' || point == U'>' || point == U'^' || point == U'='; }

/// Reads `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
class SpecReader {
 public:
  explicit SpecReader(std::string_view text) : points_(to_code_points(text)) {}

  FormatSpec read() {
    FormatSpec spec;
    read_align(spec);
    if (peek() == U'+' || peek() == U'-' || peek() == U' ') spec.sign = static_cast<char>(take());
    if (peek() == U'#') spec.alternate = take() != 0;
    if (peek() == U'0') read_zero(spec);
    spec.width = read_number().value_or(0);
    if (peek() == U',' || peek() == U'_') spec.grouping = static_cast<char>(take());
    if (peek() == U'.') {
      take();
      spec.precision = read_number();
      if (!spec.precision) throw base::Error("the format has no precision after `.`");
    }
    if (at_ < points_.size() && peek() < 0x80) spec.type = static_cast<char>(take());
    if (at_ != points_.size()) throw base::Error("this format specification isn't supported");
    return spec;
  }

 private:
  char32_t peek() const { return at_ < points_.size() ? points_[at_] : 0; }
  char32_t take() { return points_[at_++]; }

  void read_align(FormatSpec& spec) {
    if (points_.size() > 1 && is_align(points_[1])) {
      spec.fill.clear();
      append_utf8(spec.fill, take());
      spec.align = static_cast<char>(take());
    } else if (is_align(peek())) {
      spec.align = static_cast<char>(take());
    }
  }

  void read_zero(FormatSpec& spec) {
    take();
    if (spec.align != '\0') {
      if (spec.fill == " ") spec.fill = "0";
      return;
    }
    spec.zero = true;
    spec.fill = "0";
    spec.align = '=';
  }

  std::optional<std::int64_t> read_number() {
    if (peek() < U'0' || peek() > U'9') return std::nullopt;
    std::int64_t number = 0;
    while (peek() >= U'0' && peek() <= U'9') {
      number = number * 10 + static_cast<std::int64_t>(take() - U'0');
      if (number > kMostWidth) throw base::Error("the width is too large");
    }
    return number;
  }

  std::u32string points_;
  std::size_t at_ = 0;
};

[[noreturn]] void fail_spec(const FormatSpec& spec, const Value& value) {
  throw base::Error(fmt::format("the format `{}` doesn't fit {}", spec.type == '\0' ? '=' : spec.type,
                                with_article(value)));
}

bool is_one_of(char type, std::string_view letters) {
  return type == '\0' || letters.find(type) != std::string_view::npos;
}

std::string lay_out_character(Runtime& runtime, const Value& value, FormatSpec spec) {
  const std::int64_t point = value.as_integer();
  const bool plain = spec.sign == '-' && !spec.alternate && !spec.precision && spec.grouping == '\0';
  if (!plain || point < 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) fail_spec(spec, value);
  std::string text;
  append_utf8(text, static_cast<char32_t>(point));
  if (spec.align == '\0' || spec.align == '=') spec.align = '>';
  return format_text(runtime, text, spec);
}

std::string lay_out_integer(Runtime& runtime, const Value& value, FormatSpec spec) {
  if (spec.type != '\0' && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos) {
    return format_real(runtime, value.as_real(), spec);
  }
  if (spec.type == 'c') return lay_out_character(runtime, value, spec);
  if (!is_one_of(spec.type, "dxXobn") || spec.precision) fail_spec(spec, value);
  if (spec.grouping == ',' && spec.type != '\0' && spec.type != 'd') fail_spec(spec, value);
  return format_integer(runtime, value.as_integer(), spec);
}

std::string lay_out_text(Runtime& runtime, const Value& value, std::string_view text, FormatSpec spec) {
  const bool numeric =
      spec.sign != '-' || spec.alternate || spec.grouping != '\0' || (spec.align == '=' && !spec.zero);
  if (!is_one_of(spec.type, "s") || numeric) fail_spec(spec, value);
  if (spec.zero) spec.align = '<';
  return format_text(runtime, text, spec);
}

/// format(value, spec).
std::string lay_out(Runtime& runtime, const Value& value, std::string_view spec_text) {
  if (spec_text.empty()) return to_text(runtime, value);
  const FormatSpec spec = SpecReader(spec_text).read();
  if (value.is_text()) return lay_out_text(runtime, value, value.as_text(), spec);
  if (value.is_integral()) return lay_out_integer(runtime, value, spec);
  if (!value.is_real()) throw base::Error(fmt::format("{} takes no format", with_article(value)));
  if (!is_one_of(spec.type, "eEfFgG%n")) fail_spec(spec, value);
  return format_real(runtime, value.as_real(), spec);
}

class BraceFormat {
 public:
  BraceFormat(Runtime& runtime, const Value& format, const Arguments& arguments)
      : runtime_(runtime), markup_(format.is_markup()), arguments_(arguments) {}

  std::string expand(std::string_view text, int depth) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const char c = text[at];
      const bool doubled = at + 1 < text.size() && text[at + 1] == c;
      if (c != '{' && c != '}') {
        out += c;
        ++at;
      } else if (doubled && depth == 0) {
        out += c;
        at += 2;
      } else if (c == '}') {
        throw base::Error("`}` in a format stands alone");
      } else {
        const std::size_t end = field_end(text, at);
        out += field(text.substr(at + 1, end - at - 1), depth);
        at = end + 1;
      }
    }
    return out;
  }

 private:
  static std::size_t field_end(std::string_view text, std::size_t at) {
    int open = 0;
    for (; at < text.size(); ++at) {
      if (text[at] == '{') ++open;
      if (text[at] == '}' && --open == 0) return at;
    }
    throw base::Error("`{` in a format isn't closed");
  }

  std::string field(std::string_view text, int depth) {
    if (depth > 1) throw base::Error("fields of a format are nested too deeply");
    const std::size_t end = std::min(name_end(text), text.size());
    const std::string_view name = text.substr(0, end);
    std::string_view rest = text.substr(end);
    char conversion = '\0';
    if (rest.starts_with('!')) {
      if (rest.size() < 2 || (rest.size() > 2 && rest[2] != ':'))
        throw base::Error("the conversion after `!` is one letter");
      conversion = rest[1];
      rest.remove_prefix(2);
    }
    if (rest.starts_with(':')) rest.remove_prefix(1);
    Value value = look_up(name);
    const std::string spec = expand(rest, depth + 1);
    if (conversion != '\0') value = convert(value, conversion);
    const std::string laid_out = lay_out(runtime_, value, spec);
    runtime_.allocate(laid_out.size());
    return markup_ && depth == 0 && !value.is_markup() ? escape_html(laid_out) : laid_out;
  }

  /// The end of the field's name: `!` and `:` inside brackets belong to it.
  static std::size_t name_end(std::string_view text) {
    bool bracket = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '[') bracket = true;
      if (text[i] == ']') bracket = false;
      if (!bracket && (text[i] == '!' || text[i] == ':')) return i;
    }
    return text.size();
  }

  Value convert(const Value& value, char conversion) {
    if (conversion == 's') return runtime_.text(to_text(runtime_, value));
    if (conversion == 'r') return runtime_.text(to_repr(runtime_, value));
    throw base::Error(fmt::format("the conversion `!{}` isn't supported", conversion));
  }

  Value look_up(std::string_view name) {
    const std::size_t end = std::min(name.find_first_of(".["), name.size());
    Value value = argument(name.substr(0, end));
    for (std::string_view rest = name.substr(end); !rest.empty();) {
      const bool attribute = rest[0] == '.';
      const std::size_t stop =
          attribute ? std::min(rest.find_first_of(".[", 1), rest.size()) : rest.find(']');
      if (stop == std::string_view::npos) throw base::Error("`[` in a format isn't closed");
      value = member(value, rest.substr(1, stop - 1), attribute);
      rest.remove_prefix(attribute ? stop : stop + 1);
    }
    return value;
  }

  Value member(const Value& value, std::string_view name, bool attribute) {
    if (name.empty()) throw base::Error("a field of a format has an empty part");
    std::int64_t index = 0;
    const bool number = !attribute && std::from_chars(name.data(), name.data() + name.size(), index).ptr ==
                                          name.data() + name.size();
    const Value key = number ? Value::integer(index) : runtime_.text(std::string(name));
    const auto found = attribute ? get_own_attribute(runtime_, value, name) : item_of(value, key);
    if (!found) throw base::Error(fmt::format("{} has no `{}`", with_article(value), name));
    return *found;
  }

  std::optional<Value> item_of(const Value& value, const Value& key) {
    if (value.is_dict()) return value.dict_find(key);
    return key.is_text() ? std::nullopt : get_item(runtime_, value, key);
  }

  Value argument(std::string_view name) {
    std::size_t index = 0;
    if (name.empty()) {
      if (numbered_ == Numbering::manual) throw base::Error("a format can't mix `{}` and `{0}`");
      numbered_ = Numbering::automatic;
      index = next_++;
    } else if (std::from_chars(name.data(), name.data() + name.size(), index).ptr ==
               name.data() + name.size()) {
      if (numbered_ == Numbering::automatic) throw base::Error("a format can't mix `{}` and `{0}`");
      numbered_ = Numbering::manual;
    } else {
      return named(name);
    }
    if (index >= arguments_.positional.size()) throw base::Error("the format needs more arguments");
    return arguments_.positional[index];
  }

  Value named(std::string_view name) const {
    for (const auto& [key, value] : arguments_.named) {
      if (key == name) return value;
    }
    throw base::Error(fmt::format("the format asks for `{}`, which isn't given", name));
  }

  enum class Numbering : std::uint8_t { unknown, automatic, manual };

  Runtime& runtime_;
  bool markup_;
  const Arguments& arguments_;
  std::size_t next_ = 0;
  Numbering numbered_ = Numbering::unknown;
};

}  // namespace

Value brace_format(Runtime& runtime, const Value& format, const Arguments& arguments) {
  std::string text = BraceFormat(runtime, format, arguments).expand(format.as_text(), 0);
  return runtime.text(std::move(text), format.is_markup() ? Markup::yes : Markup::no);
}

}  // namespace tmpl
