#include "envtool/tmpl/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/tmpl/string_literal.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                           "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                           ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return is_name_start(c) || is_decimal(c); }

/// A text with `\n` as its only line end, and where its bytes stood before.
class Normalized {
 public:
  Normalized(const base::Source& source, TrailingNewline trailing) : source_(source) {
    const std::string& original = source.text;
    text_.reserve(original.size());
    for (std::size_t i = 0; i < original.size(); ++i) {
      const bool pair = original[i] == '\r' && i + 1 < original.size() && original[i + 1] == '\n';
      if (pair) {
        dropped_.push_back(text_.size());
        continue;
      }
      text_ += original[i] == '\r' ? '\n' : original[i];
    }
    if (trailing == TrailingNewline::drop && !text_.empty() && text_.back() == '\n') text_.pop_back();
  }

  std::string_view text() const { return text_; }

  base::Span span(std::size_t begin, std::size_t end) const {
    const std::size_t from = original(begin);
    return {&source_, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(original(end) - from)};
  }

 private:
  std::size_t original(std::size_t at) const {
    const auto dropped_before = std::lower_bound(dropped_.begin(), dropped_.end(), at) - dropped_.begin();
    return at + static_cast<std::size_t>(dropped_before);
  }

  const base::Source& source_;
  std::string text_;
  std::vector<std::size_t> dropped_;  ///< offsets in text_ before which a `\r` stood
};

class Lexer {
 public:
  Lexer(const base::Source& source, const Options& options)
      : options_(options), normalized_(source, options.trailing_newline), text_(normalized_.text()) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) scan_root();
    add(TokenKind::end, at_, at_);
    return std::move(tokens_);
  }

 private:
  enum class Sign : char { none = ' ', minus = '-', plus = '+' };
  enum class Tag : std::uint8_t { block, variable };

  void scan_root();
  void scan_raw(std::size_t tag_begin, std::size_t body);
  void scan_comment(std::size_t tag_begin);
  void scan_tag(std::size_t tag_begin, Tag tag);
  bool scan_tag_end(Tag tag);
  void scan_word(std::size_t tag_begin);
  void scan_string();
  void scan_number();
  void scan_operator();
  void check_balance(std::string_view op);
  std::optional<std::size_t> raw_begin(std::size_t after_sign);

  void add_data(std::string_view data, std::size_t begin, Sign sign, Tag tag);
  Sign read_sign();
  void close_after_trim();
  void skip_space();
  std::size_t space_from(std::size_t at) const;
  bool starts(std::string_view word, std::size_t at) const { return text_.substr(at, word.size()) == word; }
  void add(TokenKind kind, std::size_t begin, std::size_t end, std::string text = {}) {
    tokens_.push_back({kind, std::move(text), normalized_.span(begin, end)});
  }
  [[noreturn]] void fail(std::string message, std::size_t begin, std::size_t end) const {
    throw base::Error(std::move(message), normalized_.span(begin, end));
  }

  const Options options_;
  const Normalized normalized_;
  const std::string_view text_;
  std::size_t at_ = 0;
  bool line_starting_ = true;  ///< whether what was read last ended a line
  std::vector<char> open_;     ///< the brackets to be closed in this tag
  std::vector<std::size_t> open_at_;
  std::vector<Token> tokens_;
};

/// The first of `{%`, `{{` and `{#` from `at` on, or npos.
std::size_t find_tag(std::string_view text, std::size_t at) {
  for (at = text.find('{', at); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == '%' || next == '{' || next == '#') return at;
  }
  return std::string_view::npos;
}

std::string_view strip_end(std::string_view text) {
  while (!text.empty()) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
    if (!is_space(to_code_points(text.substr(begin)).front())) break;
    text = text.substr(0, begin);
  }
  return text;
}

/// Without the blanks after the last newline, if there is nothing else after it.
std::string_view strip_line_start(std::string_view text, bool line_starting) {
  const std::size_t newline = text.rfind('\n');
  const std::size_t line = newline == std::string_view::npos ? 0 : newline + 1;
  if (line == 0 && !line_starting) return text;
  return strip_end(text.substr(line)).empty() ? text.substr(0, line) : text;
}

std::size_t Lexer::space_from(std::size_t at) const {
  while (at < text_.size()) {
    std::size_t end = at + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U) ++end;
    if (!is_space(to_code_points(text_.substr(at, end - at)).front())) break;
    at = end;
  }
  return at;
}

void Lexer::skip_space() { at_ = space_from(at_); }

Lexer::Sign Lexer::read_sign() {
  if (at_ >= text_.size() || (text_[at_] != '-' && text_[at_] != '+')) return Sign::none;
  return text_[at_++] == '-' ? Sign::minus : Sign::plus;
}

