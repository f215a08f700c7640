// Filters that make text of text.
#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/filters.h"
#include "envtool/tmpl/html.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/operators.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/text.h"
#include "envtool/tmpl/unicode.h"
#include "envtool/tmpl/wrap.h"

namespace tmpl {
namespace {

/// The value itself if it is a string, else its text.
Value as_text(Runtime& runtime, const Value& input) {
  return input.is_text() ? input : runtime.text(to_text(runtime, input));
}

Markup markup_of(const Value& text) { return text.is_markup() ? Markup::yes : Markup::no; }

template <std::string (*kMap)(std::string_view)>
Value mapped(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  const Value text = as_text(runtime, input);
  return runtime.text(kMap(text.as_text()), markup_of(text));
}

bool opens_word(char32_t point) {
  return is_space(point) || std::u32string_view(U"-({[<").find(point) != std::u32string_view::npos;
}

/// Jinja2's own notion of a title: words begin after blanks, hyphens and opening brackets.
std::string title_words(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char32_t point : to_code_points(text)) {
    append_utf8(out, inside ? to_lower(point) : to_upper(point));
    inside = !opens_word(point);
  }
  return out;
}

Value title_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return runtime.text(title_words(to_text(runtime, input)));
}

Value string_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return as_text(runtime, input);
}

Value trim_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const Value text = as_text(runtime, input);
  const bool space = !arguments.has(0) || arguments.at(0).is_none();
  const std::string_view left =
      space ? strip(text.as_text(), Side::both) : strip(text.as_text(), Side::both, arguments.text(0));
  return runtime.text(std::string(left), markup_of(text));
}

Value center_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const Value text = as_text(runtime, input);
  const std::int64_t width = arguments.integer(0, 80);
  const auto size = static_cast<std::int64_t>(text_length(text.as_text()));
  if (width <= size) return text;
  const auto missing = static_cast<std::size_t>(width - size);
  runtime.allocate(missing);
  const std::size_t left = missing / 2 + (missing & static_cast<std::size_t>(width) & 1U);
  return runtime.text(std::string(left, ' ') + text.as_text() + std::string(missing - left, ' '),
                      markup_of(text));
}

Value replace_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const std::string text = to_text(runtime, input);
  const std::string old = to_text(runtime, arguments.at(0));
  const std::string with = to_text(runtime, arguments.at(1));
  const std::size_t places = old.empty() ? text.size() + 1 : text.size() / old.size();
  if (with.size() > old.size() && places > 0) {
    runtime.allocate(with.size());
    runtime.allocate(std::min(with.size() * places, runtime.limits().memory_bytes));
  }
  return runtime.text(replace(text, old, with, arguments.optional_integer(2).value_or(-1)));
}

std::string indention(Runtime& runtime, const Bound& arguments) {
  if (arguments.has(0) && arguments.at(0).is_text()) return arguments.at(0).as_text();
  const auto width = static_cast<std::size_t>(std::max<std::int64_t>(arguments.integer(0, 4), 0));
  runtime.allocate(width);
  return std::string(width, ' ');
}

Value indent_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  if (!input.is_text()) fail_type("what is indented", "a string", input);
  const std::string indent = indention(runtime, arguments);
  const bool first = arguments.truth(1, false);
  const bool blank = arguments.truth(2, false);
  const std::string text = input.as_text() + "\n";
  const std::vector<std::string_view> lines = split_lines(text, LineEnds::drop);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    runtime.allocate(indent.size());
    if (i != 0) out += '\n';
    if (i == 0 ? first : blank || !lines[i].empty()) out += indent;
    out += lines[i];
  }
  return runtime.text(std::move(out), markup_of(input));
}

/// Short enough to stay, for any value that has a length.
bool is_short(const Value& input, std::int64_t most) {
  const auto length = length_of(input);
  if (!length) fail_type("what is truncated", "a string", input);
  return static_cast<std::int64_t>(*length) <= most;
}

Value truncate_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  const std::int64_t length = arguments.integer(0, 255);
  const std::string_view end = arguments.text(2, "...");
  const std::int64_t leeway = arguments.optional_integer(3).value_or(5);
  const auto end_length = static_cast<std::int64_t>(text_length(end));
  if (length < end_length) throw base::Error(fmt::format("the length must be at least {}", end_length));
  if (leeway < 0) throw base::Error("the leeway can't be negative");
  if (is_short(input, length + leeway)) return input;
  if (!input.is_text()) fail_type("what is truncated", "a string", input);
  std::string kept =
      to_utf8(to_code_points(input.as_text()).substr(0, static_cast<std::size_t>(length - end_length)));
  const std::size_t space = kept.rfind(' ');
  if (!arguments.truth(1, false) && space != std::string::npos) kept.resize(space);
  return runtime.text(kept + (input.is_markup() ? escape_html(end) : std::string(end)), markup_of(input));
}

