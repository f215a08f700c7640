#include "envtool/base/source.h"

#include <fmt/format.h>

#include <algorithm>

namespace base {

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  Position position;
  for (const char c : before) {
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++position.column;
    }
  }
  return position;
}

std::string to_string(const Span& span) {
  if (!span) return {};
  const Position at = position_of(span.source->text, span.begin);
  return fmt::format("{}:{}:{}", span.source->name, at.line, at.column);
}

const Source& Sources::add(std::string name, std::string text, Excerpts excerpts) {
  auto source = std::make_shared<const Source>(std::move(name), std::move(text), excerpts);
  const std::lock_guard lock(mutex_);
  return *sources_.emplace_back(std::move(source));
}

}  // namespace base
