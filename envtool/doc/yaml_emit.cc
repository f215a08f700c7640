#include <fmt/format.h>

#include "envtool/base/strings.h"
#include "envtool/doc/escape.h"
#include "envtool/doc/scalar.h"
#include "envtool/doc/yaml.h"

namespace doc {
namespace {

/// In bytes: a key before whose colon there are more than 1,024 characters has to be announced (YAML 1.2, 7.4.2).
constexpr std::size_t kLongestSimpleKey = 1000;

/// Code points that some reader treats as a line break, refuses or drops when they stand bare.
bool needs_escape(char32_t c) {
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || c == 0xFEFF ||
         c == 0xFFFE || c == 0xFFFF;
}

/// The code point at the start of well-formed UTF-8; moves past it.
char32_t next_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  const char32_t lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) c = c << 6U | (byte(i) & 0x3FU);
  text.remove_prefix(length);
  return c;
}

bool any_needs_escape(std::string_view text) {
  while (!text.empty()) {
    if (needs_escape(next_code_point(text))) return true;
  }
  return false;
}

void append_escaped(std::string& out, char32_t c, std::string_view bytes) {
  if (const char letter = short_escape(c)) {
    out += {'\\', letter};
  } else if (!needs_escape(c)) {
    out += bytes;
  } else if (c < 0x100) {
    out += fmt::format("\\x{:02X}", static_cast<unsigned>(c));
  } else {
    out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
  }
}

void append_flow_string(std::string& out, std::string_view text) {
  if (is_plain_string(text)) {
    out += text;
    return;
  }
  out += '"';
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = next_code_point(text);
    append_escaped(out, c, before.substr(0, before.size() - text.size()));
  }
  out += '"';
}

/// Whether a literal block keeps the text byte for byte in every reader.
bool suits_literal_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.find_first_not_of("\n ") == std::string_view::npos) return false;
  if (text.front() == '\n' || text.front() == ' ' || text.find('\t') == 0 || text.find("\n\t") != std::string_view::npos) return false;
  return !any_needs_escape(text);
}

std::string_view chomping(std::string_view text) {
  if (!text.ends_with('\n')) return "-";
  return text.ends_with("\n\n") ? "+" : "";
}

/// Writes one document into a string. Knows columns, not meanings.
class Emitter {
 public:
  explicit Emitter(std::string& out) : out_(out) {}

  void document(const Value& value) {
    if (value.is_map() && !value.as_map().empty()) {
      map(value.as_map(), 0);
    } else if (value.is_list() && !value.as_list().empty()) {
      list(value.as_list(), 0);
    } else {
      scalar(value, 2);
      out_ += '\n';
    }
  }

 private:
  void map(const Map& entries, std::size_t column) {
    bool first = true;
    for (const Entry& entry : entries) {
      if (!first) out_.append(column, ' ');
      first = false;
      key(entry.key, column);
      member(entry.value, column);
    }
  }

  void key(std::string_view name, std::size_t column) {
    const std::size_t begin = out_.size();
    append_flow_string(out_, name);
    if (out_.size() - begin > kLongestSimpleKey) {
      out_.insert(begin, "? ");
      out_ += '\n';
      out_.append(column, ' ');
    }
    out_ += ':';
  }

  void member(const Value& value, std::size_t column) {
    if (value.is_map() && !value.as_map().empty()) {
      out_ += '\n';
      out_.append(column + 2, ' ');
      map(value.as_map(), column + 2);
    } else if (value.is_list() && !value.as_list().empty()) {
      out_ += '\n';
      out_.append(column, ' ');
      list(value.as_list(), column);
    } else {
      out_ += ' ';
      scalar(value, column + 2);
      out_ += '\n';
    }
  }

  void list(const List& items, std::size_t column) {
    bool first = true;
    for (const Value& item : items) {
      if (!first) out_.append(column, ' ');
      first = false;
      out_ += "- ";
      if (item.is_map() && !item.as_map().empty()) {
        map(item.as_map(), column + 2);
      } else if (item.is_list() && !item.as_list().empty()) {
        list(item.as_list(), column + 2);
      } else {
        scalar(item, column + 2);
        out_ += '\n';
      }
    }
  }

  void scalar(const Value& value, std::size_t column) {
    switch (value.kind()) {
      case Kind::null: out_ += "null"; return;
      case Kind::boolean: out_ += value.as_bool() ? "true" : "false"; return;
      case Kind::integer: out_ += std::to_string(value.as_integer()); return;
      case Kind::real: out_ += yaml_real(value.as_real()); return;
      case Kind::string: string(value.as_string(), column); return;
      case Kind::list: out_ += "[]"; return;
      case Kind::map: out_ += "{}"; return;
    }
  }

  void string(const std::string& text, std::size_t column) {
    if (!suits_literal_block(text)) {
      append_flow_string(out_, text);
      return;
    }
    out_ += '|';
    out_ += chomping(text);
    std::string_view rest = text;
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    for (const std::string& line : base::split(rest, '\n')) {
      out_ += '\n';
      if (line.empty()) continue;
      out_.append(column, ' ');
      out_ += line;
    }
  }

  std::string& out_;
};

}  // namespace

std::string emit_yaml(const Value& value) {
  std::string out;
  Emitter(out).document(value);
  return out;
}

std::string emit_yaml(const std::vector<Value>& documents) {
  std::string out;
  for (const Value& document : documents) {
    out += "---\n";
    Emitter(out).document(document);
  }
  return out;
}

}  // namespace doc
