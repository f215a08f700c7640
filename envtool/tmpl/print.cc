#include "envtool/tmpl/print.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

/// `digits` with the point after the first, times ten to the `exponent`: as Python lays it out.
std::string lay_out(std::string digits, int exponent) {
  constexpr int kFirstScientific = 16;
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= kFirstScientific) {
    if (count > 1) digits.insert(1, ".");
    return fmt::format("{}e{}{:02}", digits, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1)
    return digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  return digits.insert(static_cast<std::size_t>(exponent + 1), ".");
}

void append_escaped(std::string& out, char32_t point) {
  if (point < 0x100) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned>(point));
  } else if (point < 0x10000) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(point));
  } else {
    out += fmt::format("\\U{:08x}", static_cast<unsigned>(point));
  }
}

void append_repr_point(std::string& out, char32_t point, char quote) {
  switch (point) {
    case U'\n':
      out += "\\n";
      return;
    case U'\r':
      out += "\\r";
      return;
    case U'\t':
      out += "\\t";
      return;
    case U'\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (point == static_cast<char32_t>(quote)) {
    out += {'\\', quote};
  } else if (is_printable(point)) {
    append_utf8(out, point);
  } else {
    append_escaped(out, point);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  const bool single_inside = text.find('\'') != std::string_view::npos;
  const bool double_inside = text.find('"') != std::string_view::npos;
  const char quote = single_inside && !double_inside ? '"' : '\'';
  out += quote;
  for (const char32_t point : to_code_points(text)) append_repr_point(out, point, quote);
  out += quote;
}

void append_repr(Runtime& runtime, std::string& out, const Value& value);

void append_items(Runtime& runtime, std::string& out, const Value& sequence) {
  const Runtime::Nesting nesting(runtime);
  for (std::size_t i = 0; i < sequence.sequence_size(); ++i) {
    if (i != 0) out += ", ";
    append_repr(runtime, out, sequence.sequence_at(i));
  }
}

void append_tuple(Runtime& runtime, std::string& out, const Value& tuple) {
  out += '(';
  append_items(runtime, out, tuple);
  out += tuple.sequence_size() == 1 ? ",)" : ")";
}

void append_dict(Runtime& runtime, std::string& out, const Value& dict) {
  const Runtime::Nesting nesting(runtime);
  out += '{';
  for (std::size_t i = 0; i < dict.dict_size(); ++i) {
    if (i != 0) out += ", ";
    append_repr(runtime, out, dict.dict_key_at(i));
    out += ": ";
    append_repr(runtime, out, dict.dict_value_at(i));
  }
  out += '}';
}

void append_repr_text(std::string& out, const Value& value) {
  if (value.is_markup()) out += "Markup(";
  append_quoted(out, value.as_text());
  if (value.is_markup()) out += ')';
}

/// str() and repr() of everything that these write alike.
void append_plain(Runtime& runtime, std::string& out, const Value& value) {
  switch (value.type()) {
    case Type::boolean:
      out += value.as_bool() ? "True" : "False";
      break;
    case Type::integer:
      fmt::format_to(std::back_inserter(out), "{}", value.as_integer());
      break;
    case Type::real:
      out += real_to_text(value.as_real());
      break;
    case Type::list:
      out += '[';
      append_items(runtime, out, value);
      out += ']';
      break;
    case Type::tuple:
      append_tuple(runtime, out, value);
      break;
    case Type::dict:
      append_dict(runtime, out, value);
      break;
    case Type::object:
      out += value.as_object()->repr(runtime);
      break;
    default:
      out += "None";
      break;
  }
}

void append_repr(Runtime& runtime, std::string& out, const Value& value) {
  const std::size_t before = out.size();
  runtime.step();
  if (value.is_undefined()) {
    out += "Undefined";
  } else if (value.is_text()) {
    append_repr_text(out, value);
  } else {
    append_plain(runtime, out, value);
  }
  if (out.size() > before && !value.is_list() && !value.is_tuple() && !value.is_dict()) {
    runtime.allocate(out.size() - before);
  }
}

}  // namespace

std::string real_to_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  std::string digits(text.substr(0, e));
  if (digits.size() > 1) digits.erase(1, 1);
  const std::string sign = std::signbit(value) ? "-" : "";
  return sign + lay_out(std::move(digits), std::stoi(std::string(text.substr(e + 1))));
}

void append_text(Runtime& runtime, std::string& out, const Value& value) {
  if (value.is_text()) {
    out += value.as_text();
  } else if (value.is_undefined()) {
    if (value.as_undefined().strict) fail_undefined(value);
  } else {
    append_plain(runtime, out, value);
  }
}

std::string to_text(Runtime& runtime, const Value& value) {
  std::string out;
  append_text(runtime, out, value);
  return out;
}

std::string to_repr(Runtime& runtime, const Value& value) {
  std::string out;
  append_repr(runtime, out, value);
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace tmpl
