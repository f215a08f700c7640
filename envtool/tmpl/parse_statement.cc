// Statements, targets of assignments, and the parser's way of reading tokens.
#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/tmpl/parser.h"
#include "envtool/tmpl/parser_level.h"

namespace tmpl {
namespace {

/// Jinja2's statements that are left out on purpose.
constexpr std::string_view kRefused[] = {"include", "import",   "from",  "extends", "block", "autoescape",
                                         "do",      "continue", "break", "trans",   "debug"};

bool is_refused(std::string_view word) {
  return std::find(std::begin(kRefused), std::end(kRefused), word) != std::end(kRefused);
}

std::string quoted(std::initializer_list<std::string_view> words) {
  return base::quoted_list(std::vector<std::string>(words.begin(), words.end()));
}

bool is_constant_name(std::string_view word) {
  constexpr std::string_view kConstants[] = {"true", "True", "false", "False", "none", "None"};
  return std::find(std::begin(kConstants), std::end(kConstants), word) != std::end(kConstants);
}

}  // namespace

template <typename Node>
void Parser::add(Block& out, Node node, const Token& first) const {
  Stmt stmt;
  stmt.node = std::move(node);
  stmt.span = span_from(first.span);
  out.push_back(std::move(stmt));
}

const std::vector<Parser::StatementKind>& Parser::statement_kinds() {
  static const std::vector<StatementKind> kinds = {
      {"if", &Parser::parse_if},       {"for", &Parser::parse_for},
      {"set", &Parser::parse_set},     {"with", &Parser::parse_with},
      {"macro", &Parser::parse_macro}, {"call", &Parser::parse_call_block},
      {"print", &Parser::parse_print}, {"filter", &Parser::parse_filter_block},
  };
  return kinds;
}

Block Parser::parse() {
  Block out;
  while (!current().is(TokenKind::end)) parse_one(out);
  return out;
}

/// Statements up to a tag that begins with one of `ends`; stops after that word.
Block Parser::parse_until(Words ends, const Token& opener) {
  const Level level(*this);
  Block out;
  for (;;) {
    if (current().is(TokenKind::end)) {
      fail(fmt::format("this `{}` isn't closed: expected {}", opener.text, quoted(ends)), opener.span);
    }
    const bool tag = current().is(TokenKind::block_begin);
    if (tag &&
        std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return ahead().is_name(end); })) {
      next();
      return out;
    }
    parse_one(out);
  }
}

/// The same after the end of the opening tag.
Block Parser::parse_body(Words ends, const Token& opener) {
  take_op(":");
  expect(TokenKind::block_end, "`%}`");
  return parse_until(ends, opener);
}

void Parser::parse_one(Block& out) {
  const Token& token = current();
  if (token.is(TokenKind::data)) {
    next();
    return add(out, Data{token.text}, token);
  }
  if (token.is(TokenKind::block_begin)) return parse_tag(out);
  next();
  Output output{parse_tuple(WithConditional::yes)};
  expect(TokenKind::variable_end, "`}}`");
  add(out, std::move(output), token);
}

void Parser::parse_tag(Block& out) {
  next();
  const Token& name = current();
  if (!name.is(TokenKind::name)) fail_expected("the name of a statement");
  const auto& kinds = statement_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == name.text; });
  if (found == kinds.end()) fail_unknown_tag(name);
  next();
  (this->*found->parse)(out);
  expect(TokenKind::block_end, "`%}`");
}

void Parser::fail_unknown_tag(const Token& name) const {
  if (is_refused(name.text)) fail(fmt::format("`{}` isn't supported", name.text), name.span);
  if (name.text.starts_with("end") || name.text == "else" || name.text == "elif") {
    fail(fmt::format("`{}` doesn't close the block that is open here", name.text), name.span);
  }
  std::vector<std::string> known;
  for (const StatementKind& kind : statement_kinds()) known.emplace_back(kind.name);
  throw base::Error(fmt::format("there is no statement `{}`", name.text), name.span).guess(name.text, known);
}

If Parser::parse_branch(const Token& opener) {
  If branch;
  branch.test = parse_tuple(WithConditional::no);
  branch.body = parse_body({"elif", "else", "endif"}, opener);
  return branch;
}

void Parser::parse_if(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  If whole = parse_branch(opener);
  const Token* word = &next();
  while (word->is_name("elif")) {
    add(whole.elifs, parse_branch(opener), *word);
    word = &next();
  }
  if (word->is_name("else")) {
    whole.otherwise = parse_body({"endif"}, opener);
    next();
  }
  add(out, std::move(whole), opener);
}

void Parser::parse_for(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  const std::size_t target_at = at_;
  For loop;
  loop.target = parse_target();
  const std::size_t after_target = at_;
  at_ = target_at;
  loop.test_target = parse_target();
  at_ = after_target;
  if (!take_name("in")) fail_expected("`in`");
  loop.iterable = parse_tuple(WithConditional::no);
  if (take_name("if")) loop.test = parse_expression();
  loop.recursive = take_name("recursive");
  loop.body = parse_body({"endfor", "else"}, opener);
  if (next().is_name("else")) {
    loop.otherwise = parse_body({"endfor"}, opener);
    next();
  }
  add(out, std::move(loop), opener);
}

void Parser::parse_set(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  Target target = parse_target();
  if (take_op("=")) {
    ExprPtr value = parse_tuple(WithConditional::yes);
    return add(out, Set{std::move(target), std::move(value)}, opener);
  }
  SetBlock block{std::move(target), parse_filters(nullptr), {}, {}};
  block.body = parse_body({"endset"}, opener);
  next();
  add(out, std::move(block), opener);
}

