// The methods of strings.
#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/brace_format.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/methods.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/text.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

/// A result that is markup if the string was.
Value like(Runtime& runtime, const Value& self, std::string text) {
  return runtime.text(std::move(text), self.is_markup() ? Markup::yes : Markup::no);
}
Value like(Runtime& runtime, const Value& self, std::string_view text) {
  return like(runtime, self, std::string(text));
}

Value list_like(Runtime& runtime, const Value& self, const std::vector<std::string_view>& parts) {
  std::vector<Value> items;
  items.reserve(parts.size());
  for (const std::string_view part : parts) items.push_back(like(runtime, self, part));
  return runtime.list(std::move(items));
}

/// An argument as it goes into markup: escaped, unless it is markup too.
std::string fitting(const Value& self, const Value& argument) {
  const bool plain = !self.is_markup() || argument.is_markup();
  return plain ? argument.as_text() : escape_html(argument.as_text());
}

template <std::string (*kMap)(std::string_view)>
Value mapped(Runtime& runtime, const Value& self, const Bound& /*arguments*/) {
  return like(runtime, self, kMap(self.as_text()));
}

template <Side kSide>
Value stripped(Runtime& runtime, const Value& self, const Bound& arguments) {
  const bool space = !arguments.has(0) || arguments.at(0).is_none();
  return like(runtime, self,
              space ? strip(self.as_text(), kSide) : strip(self.as_text(), kSide, arguments.text(0)));
}

enum class From : std::uint8_t { start, end };

template <From kFrom>
Value split(Runtime& runtime, const Value& self, const Bound& arguments) {
  const std::int64_t most = arguments.integer(1, -1);
  const std::string_view text = self.as_text();
  runtime.step(text.size() / 16);
  if (!arguments.has(0) || arguments.at(0).is_none()) {
    return list_like(runtime, self,
                     kFrom == From::start ? split_space(text, most) : split_space_from_end(text, most));
  }
  const std::string_view separator = arguments.text(0);
  if (separator.empty()) throw base::Error("the separator is empty");
  return list_like(
      runtime, self,
      kFrom == From::start ? split_by(text, separator, most) : split_by_from_end(text, separator, most));
}

Value splitlines(Runtime& runtime, const Value& self, const Bound& arguments) {
  const LineEnds ends = arguments.truth(0, false) ? LineEnds::keep : LineEnds::drop;
  return list_like(runtime, self, split_lines(self.as_text(), ends));
}

template <From kFrom>
Value partition(Runtime& runtime, const Value& self, const Bound& arguments) {
  const std::string_view text = self.as_text();
  const std::string_view separator = arguments.text(0);
  if (separator.empty()) throw base::Error("the separator is empty");
  const std::size_t at = kFrom == From::start ? find(text, separator) : text.rfind(separator);
  const bool found = at != std::string_view::npos;
  const std::string_view whole_first = kFrom == From::start ? text : std::string_view();
  const std::string_view whole_last = kFrom == From::start ? std::string_view() : text;
  return runtime.tuple({like(runtime, self, found ? text.substr(0, at) : whole_first),
                        like(runtime, self, found ? separator : std::string_view()),
                        like(runtime, self, found ? text.substr(at + separator.size()) : whole_last)});
}

Value replaced(Runtime& runtime, const Value& self, const Bound& arguments) {
  arguments.text(1);
  const std::string with = fitting(self, arguments.at(1));
  const std::string_view old = arguments.text(0);
  const std::size_t places = old.empty() ? self.as_text().size() + 1 : self.as_text().size() / old.size();
  if (with.size() > old.size() && places > 0) {
    runtime.allocate(with.size());
    runtime.allocate(std::min(with.size() * places, runtime.limits().memory_bytes));
  }
  return like(runtime, self, replace(self.as_text(), old, with, arguments.integer(2, -1)));
}

Value joined(Runtime& runtime, const Value& self, const Bound& arguments) {
  std::string out;
  bool first = true;
  const StreamPtr items = iterate(runtime, arguments.at(0));
  for (Value item; items->next(item); first = false) {
    if (!item.is_text() && !self.is_markup()) fail_type("what join() joins", "strings", item);
    runtime.step();
    const std::string part =
        self.is_markup() && !item.is_markup() ? escape_html(to_text(runtime, item)) : item.as_text();
    runtime.allocate(part.size() + self.as_text().size());
    if (!first) out += self.as_text();
    out += part;
  }
  return like(runtime, self, std::move(out));
}

/// The part of the text that start and stop (in code points) leave over.
struct Window {
  std::string_view text;
  std::size_t begin;  ///< in bytes
};

std::size_t byte_offset(std::string_view text, std::size_t points) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (starts && points-- == 0) break;
  }
  return at;
}