Value wordwrap_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  if (!input.is_text()) fail_type("what is wrapped", "a string", input);
  const std::int64_t width = arguments.integer(0, 79);
  const bool newline = !arguments.has(2) || arguments.at(2).is_none();
  const std::string_view between = newline ? "\n" : arguments.text(2);
  const WrapRules rules{arguments.truth(1, true) ? LongWords::break_up : LongWords::keep,
                        arguments.truth(3, true) ? Hyphens::break_after : Hyphens::keep};
  std::string out;
  bool first = true;
  for (const std::string_view line : split_lines(input.as_text(), LineEnds::drop)) {
    if (!first) out += between;
    first = false;
    bool first_part = true;
    for (const std::string& part : wrap(runtime, line, width, rules)) {
      runtime.allocate(part.size() + between.size());
      if (!first_part) out += between;
      first_part = false;
      out += part;
    }
  }
  return runtime.text(std::move(out));
}

bool is_word_point(char32_t point) { return is_letter(point) || is_digit(point) || point == U'_'; }

Value wordcount_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  std::int64_t count = 0;
  bool inside = false;
  for (const char32_t point : to_code_points(to_text(runtime, input))) {
    const bool word = is_word_point(point);
    if (word && !inside) ++count;
    inside = word;
  }
  return Value::integer(count);
}

Value format_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  if (!arguments.rest().empty() && !arguments.named().empty()) {
    throw base::Error("positional and named arguments can't be mixed here");
  }
  const Value text = as_text(runtime, input);
  if (arguments.named().empty()) return percent_format(runtime, text, runtime.tuple(arguments.rest()));
  Dict dict;
  for (const auto& [name, value] : arguments.named()) dict.set(Value::text(name), value);
  return percent_format(runtime, text, runtime.dict(std::move(dict)));
}

Value escape_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return input.is_markup() ? input : runtime.text(escape_html(to_text(runtime, input)), Markup::yes);
}

Value forceescape_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return runtime.text(escape_html(to_text(runtime, input)), Markup::yes);
}

Value safe_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return runtime.text(to_text(runtime, input), Markup::yes);
}

Value striptags_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  return runtime.text(strip_tags(to_text(runtime, input)));
}

Value xmlattr_filter(Runtime& runtime, const Value& input, const Bound& arguments) {
  if (!input.is_dict()) fail_type("what becomes attributes", "a dict", input);
  std::string out;
  for (std::size_t i = 0; i < input.dict_size(); ++i) {
    const Value value = input.dict_value_at(i);
    if (value.is_none() || value.is_undefined()) continue;
    const Value key = input.dict_key_at(i);
    if (!key.is_text()) fail_type("the name of an attribute", "a string", key);
    if (key.as_text().find_first_of(" \t\n\r\f\v/>=") != std::string::npos) {
      throw base::Error(fmt::format("`{}` is no name of an attribute", key.as_text()));
    }
    if (!out.empty()) out += ' ';
    const auto escaped = [&](const Value& part) {
      return part.is_markup() ? part.as_text() : escape_html(to_text(runtime, part));
    };
    out += fmt::format("{}=\"{}\"", escaped(key), escaped(value));
  }
  if (arguments.truth(0, true) && !out.empty()) out.insert(0, 1, ' ');
  return runtime.text(std::move(out));
}

std::string quote_pair(Runtime& runtime, const Value& pair) {
  const std::vector<Value> parts = collect(runtime, pair);
  if (parts.size() != 2) throw base::Error("urlencode needs pairs of a name and a value");
  return quote_url(to_text(runtime, parts[0]), UrlPart::query) + "=" +
         quote_url(to_text(runtime, parts[1]), UrlPart::query);
}

Value urlencode_filter(Runtime& runtime, const Value& input, const Bound& /*arguments*/) {
  const StreamPtr items = input.is_text() ? nullptr : try_iterate(runtime, input);
  if (items == nullptr) return runtime.text(quote_url(to_text(runtime, input), UrlPart::path));
  std::string out;
  const auto add = [&](const std::string& pair) {
    runtime.allocate(pair.size());
    if (!out.empty()) out += '&';
    out += pair;
  };
  for (Value item; items->next(item);) {
    add(quote_pair(runtime, input.is_dict() ? runtime.tuple({item, *input.dict_find(item)}) : item));
  }
  return runtime.text(std::move(out));
}

}  // namespace

std::vector<Filter> text_filters() {
  const Signature none("");
  return {
      {"capitalize", none, mapped<capitalize>},
      {"center", Signature("width?"), center_filter},
      {"e", none, escape_filter},
      {"escape", none, escape_filter},
      {"forceescape", none, forceescape_filter},
      {"format", Signature("* **"), format_filter},
      {"indent", Signature("width? first? blank?"), indent_filter},
      {"lower", none, mapped<lower>},
      {"replace", Signature("old new count?"), replace_filter},
      {"safe", none, safe_filter},
      {"string", none, string_filter},
      {"striptags", none, striptags_filter},
      {"title", none, title_filter},
      {"trim", Signature("chars?"), trim_filter},
      {"truncate", Signature("length? killwords? end? leeway?"), truncate_filter},
      {"upper", none, mapped<upper>},
      {"urlencode", none, urlencode_filter},
      {"wordcount", none, wordcount_filter},
      {"wordwrap", Signature("width? break_long_words? wrapstring? break_on_hyphens?"), wordwrap_filter},
      {"xmlattr", Signature("autospace?"), xmlattr_filter},
  };
}

}  // namespace tmpl