void Parser::parse_with(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  With with;
  while (!current().is(TokenKind::block_end)) {
    if (!with.bindings.empty()) expect_op(",");
    Target target = parse_target();
    expect_op("=");
    with.bindings.emplace_back(std::move(target), parse_expression());
  }
  with.body = parse_body({"endwith"}, opener);
  next();
  add(out, std::move(with), opener);
}

void Parser::parse_signature(MacroBody& macro) {
  expect_op("(");
  while (!current().is_op(")")) {
    if (!macro.parameters.empty()) expect_op(",");
    const Token& name = expect_name();
    const bool twice = std::any_of(macro.parameters.begin(), macro.parameters.end(),
                                   [&](const Parameter& other) { return other.name == name.text; });
    if (twice) fail(fmt::format("parameter `{}` is named twice", name.text), name.span);
    ExprPtr fallback = take_op("=") ? parse_expression() : nullptr;
    if (!fallback && !macro.parameters.empty() && macro.parameters.back().fallback) {
      fail("a parameter without a default follows one with a default", name.span);
    }
    macro.parameters.push_back({name.text, name.span, std::move(fallback), {}});
  }
  expect_op(")");
}

void Parser::parse_macro(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  Macro macro;
  macro.macro.name = expect_name().text;
  parse_signature(macro.macro);
  macro.macro.body = parse_body({"endmacro"}, opener);
  next();
  add(out, std::move(macro), opener);
}

void Parser::parse_call_block(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  CallBlock block;
  if (current().is_op("(")) parse_signature(block.caller);
  block.call = parse_expression();
  if (!std::holds_alternative<Call>(block.call->node))
    fail("`call` needs the call of a macro", block.call->span);
  block.caller.body = parse_body({"endcall"}, opener);
  next();
  add(out, std::move(block), opener);
}

void Parser::parse_filter_block(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  FilterBlock block;
  block.filter = parse_filters(parse_filter(nullptr));
  block.body = parse_body({"endfilter"}, opener);
  next();
  add(out, std::move(block), opener);
}

void Parser::parse_print(Block& out) {
  const Token& opener = tokens_[at_ - 1];
  for (bool first = true; !current().is(TokenKind::block_end); first = false) {
    if (!first) expect_op(",");
    add(out, Output{parse_expression()}, opener);
  }
}

Target Parser::name_target() {
  const Token& name = expect_name();
  if (is_constant_name(name.text)) fail(fmt::format("`{}` can't be assigned to", name.text), name.span);
  return {NameTarget{name.text, {}}, name.span};
}

Target Parser::parse_target_in_parentheses() {
  const Level level(*this);
  const std::size_t first = at_;
  expect_op("(");
  TupleTarget tuple;
  bool comma = false;
  while (!current().is_op(")")) {
    tuple.items.push_back(current().is_op("(") ? parse_target_in_parentheses() : name_target());
    if (!take_op(",")) break;
    comma = true;
  }
  expect_op(")");
  if (tuple.items.empty()) fail("there is nothing to assign to", span_from(first));
  if (!comma) return std::move(tuple.items.front());
  return {std::move(tuple), span_from(first)};
}

Target Parser::parse_target_item() {
  if (current().is_op("(")) return parse_target_in_parentheses();
  Target target = name_target();
  if (!take_op(".")) return target;
  const std::string name = std::get<NameTarget>(target.node).id;
  const base::Span first = target.span;
  const std::string attribute = expect_name().text;
  return {NamespaceTarget{name, {}, attribute}, span_from(first)};
}

Target Parser::parse_target() {
  const std::size_t first = at_;
  TupleTarget tuple;
  tuple.items.push_back(parse_target_item());
  if (!current().is_op(",")) return std::move(tuple.items.front());
  while (take_op(",") && !at_tuple_end()) tuple.items.push_back(parse_target_item());
  return {std::move(tuple), span_from(first)};
}

bool Parser::take_op(std::string_view op) {
  if (!current().is_op(op)) return false;
  next();
  return true;
}

bool Parser::take_name(std::string_view name) {
  if (!current().is_name(name)) return false;
  next();
  return true;
}

const Token& Parser::expect_op(std::string_view op) {
  if (!current().is_op(op)) fail_expected(fmt::format("`{}`", op));
  return next();
}

const Token& Parser::expect_name() { return expect(TokenKind::name, "a name"); }

const Token& Parser::expect(TokenKind kind, std::string_view what) {
  if (!current().is(kind)) fail_expected(what);
  return next();
}

void Parser::fail(std::string message, const base::Span& span) const {
  throw base::Error(std::move(message), span);
}

void Parser::fail_expected(std::string_view what) const {
  const Token& token = current();
  const auto found = [&]() -> std::string {
    switch (token.kind) {
      case TokenKind::block_end:
        return "`%}`";
      case TokenKind::variable_end:
        return "`}}`";
      case TokenKind::string:
        return "a string";
      case TokenKind::end:
        return "the end of the template";
      default:
        return fmt::format("`{}`", token.text);
    }
  };
  fail(fmt::format("expected {}, found {}", what, found()), token.span);
}

base::Span Parser::span_from(std::size_t first) const { return span_from(tokens_[first].span); }

base::Span Parser::span_from(const base::Span& first) const {
  const base::Span& last = tokens_[at_ == 0 ? 0 : at_ - 1].span;
  const std::uint32_t end = std::max(last.begin + last.length, first.begin + first.length);
  return {first.source, first.begin, end - first.begin};
}

}  // namespace tmpl