std::optional<Window> window(const Value& self, const Bound& arguments, std::size_t first) {
  const std::string_view text = self.as_text();
  const auto size = static_cast<std::int64_t>(text_length(text));
  const auto bound = [&](std::size_t index, std::int64_t fallback) {
    const std::int64_t given = arguments.optional_integer(index).value_or(fallback);
    return given < 0 ? std::max<std::int64_t>(given + size, 0) : given;
  };
  const std::int64_t begin = bound(first, 0);
  const std::int64_t end = std::min(bound(first + 1, size), size);
  if (begin > size || begin > end) return std::nullopt;
  const std::size_t from = byte_offset(text, static_cast<std::size_t>(begin));
  const std::size_t to = byte_offset(text, static_cast<std::size_t>(end));
  return Window{text.substr(from, to - from), from};
}

/// Where the argument is found, in code points, or -1.
template <From kFrom>
std::int64_t position(const Value& self, const Bound& arguments) {
  const std::string_view wanted = arguments.text(0);
  const auto inside = window(self, arguments, 1);
  if (!inside) return -1;
  const std::size_t at = kFrom == From::start ? find(inside->text, wanted) : inside->text.rfind(wanted);
  if (at == std::string_view::npos) return -1;
  return static_cast<std::int64_t>(
      text_length(std::string_view(self.as_text()).substr(0, inside->begin + at)));
}

template <From kFrom>
Value found_at(Runtime& runtime, const Value& self, const Bound& arguments) {
  runtime.step(self.as_text().size() / 16);
  return Value::integer(position<kFrom>(self, arguments));
}

template <From kFrom>
Value index_of(Runtime& runtime, const Value& self, const Bound& arguments) {
  runtime.step(self.as_text().size() / 16);
  const std::int64_t at = position<kFrom>(self, arguments);
  if (at < 0) throw base::Error("there is no such part in the string");
  return Value::integer(at);
}

Value count_of(Runtime& runtime, const Value& self, const Bound& arguments) {
  runtime.step(self.as_text().size() / 16);
  const std::string_view wanted = arguments.text(0);
  const auto inside = window(self, arguments, 1);
  if (!inside) return Value::integer(0);
  if (wanted.empty()) return Value::integer(static_cast<std::int64_t>(text_length(inside->text)) + 1);
  return Value::integer(static_cast<std::int64_t>(split_by(inside->text, wanted, -1).size()) - 1);
}

template <From kFrom>
Value has_affix(Runtime& /*runtime*/, const Value& self, const Bound& arguments) {
  const auto inside = window(self, arguments, 1);
  const auto matches = [&](const Value& affix) {
    if (!affix.is_text()) fail_type("the argument", "a string or a tuple of strings", affix);
    if (!inside) return false;
    return kFrom == From::start ? inside->text.starts_with(affix.as_text())
                                : inside->text.ends_with(affix.as_text());
  };
  if (!arguments.at(0).is_tuple()) return Value::boolean(matches(arguments.at(0)));
  const std::vector<Value> all = arguments.at(0).sequence_items();
  return Value::boolean(std::any_of(all.begin(), all.end(), matches));
}

template <From kFrom>
Value without_affix(Runtime& runtime, const Value& self, const Bound& arguments) {
  std::string_view text = self.as_text();
  const std::string_view affix = arguments.text(0);
  if (kFrom == From::start && text.starts_with(affix)) text.remove_prefix(affix.size());
  if (kFrom == From::end && text.ends_with(affix)) text.remove_suffix(affix.size());
  return like(runtime, self, text);
}

/// How many characters are missing to a width.
std::size_t missing_to(Runtime& runtime, const Value& self, std::int64_t width) {
  const auto size = static_cast<std::int64_t>(text_length(self.as_text()));
  const std::size_t missing = width > size ? static_cast<std::size_t>(width - size) : 0;
  runtime.allocate(missing);
  return missing;
}

std::string repeated(Runtime& runtime, const std::string& fill, std::size_t times) {
  runtime.allocate(fill.size() * times);
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += fill;
  return out;
}

template <Side kSide>
Value padded(Runtime& runtime, const Value& self, const Bound& arguments) {
  const std::int64_t width = arguments.integer(0);
  const std::string fill =
      arguments.has(1) ? fitting(self, Value::text(std::string(arguments.text(1)))) : " ";
  if (text_length(fill) != 1) throw base::Error("the fill must be one character");
  const std::size_t missing = missing_to(runtime, self, width);
  std::size_t left = kSide == Side::left ? missing : 0;
  if (kSide == Side::both) left = missing / 2 + (missing & static_cast<std::size_t>(width) & 1U);
  const std::string before = repeated(runtime, fill, left);
  return like(runtime, self, before + self.as_text() + repeated(runtime, fill, missing - left));
}

Value zfill(Runtime& runtime, const Value& self, const Bound& arguments) {
  const std::size_t missing = missing_to(runtime, self, arguments.integer(0));
  std::string text = self.as_text();
  const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  text.insert(missing > 0 && sign ? 1 : 0, std::string(missing, '0'));
  return like(runtime, self, std::move(text));
}

