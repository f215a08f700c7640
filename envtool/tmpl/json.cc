// The text of the `tojson` filter: Python's json.dumps with sort_keys, then made safe for HTML.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

void append_unit(std::string& out, unsigned unit) { out += fmt::format("\\u{:04x}", unit); }

void append_wide(std::string& out, char32_t point, WideCharacters form) {
  if (form == WideCharacters::bare) return static_cast<void>(out += to_utf8(std::u32string(1, point)));
  append_unit(out, 0xD800U + ((static_cast<unsigned>(point) - 0x10000U) >> 10U));
  append_unit(out, 0xDC00U + (static_cast<unsigned>(point) & 0x3FFU));
}

void append_json_point(std::string& out, char32_t point, WideCharacters form) {
  switch (point) {
    case U'"':
      out += "\\\"";
      return;
    case U'\\':
      out += "\\\\";
      return;
    case U'\n':
      out += "\\n";
      return;
    case U'\r':
      out += "\\r";
      return;
    case U'\t':
      out += "\\t";
      return;
    case U'\f':
      out += "\\f";
      return;
    case U'\b':
      out += "\\b";
      return;
    default:
      break;
  }
  const bool html = point == U'<' || point == U'>' || point == U'&' || point == U'\'';
  if (point >= 0x10000) {
    append_wide(out, point, form);
  } else if (html || point < 0x20 || point > 0x7E) {
    if (point == 0x7F) {
      out += '\x7f';
    } else {
      append_unit(out, static_cast<unsigned>(point));
    }
  } else {
    out += static_cast<char>(point);
  }
}

/// Which bytes are written as they are.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x7F; ++byte) plain[byte] = true;
  for (const char other : std::string_view("\"\\<>&'")) plain[static_cast<unsigned char>(other)] = false;
  return plain;
}();

bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

void append_json_text(std::string& out, std::string_view text, WideCharacters form) {
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  for (auto at = text.begin(); at != text.end();) {
    const auto plain_end = std::find_if_not(at, text.end(), is_plain);
    out.append(at, plain_end);
    at = std::find_if(plain_end, text.end(), is_plain);
    if (at == plain_end) break;
    for (const char32_t point : to_code_points({&*plain_end, static_cast<std::size_t>(at - plain_end)})) append_json_point(out, point, form);
  }
  out += '"';
}

std::string json_real(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return real_to_text(value);
}

[[noreturn]] void fail_json(const Value& value) {
  if (value.is_undefined()) {
    if (!value.as_undefined().message.empty()) fail_undefined(value);
  }
  throw base::Error(fmt::format("{} can't be written as JSON", with_article(value)));
}

class JsonWriter {
 public:
  JsonWriter(Runtime& runtime, const std::optional<std::string>& indent)
      : runtime_(runtime), indent_(indent) {}

  void write(const Value& value);
  std::string take() { return std::move(out_); }

 private:
  void write_list(const Value& list);
  void write_dict(const Value& dict);
  void write_key(const Value& key);
  void new_line();
  void separate(bool first);
  std::vector<std::size_t> sorted_positions(const Value& dict);

  Runtime& runtime_;
  const std::optional<std::string>& indent_;
  std::size_t level_ = 0;
  std::string out_;
};

void JsonWriter::write(const Value& value) {
  runtime_.step();
  const std::size_t before = out_.size();
  switch (value.type()) {
    case Type::none:
      out_ += "null";
      break;
    case Type::boolean:
      out_ += value.as_bool() ? "true" : "false";
      break;
    case Type::integer:
      out_ += std::to_string(value.as_integer());
      break;
    case Type::real:
      out_ += json_real(value.as_real());
      break;
    case Type::text:
      append_json_text(out_, value.as_text(), runtime_.wide_characters());
      break;
    case Type::list:
    case Type::tuple:
      write_list(value);
      return;
    case Type::dict:
      write_dict(value);
      return;
    default:
      fail_json(value);
  }
  runtime_.allocate(out_.size() - before);
}

void JsonWriter::new_line() {
  if (!indent_) return;
  runtime_.allocate(indent_->size() * level_ + 1);
  out_ += '\n';
  for (std::size_t i = 0; i < level_; ++i) out_ += *indent_;
}

void JsonWriter::separate(bool first) {
  if (!first) out_ += indent_ ? "," : ", ";
  new_line();
}

void JsonWriter::write_list(const Value& list) {
  const Runtime::Nesting nesting(runtime_);
  out_ += '[';
  ++level_;
  for (std::size_t i = 0; i < list.sequence_size(); ++i) {
    separate(i == 0);
    write(list.sequence_at(i));
  }
  --level_;
  if (list.sequence_size() != 0) new_line();
  out_ += ']';
}

std::vector<std::size_t> JsonWriter::sorted_positions(const Value& dict) {
  std::vector<std::size_t> positions(dict.dict_size());
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i;
  std::stable_sort(positions.begin(), positions.end(), [&](std::size_t a, std::size_t b) {
    return less(runtime_, dict.dict_key_at(a), dict.dict_key_at(b));
  });
  return positions;
}

void JsonWriter::write_dict(const Value& dict) {
  const Runtime::Nesting nesting(runtime_);
  out_ += '{';
  ++level_;
  bool first = true;
  for (const std::size_t position : sorted_positions(dict)) {
    separate(first);
    first = false;
    write_key(dict.dict_key_at(position));
    out_ += ": ";
    write(dict.dict_value_at(position));
  }
  --level_;
  if (!first) new_line();
  out_ += '}';
}

/// Keys are strings; Python turns numbers, booleans and none into strings as JSON writes them.
void JsonWriter::write_key(const Value& key) {
  if (key.is_text()) return write(key);
  if (!key.is_number() && !key.is_none()) {
    throw base::Error(fmt::format("{} can't be a key in JSON", with_article(key)));
  }
  out_ += '"';
  write(key);
  out_ += '"';
}

}  // namespace

std::string to_json(Runtime& runtime, const Value& value, const std::optional<std::string>& indent) {
  JsonWriter writer(runtime, indent);
  writer.write(value);
  return writer.take();
}

}  // namespace tmpl
