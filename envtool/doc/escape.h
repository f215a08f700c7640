// The escapes that strings of JSON and double-quoted ones of YAML share.
#pragma once

namespace doc {

/// The letter that stands for a character behind a backslash in both (RFC 8259, section 7; YAML 1.2, section 5.7), or 0 if none does.
constexpr char short_escape(char32_t c) {
  switch (c) {
    case U'"': return '"';
    case U'\\': return '\\';
    case U'\n': return 'n';
    case U'\t': return 't';
    case U'\r': return 'r';
    default: return 0;
  }
}

}  // namespace doc