void Lexer::add_data(std::string_view data, std::size_t begin, Sign sign, Tag tag) {
  if (sign == Sign::minus) {
    data = strip_end(data);
  } else if (sign == Sign::none && tag == Tag::block && options_.lstrip_blocks == LstripBlocks::yes) {
    data = strip_line_start(data, line_starting_);
  }
  if (!data.empty()) add(TokenKind::data, begin, begin + data.size(), std::string(data));
}

void Lexer::scan_root() {
  const std::size_t begin = at_;
  const std::size_t tag = find_tag(text_, at_);
  if (tag == std::string_view::npos) {
    add(TokenKind::data, begin, text_.size(), std::string(text_.substr(begin)));
    at_ = text_.size();
    return;
  }
  const char kind = text_[tag + 1];
  at_ = tag + 2;
  const Sign sign = read_sign();
  add_data(text_.substr(begin, tag - begin), begin, sign, kind == '{' ? Tag::variable : Tag::block);
  line_starting_ = false;
  if (kind == '#') return scan_comment(tag);
  if (kind == '{') return scan_tag(tag, Tag::variable);
  if (const auto body = raw_begin(at_)) return scan_raw(tag, *body);
  scan_tag(tag, Tag::block);
}

/// Where the text of a raw block begins, if this tag opens one.
std::optional<std::size_t> Lexer::raw_begin(std::size_t after_sign) {
  const std::size_t word = space_from(after_sign);
  if (!starts("raw", word)) return std::nullopt;
  const std::size_t end = space_from(word + 3);
  if (starts("-%}", end)) return space_from(end + 3);
  if (starts("%}", end)) return end + 2;
  return std::nullopt;
}

void Lexer::scan_raw(std::size_t tag_begin, std::size_t body) {
  line_starting_ = body > 0 && text_[body - 1] == '\n';
  for (std::size_t tag = text_.find("{%", body); tag != std::string_view::npos;
       tag = text_.find("{%", tag + 1)) {
    at_ = tag + 2;
    const Sign sign = read_sign();
    skip_space();
    if (!starts("endraw", at_)) continue;
    at_ = space_from(at_ + 6);
    const bool closed = starts("%}", at_) || starts("-%}", at_) || starts("+%}", at_);
    if (!closed) continue;
    add_data(text_.substr(body, tag - body), body, sign, Tag::block);
    return close_after_trim();
  }
  fail("this `raw` block isn't closed by `{% endraw %}`", tag_begin, body);
}

void Lexer::scan_comment(std::size_t tag_begin) {
  const std::size_t end = text_.find("#}", at_);
  if (end == std::string_view::npos) fail("this comment isn't closed by `#}`", tag_begin, tag_begin + 2);
  const bool sign = end > at_ && (text_[end - 1] == '-' || text_[end - 1] == '+');
  at_ = sign ? end - 1 : end;
  close_after_trim();
}

/// Reads the closing part of a block or a comment, and the white space that goes with it.
void Lexer::close_after_trim() {
  const Sign sign = read_sign();
  at_ += 2;
  if (sign == Sign::minus) {
    skip_space();
  } else if (sign == Sign::none && options_.trim_blocks == TrimBlocks::yes && starts("\n", at_)) {
    ++at_;
  }
  line_starting_ = text_[at_ - 1] == '\n';
}

void Lexer::scan_tag(std::size_t tag_begin, Tag tag) {
  add(tag == Tag::block ? TokenKind::block_begin : TokenKind::variable_begin, tag_begin, at_);
  open_.clear();
  open_at_.clear();
  while (!scan_tag_end(tag)) scan_word(tag_begin);
}

bool Lexer::scan_tag_end(Tag tag) {
  if (!open_.empty()) return false;
  const std::size_t begin = at_;
  const std::string_view end = tag == Tag::block ? "%}" : "}}";
  const bool minus = starts("-", at_) && starts(end, at_ + 1);
  const bool plus = tag == Tag::block && starts("+", at_) && starts(end, at_ + 1);
  if (!minus && !plus && !starts(end, at_)) return false;
  if (tag == Tag::block) {
    close_after_trim();
  } else {
    at_ += minus ? 3 : 2;
    if (minus) skip_space();
    line_starting_ = text_[at_ - 1] == '\n';
  }
  add(tag == Tag::block ? TokenKind::block_end : TokenKind::variable_end, begin, at_);
  tokens_.back().span.length = static_cast<std::uint32_t>(minus || plus ? 3 : 2);
  return true;
}

void Lexer::scan_word(std::size_t tag_begin) {
  const std::size_t before = at_;
  skip_space();
  if (at_ != before) return;
  if (at_ >= text_.size()) {
    if (!open_.empty())
      fail(fmt::format("`{}` isn't closed", open_.back()), open_at_.back(), open_at_.back() + 1);
    fail("this tag isn't closed", tag_begin, tag_begin + 2);
  }
  const char c = text_[at_];
  if (is_decimal(c)) return scan_number();
  if (c == '"' || c == '\'') return scan_string();
  if (!is_name_start(c)) return scan_operator();
  while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
  add(TokenKind::name, before, at_, std::string(text_.substr(before, at_ - before)));
}

