#include "envtool/base/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/strings.h"

namespace base {
namespace {

constexpr std::size_t kWidestExcerpt = 160;

std::string paint(std::string_view text, std::string_view code, Color color) {
  if (color == Color::never) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string_view line_at(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The start of a line, cut between two characters.
std::string_view shortened(std::string_view line) {
  std::size_t size = std::min(line.size(), kWidestExcerpt);
  while (size < line.size() && size > 0 && (static_cast<unsigned char>(line[size]) & 0xC0U) == 0x80U) --size;
  return line.substr(0, size);
}

/// Control characters would move the carets or the reader's cursor. Of text that isn't UTF-8 each character becomes `?`.
std::string printable(std::string_view line) {
  std::string out(shortened(line));
  if (!is_utf8(out)) {
    std::erase_if(out, [](unsigned char c) { return (c & 0xC0U) == 0x80U; });
    std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c >= 0x80; }, '?');
  }
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return out;
}

std::string excerpt(const Span& span, Color color) {
  const Position at = position_of(span.source->text, span.begin);
  const std::string_view line = line_at(span.source->text, span.begin);
  const std::string number = std::to_string(at.line);
  const std::string gutter(number.size() + 1, ' ');
  const auto column = static_cast<std::size_t>(at.column - 1);
  std::string out = fmt::format("{}--> {}:{}:{}\n", gutter.substr(1), span.source->name, at.line, at.column);
  if (span.source->excerpts == Excerpts::withheld || line.empty() || column >= kWidestExcerpt) return out;
  const std::string_view marked = std::string_view(span.source->text).substr(span.begin, span.length);
  const std::size_t width = std::max<std::size_t>(
      1, static_cast<std::size_t>(position_of(marked.substr(0, marked.find('\n')), marked.size()).column - 1));
  out += fmt::format("{}|\n{} | {}\n{}| {}{}\n", gutter, number, printable(line), gutter, std::string(column, ' '),
                     paint(std::string(std::min(width, kWidestExcerpt - column), '^'), "1;31", color));
  return out;
}

}  // namespace

std::string render(const Diagnostic& diagnostic, Color color) {
  const bool is_error = diagnostic.severity == Severity::error;
  std::string out = fmt::format("{}: {}\n", paint(is_error ? "error" : "warning", is_error ? "1;31" : "1;33", color),
                                diagnostic.message);
  if (diagnostic.span) out += excerpt(diagnostic.span, color);
  for (const std::string& note : diagnostic.notes) out += fmt::format("note: {}\n", note);
  for (const std::string& hint : diagnostic.hints) out += fmt::format("{}: {}\n", paint("hint", "1;36", color), hint);
  return out;
}

std::string render(const std::vector<Diagnostic>& diagnostics, Color color) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!out.empty()) out += '\n';
    out += render(diagnostic, color);
  }
  return out;
}

}  // namespace base
