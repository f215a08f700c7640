// printf-style formatting: `"%s-%02d" % (name, index)`. The Python Library Reference, "printf-style String
// Formatting".
#include <fmt/format.h>

#include <cmath>

#include "envtool/base/error.h"
#include "envtool/tmpl/call.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/format_spec.h"
#include "envtool/tmpl/operators.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

constexpr std::int64_t kMostWidth = 1'000'000'000;

class PercentFormat {
 public:
  PercentFormat(Runtime& runtime, const Value& format, const Value& arguments)
      : runtime_(runtime), format_(format), text_(format.as_text()), arguments_(arguments) {
    if (arguments.is_tuple()) positional_ = arguments.sequence_items();
  }

  Value run() {
    while (at_ < text_.size()) {
      const std::size_t percent = std::min(text_.find('%', at_), text_.size());
      out_ += text_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ < text_.size()) directive();
    }
    check_all_used();
    return runtime_.text(std::move(out_), format_.is_markup() ? Markup::yes : Markup::no);
  }

 private:
  void directive() {
    ++at_;
    std::optional<Value> named;
    if (peek() == '(') named = read_name();
    FormatSpec spec = read_flags();
    if (const auto width = read_number()) set_width(spec, *width);
    if (peek() == '.') {
      ++at_;
      spec.precision = std::max<std::int64_t>(read_number().value_or(0), 0);
    }
    while (peek() == 'h' || peek() == 'l' || peek() == 'L') ++at_;
    spec.type = peek();
    if (spec.type == '\0') throw base::Error("the format ends after `%`");
    ++at_;
    if (spec.type == '%') {
      out_ += '%';
    } else {
      out_ += convert(named ? *named : next(), spec);
    }
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  Value read_name() {
    int open = 0;
    const std::size_t begin = at_ + 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '(') ++open;
      if (text_[at_] == ')' && --open == 0) break;
    }
    if (at_ >= text_.size()) throw base::Error("a key of the format isn't closed");
    const std::string_view name = text_.substr(begin, at_++ - begin);
    if (!arguments_.is_dict()) fail_type("what a format with keys takes", "a dict", arguments_);
    auto found = arguments_.dict_find(name);
    if (!found) throw base::Error(fmt::format("the format asks for `{}`, which isn't given", name));
    named_ = true;
    single_used_ = true;
    return *found;
  }

  FormatSpec read_flags() {
    FormatSpec spec;
    for (;; ++at_) {
      switch (peek()) {
        case '-':
          spec.align = '<';
          break;
        case '+':
          spec.sign = '+';
          break;
        case ' ':
          spec.sign = spec.sign == '+' ? '+' : ' ';
          break;
        case '#':
          spec.alternate = true;
          break;
        case '0':
          spec.zero = true;
          break;
        default:
          return spec;
      }
    }
  }

  std::optional<std::int64_t> read_number() {
    if (peek() == '*') {
      ++at_;
      const Value value = next();
      if (!value.is_integral()) fail_type("the number for `*`", "an integer", value);
      return value.as_integer();
    }
    if (peek() < '0' || peek() > '9') return std::nullopt;
    std::int64_t number = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      number = number * 10 + (peek() - '0');
      if (number > kMostWidth) throw base::Error("the width is too large");
    }
    return number;
  }

  static void set_width(FormatSpec& spec, std::int64_t width) {
    if (width < 0) spec.align = '<';
    if (width < -kMostWidth || width > kMostWidth) throw base::Error("the width is too large");
    spec.width = std::abs(width);
  }

  Value next() {
    if (!arguments_.is_tuple() && !single_used_) {
      single_used_ = true;
      return arguments_;
    }
    if (!arguments_.is_tuple() || used_ >= positional_.size())
      throw base::Error("the format needs more arguments");
    return positional_[used_++];
  }

  /// Whether Python takes a single argument for a mapping, of which a format need not use anything: all that has items but strings.
  bool may_stay_unused() const {
    const bool range = arguments_.is_object() && arguments_.as_object()->type_name() == "range";
    return named_ || arguments_.is_dict() || arguments_.is_list() || arguments_.is_undefined() || range;
  }

  void check_all_used() const {
    const bool left = arguments_.is_tuple() ? used_ < positional_.size() : !single_used_ && !may_stay_unused();
    if (left) throw base::Error("the format takes fewer arguments");
  }

  std::string convert(const Value& value, FormatSpec spec) {
    switch (spec.type) {
      case 's':
        return pad_text(escaped(to_text(runtime_, value), value), spec);
      case 'r':
        return pad_text(escaped(to_repr(runtime_, value), Value()), spec);
      case 'c':
        return pad_text(character(value), spec);
      case 'd':
      case 'i':
      case 'u':
        return whole(value, spec);
      case 'x':
      case 'X':
      case 'o':
        return based(value, spec);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return real(value, spec);
      default:
        throw base::Error(fmt::format("`%{}` isn't supported", spec.type));
    }
  }

  std::string escaped(std::string text, const Value& value) const {
    return format_.is_markup() && !value.is_markup() ? escape_html(text) : text;
  }

  std::string pad_text(const std::string& text, FormatSpec spec) {
    if (spec.align == '\0') spec.align = '>';
    return format_text(runtime_, text, spec);
  }

  static std::string character(const Value& value) {
    if (value.is_text() && text_length(value.as_text()) == 1) return value.as_text();
    if (!value.is_integral()) fail_type("what `%c` takes", "an integer or one character", value);
    const std::int64_t point = value.as_integer();
    if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
      throw base::Error("`%c` takes a code point");
    std::string out;
    append_utf8(out, static_cast<char32_t>(point));
    return out;
  }

  static void align_number(FormatSpec& spec) {
    if (spec.zero && spec.align != '<') {
      spec.fill = "0";
      spec.align = '=';
    }
  }

  std::string whole(const Value& value, FormatSpec spec) {
    align_number(spec);
    spec.type = 'd';
    if (value.is_real()) {
      constexpr double kBeyond = 9223372036854775808.0;
      if (!(std::abs(value.as_real()) < kBeyond)) throw base::Error("the number doesn't fit into 64 bits");
      return format_integer(runtime_, static_cast<std::int64_t>(value.as_real()), spec);
    }
    if (!value.is_integral()) fail_type("what `%d` takes", "a number", value);
    return format_integer(runtime_, value.as_integer(), spec);
  }

  std::string based(const Value& value, FormatSpec spec) {
    align_number(spec);
    if (!value.is_integral()) fail_type(fmt::format("what `%{}` takes", spec.type), "an integer", value);
    return format_integer(runtime_, value.as_integer(), spec);
  }

  std::string real(const Value& value, FormatSpec spec) {
    align_number(spec);
    if (!value.is_number()) fail_type(fmt::format("what `%{}` takes", spec.type), "a number", value);
    return format_real(runtime_, value.as_real(), spec);
  }

  Runtime& runtime_;
  const Value& format_;
  std::string_view text_;
  const Value& arguments_;
  std::vector<Value> positional_;
  std::size_t used_ = 0;
  bool single_used_ = false;
  bool named_ = false;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

Value percent_format(Runtime& runtime, const Value& format, const Value& arguments) {
  return PercentFormat(runtime, format, arguments).run();
}

}  // namespace tmpl