void Lexer::scan_string() {
  const std::size_t begin = at_++;
  while (at_ < text_.size() && text_[at_] != text_[begin]) at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= text_.size()) fail("this string isn't closed", begin, begin + 1);
  ++at_;
  const std::string_view inner = text_.substr(begin + 1, at_ - begin - 2);
  add(TokenKind::string, begin, at_, unescape(inner, normalized_.span(begin, at_)));
}

/// The end of digits that may have a `_` between two of them; `at` itself if there are none.
template <typename IsDigit>
std::size_t digits_end(std::string_view text, std::size_t at, IsDigit is_digit) {
  if (at >= text.size() || !is_digit(text[at])) return at;
  while (at < text.size()) {
    const bool joined = text[at] == '_' && at + 1 < text.size() && is_digit(text[at + 1]);
    if (!joined && !is_digit(text[at])) break;
    ++at;
  }
  return at;
}

std::size_t exponent_end(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 1 : 0;
  const std::size_t end = digits_end(text, at + 1 + sign, is_decimal);
  return end == at + 1 + sign ? at : end;
}

/// The end of a float that starts here, or `at` if it is none: digits and a fraction, an exponent or both.
std::size_t real_end(std::string_view text, std::size_t at) {
  const std::size_t whole = digits_end(text, at, is_decimal);
  std::size_t end = whole;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = digits_end(text, end + 1, is_decimal);
    if (fraction > end + 1) end = fraction;
  }
  end = exponent_end(text, end);
  return end == whole ? at : end;
}

/// The end of a number with a prefix (`0x`, `0o`, `0b`), or `at`.
std::size_t prefixed_end(std::string_view text, std::size_t at) {
  if (text[at] != '0' || at + 1 >= text.size()) return at;
  const char base = static_cast<char>(text[at + 1] | 0x20);
  const auto is_digit = [base](char c) {
    if (base == 'x') return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos;
    return c >= '0' && c <= (base == 'b' ? '1' : '7');
  };
  if (base != 'x' && base != 'o' && base != 'b') return at;
  const std::size_t first = at + 2 < text.size() && text[at + 2] == '_' ? at + 3 : at + 2;
  const std::size_t end = digits_end(text, first, is_digit);
  return end == first ? at : end;
}

std::size_t integer_end(std::string_view text, std::size_t at) {
  const std::size_t prefixed = prefixed_end(text, at);
  if (prefixed != at) return prefixed;
  if (text[at] == '0') return digits_end(text, at, [](char c) { return c == '0'; });
  return digits_end(text, at, is_decimal);
}

void Lexer::scan_number() {
  const std::size_t begin = at_;
  const bool after_dot = begin > 0 && text_[begin - 1] == '.';
  const std::size_t real = after_dot ? begin : real_end(text_, begin);
  at_ = real != begin ? real : integer_end(text_, begin);
  std::string digits(text_.substr(begin, at_ - begin));
  std::erase(digits, '_');
  add(real != begin ? TokenKind::real : TokenKind::integer, begin, at_, std::move(digits));
}

void Lexer::scan_operator() {
  const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [&](std::string_view op) { return starts(op, at_); });
  if (found == std::end(kOperators)) {
    const std::string point = to_utf8(to_code_points(text_.substr(at_, 4)).substr(0, 1));
    fail(fmt::format("unexpected character `{}`", point), at_, at_ + point.size());
  }
  check_balance(*found);
  add(TokenKind::op, at_, at_ + found->size(), std::string(*found));
  at_ += found->size();
}

void Lexer::check_balance(std::string_view op) {
  constexpr std::string_view kOpening = "([{";
  constexpr std::string_view kClosing = ")]}";
  if (op.size() != 1) return;
  if (const auto kind = kOpening.find(op[0]); kind != std::string_view::npos) {
    open_.push_back(op[0]);
    open_at_.push_back(at_);
  } else if (const auto closing = kClosing.find(op[0]); closing != std::string_view::npos) {
    if (open_.empty()) fail(fmt::format("`{}` without `{}`", op, kOpening[closing]), at_, at_ + 1);
    if (open_.back() != kOpening[closing])
      fail(fmt::format("`{}` closes `{}`", op, open_.back()), at_, at_ + 1);
    open_.pop_back();
    open_at_.pop_back();
  }
}

}  // namespace

std::vector<Token> tokenize(const base::Source& source, const Options& options) {
  if (!base::is_utf8(source.text)) throw base::Error("the template isn't UTF-8", {&source, 0, 0});
  return Lexer(source, options).run();
}

}  // namespace tmpl
