#include "envtool/doc/json.h"

#include <fmt/format.h>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "envtool/base/strings.h"
#include "envtool/doc/escape.h"
#include "envtool/doc/key_set.h"

namespace doc {
namespace {

constexpr std::size_t kDeepest = 1000;

/// The value of a number as JSON writes it, or nothing if it is too large. An integer over 64 bits becomes a real.
std::optional<Value> number_of(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [read, error] = std::from_chars(text.data(), end, integer); error == std::errc() && read == end) return Value(integer);
  double real = 0;
  if (std::from_chars(text.data(), end, real).ec == std::errc()) return Value(real);
  real = std::strtod(std::string(text).c_str(), nullptr);  // tells what is too small, and is nearly 0, from what is too large
  return std::isfinite(real) ? std::optional(Value(real)) : std::nullopt;
}

/// Whether a text that was UTF-8 before its escapes were read holds half of a surrogate pair, which the reader lets through.
bool has_lone_surrogate(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at < text.size(); at = text.find('\xED', at + 1)) {
    if (static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

/// Receives the reader's events; knows the collections that are still open.
class Builder final : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(const MemberPath& left_out) : left_out_(left_out) {}
  Value take() { return std::move(root_); }
  /// Why an event was refused, or nothing.
  const std::string& problem() const { return problem_; }

  // The names are RapidJSON's.
  bool Null() { return add({}); }
  bool Bool(bool value) { return add(value); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    std::optional<Value> value = number_of({text, size});
    return value && add(*std::move(value));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return !has_lone_surrogate({text, size}) && add(std::string(text, size)); }
  bool StartObject() { return open(Map()); }
  bool StartArray() { return open(List()); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (has_lone_surrogate({text, size})) return false;
    if (ignored_ > 0) return true;
    Frame& frame = open_.back();
    frame.key.assign(text, size);
    if (!frame.known.add(frame.collection->as_map(), frame.key)) return refuse(fmt::format("duplicate key `{}`", frame.key));
    ignores_next_ = is_left_out();
    return true;
  }

 private:
  /// A collection that is being read, where it stays: nothing is added to what is around it meanwhile.
  struct Frame {
    Value* collection;
    std::string key = {};  ///< of the value that comes next, in an object
    KeySet known = {};
  };

  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool is_left_out() const {
    return open_.size() == left_out_.size() && std::ranges::equal(open_, left_out_, {}, &Frame::key);
  }
  /// Whether a value is part of what is left out; `levels` are opened or closed with it.
  bool ignores(int levels) {
    if (ignored_ == 0 && !std::exchange(ignores_next_, false)) return false;
    ignored_ += levels;
    return true;
  }
  bool open(Value&& value) {
    if (ignores(1)) return true;
    if (open_.size() > kDeepest) return refuse(fmt::format("nested deeper than {} levels", kDeepest));
    const std::string key = open_.empty() || left_out_.empty() ? "" : open_.back().key;
    Value& collection = place(std::move(value));
    if (!open_.empty()) open_.back().key = key;  // part of the path
    open_.push_back({&collection});
    return true;
  }
  bool close() {
    if (ignored_ > 0) {
      --ignored_;
    } else {
      open_.pop_back();
    }
    return true;
  }
  bool add(Value&& value) {
    if (!ignores(0)) place(std::move(value));
    return true;
  }
  Value& place(Value&& value) {
    if (open_.empty()) return root_ = std::move(value);
    Frame& frame = open_.back();
    if (frame.collection->is_list()) return frame.collection->as_list().emplace_back(std::move(value));
    return frame.collection->as_map().append(std::move(frame.key), std::move(value));
  }

  const MemberPath& left_out_;
  int ignored_ = 0;            ///< levels that are open of what is left out
  bool ignores_next_ = false;  ///< whether the value that comes next is what is left out
  Value root_;
  std::vector<Frame> open_;
  std::string problem_;
};

bool is_escaped(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escaped(std::string& out, char c) {
  if (const char letter = short_escape(static_cast<unsigned char>(c))) {
    out += {'\\', letter};
  } else {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (auto at = text.begin(); at != text.end();) {
    const auto plain_end = std::find_if(at, text.end(), is_escaped);
    out.append(at, plain_end);
    at = plain_end;
    if (at != text.end()) append_escaped(out, *at++);
  }
  out += '"';
}

std::string json_real(double value) {
  if (!std::isfinite(value)) return "null";
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

enum class KeyOrder { as_is, sorted };

struct Form {
  JsonStyle style;
  KeyOrder order;
};

/// Writes values as JSON text in one form.
class Emitter {
 public:
  Emitter(std::string& out, Form form) : out_(out), form_(form) {}

  void value(const Value& value, std::size_t depth) {
    switch (value.kind()) {
      case Kind::null: out_ += "null"; return;
      case Kind::boolean: out_ += value.as_bool() ? "true" : "false"; return;
      case Kind::integer: out_ += std::to_string(value.as_integer()); return;
      case Kind::real: out_ += json_real(value.as_real()); return;
      case Kind::string: append_string(out_, value.as_string()); return;
      case Kind::list: list(value.as_list(), depth); return;
      case Kind::map: map(value.as_map(), depth); return;
    }
  }

 private:
  void list(const List& items, std::size_t depth) {
    if (items.empty()) {
      out_ += "[]";
      return;
    }
    out_ += '[';
    for (const Value& item : items) {
      if (&item != &items.front()) out_ += ',';
      new_line(depth + 1);
      value(item, depth + 1);
    }
    new_line(depth);
    out_ += ']';
  }

  void map(const Map& map, std::size_t depth) {
    if (map.empty()) {
      out_ += "{}";
      return;
    }
    out_ += '{';
    if (form_.order == KeyOrder::sorted) {
      std::vector<const Entry*> entries;
      for (const Entry& entry : map) entries.push_back(&entry);
      std::ranges::sort(entries, {}, [](const Entry* each) -> const std::string& { return each->key; });
      for (const Entry* each : entries) entry(*each, each == entries.front(), depth);
    } else {
      for (const Entry& each : map) entry(each, &each == &*map.begin(), depth);
    }
    new_line(depth);
    out_ += '}';
  }

  void entry(const Entry& entry, bool is_first, std::size_t depth) {
    if (!is_first) out_ += ',';
    new_line(depth + 1);
    append_string(out_, entry.key);
    out_ += form_.style == JsonStyle::indented ? ": " : ":";
    value(entry.value, depth + 1);
  }

  void new_line(std::size_t depth) {
    if (form_.style != JsonStyle::indented) return;
    out_ += '\n';
    out_.append(depth * 2, ' ');
  }

  std::string& out_;
  Form form_;
};

}  // namespace

Value parse_json(std::string_view text, std::string_view name) { return parse_json_without({}, text, name); }

Value parse_json_without(const MemberPath& member, std::string_view text, std::string_view name) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
  const std::string_view json = base::without_byte_order_mark(text);
  Builder builder(member);
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  const bool whole = !reader.Parse<kFlags>(stream, builder).IsError();
  if (!builder.problem().empty()) throw base::Error(fmt::format("{}: {}", name, builder.problem()));
  // The reader takes a zero byte for the end.
  const std::size_t read = text.size() - json.size() + (whole ? stream.Tell() : reader.GetErrorOffset());
  if (!whole || read != text.size()) throw base::Error(fmt::format("{}: not valid JSON at byte {}", name, read + 1));
  return builder.take();
}

std::string emit_json(const Value& value, JsonStyle style) {
  std::string out;
  Emitter(out, {style, KeyOrder::as_is}).value(value, 0);
  if (style == JsonStyle::indented) out += '\n';
  return out;
}

std::string canonical_json(const Value& value) {
  std::string out;
  Emitter(out, {JsonStyle::compact, KeyOrder::sorted}).value(value, 0);
  return out;
}

}  // namespace doc
