#include "envtool/tmpl/string_literal.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "envtool/base/error.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

std::optional<char> simple_escape(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case '\\':
    case '\'':
    case '"':
      return letter;
    default:
      return std::nullopt;
  }
}

std::size_t digits_of(char letter) {
  switch (letter) {
    case 'x':
      return 2;
    case 'u':
      return 4;
    case 'U':
      return 8;
    default:
      return 0;
  }
}

class Unescaper {
 public:
  Unescaper(std::string_view text, const base::Span& span) : text_(text), span_(span) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (text_[at_] != '\\' || at_ + 1 >= text_.size()) {
        out_ += text_[at_++];
      } else {
        ++at_;
        escape(text_[at_]);
      }
    }
    return std::move(out_);
  }

 private:
  void escape(char letter) {
    if (letter == '\n') {
      ++at_;
    } else if (const auto simple = simple_escape(letter)) {
      out_ += *simple;
      ++at_;
    } else if (letter >= '0' && letter <= '7') {
      octal();
    } else if (digits_of(letter) != 0) {
      hexadecimal(letter);
    } else if (letter == 'N') {
      fail("characters can't be named by `\\N`");
    } else {
      out_ += '\\';
    }
  }

  void octal() {
    char32_t point = 0;
    for (int count = 0; count < 3 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++count) {
      point = point * 8 + static_cast<char32_t>(text_[at_++] - '0');
    }
    append_utf8(out_, point);
  }

  void hexadecimal(char letter) {
    const std::string_view digits = text_.substr(at_ + 1, digits_of(letter));
    std::uint32_t point = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), point, 16);
    const bool whole = digits.size() == digits_of(letter) && end == digits.data() + digits.size();
    if (!whole || error != std::errc{})
      fail(fmt::format("`\\{}` needs {} hexadecimal digits", letter, digits_of(letter)));
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
      fail(fmt::format("`\\{}{}` is no character", letter, digits));
    append_utf8(out_, point);
    at_ += 1 + digits.size();
  }

  [[noreturn]] void fail(std::string message) const { throw base::Error(std::move(message), span_); }

  std::string_view text_;
  base::Span span_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string unescape(std::string_view text, const base::Span& span) { return Unescaper(text, span).run(); }

}  // namespace tmpl