Value expandtabs(Runtime& runtime, const Value& self, const Bound& arguments) {
  const std::int64_t width = arguments.integer(0, 8);
  std::string out;
  std::int64_t column = 0;
  for (const char32_t point : to_code_points(self.as_text())) {
    if (point == U'\t') {
      const std::int64_t spaces = width > 0 ? width - column % width : 0;
      runtime.allocate(static_cast<std::size_t>(spaces));
      out.append(static_cast<std::size_t>(spaces), ' ');
      column += spaces;
      continue;
    }
    append_utf8(out, point);
    column = point == U'\n' || point == U'\r' ? 0 : column + 1;
  }
  return like(runtime, self, std::move(out));
}

using PointTest = bool (*)(char32_t);

bool all_points(const Value& self, PointTest test) {
  const std::u32string points = to_code_points(self.as_text());
  return !points.empty() && std::all_of(points.begin(), points.end(), test);
}

template <PointTest kTest>
Value is_all(Runtime& /*runtime*/, const Value& self, const Bound& /*arguments*/) {
  return Value::boolean(all_points(self, kTest));
}

template <bool (*kTest)(std::string_view)>
Value is_text(Runtime& /*runtime*/, const Value& self, const Bound& /*arguments*/) {
  return Value::boolean(kTest(self.as_text()));
}

bool is_letter_or_digit(char32_t point) { return is_letter(point) || is_digit(point); }

bool all_printable(std::string_view text) {
  const std::u32string points = to_code_points(text);
  return std::all_of(points.begin(), points.end(), is_printable);
}

bool is_identifier(std::string_view text) {
  const std::u32string points = to_code_points(text);
  const auto part = [](char32_t point) { return is_letter_or_digit(point) || point == U'_'; };
  return !points.empty() && !is_digit(points.front()) && std::all_of(points.begin(), points.end(), part);
}

Value formatted(Runtime& runtime, const Value& self, const Bound& arguments) {
  return brace_format(runtime, self, arguments.remaining());
}

std::string casefold(std::string_view text) { return lower(replace(text, "\xC3\x9F", "ss", -1)); }

}  // namespace

const std::vector<Method>& text_methods() {
  static const std::vector<Method> methods = {
      {"capitalize", Signature(""), mapped<capitalize>},
      {"casefold", Signature(""), mapped<casefold>},
      {"center", Signature("width fillchar? /"), padded<Side::both>},
      {"count", Signature("sub start? end? /"), count_of},
      {"endswith", Signature("suffix start? end? /"), has_affix<From::end>},
      {"expandtabs", Signature("tabsize?"), expandtabs},
      {"find", Signature("sub start? end? /"), found_at<From::start>},
      {"format", Signature("* **"), formatted},
      {"index", Signature("sub start? end? /"), index_of<From::start>},
      {"isalnum", Signature(""), is_all<is_letter_or_digit>},
      {"isalpha", Signature(""), is_all<is_letter>},
      {"isascii", Signature(""), is_text<is_ascii>},
      {"isdecimal", Signature(""), is_all<is_digit>},
      {"isdigit", Signature(""), is_all<is_digit>},
      {"isidentifier", Signature(""), is_text<is_identifier>},
      {"islower", Signature(""), is_text<is_lower_text>},
      {"isnumeric", Signature(""), is_all<is_digit>},
      {"isprintable", Signature(""), is_text<all_printable>},
      {"isspace", Signature(""), is_all<is_space>},
      {"istitle", Signature(""), is_text<is_title_text>},
      {"isupper", Signature(""), is_text<is_upper_text>},
      {"join", Signature("iterable /"), joined},
      {"ljust", Signature("width fillchar? /"), padded<Side::right>},
      {"lower", Signature(""), mapped<lower>},
      {"lstrip", Signature("chars? /"), stripped<Side::left>},
      {"partition", Signature("sep /"), partition<From::start>},
      {"removeprefix", Signature("prefix /"), without_affix<From::start>},
      {"removesuffix", Signature("suffix /"), without_affix<From::end>},
      {"replace", Signature("old new count? /"), replaced},
      {"rfind", Signature("sub start? end? /"), found_at<From::end>},
      {"rindex", Signature("sub start? end? /"), index_of<From::end>},
      {"rjust", Signature("width fillchar? /"), padded<Side::left>},
      {"rpartition", Signature("sep /"), partition<From::end>},
      {"rsplit", Signature("sep? maxsplit?"), split<From::end>},
      {"rstrip", Signature("chars? /"), stripped<Side::right>},
      {"split", Signature("sep? maxsplit?"), split<From::start>},
      {"splitlines", Signature("keepends?"), splitlines},
      {"startswith", Signature("prefix start? end? /"), has_affix<From::start>},
      {"strip", Signature("chars? /"), stripped<Side::both>},
      {"swapcase", Signature(""), mapped<swapcase>},
      {"title", Signature(""), mapped<title>},
      {"upper", Signature(""), mapped<upper>},
      {"zfill", Signature("width /"), zfill},
  };
  return methods;
}

}  // namespace tmpl
