// Cuts a template into tokens: text, tags, and the words inside tags; applies whitespace control on the
// way. Knows nothing of what the words mean. Lexical rules: Jinja2 3.1, template designer documentation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/tmpl/template.h"

namespace tmpl {

enum class TokenKind : std::uint8_t {
  data,
  variable_begin,
  variable_end,
  block_begin,
  block_end,
  name,
  string,
  integer,
  real,
  op,
  end
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  ///< data and strings decoded; numbers without `_`; names and operators as written
  base::Span span;

  bool is(TokenKind wanted) const { return kind == wanted; }
  bool is_name(std::string_view word) const { return kind == TokenKind::name && text == word; }
  bool is_op(std::string_view word) const { return kind == TokenKind::op && text == word; }
};

/// All tokens of a text, `end` last. Throws base::Error with the place for characters and strings that are
/// none, and for tags and brackets that aren't closed.
std::vector<Token> tokenize(const base::Source& source, const Options& options);

}  // namespace tmpl
