// Tokens to a tree: Jinja2's grammar, with every refusal at its place. Names are not bound yet.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/tmpl/ast.h"
#include "envtool/tmpl/lexer.h"

namespace tmpl {

/// Reads one template from its tokens. Used once.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  /// The statements of the whole template. Throws base::Error with the place.
  Block parse();

 private:
  enum class WithConditional : bool { no, yes };
  using Words = std::initializer_list<std::string_view>;
  using StatementParser = void (Parser::*)(Block&);
  struct StatementKind {
    std::string_view name;
    StatementParser parse;
  };

  // Statements: parse_statement.cc
  static const std::vector<StatementKind>& statement_kinds();
  Block parse_until(Words ends, const Token& opener);
  Block parse_body(Words ends, const Token& opener);
  void parse_one(Block& out);
  void parse_tag(Block& out);
  [[noreturn]] void fail_unknown_tag(const Token& name) const;
  void parse_if(Block& out);
  If parse_branch(const Token& opener);
  void parse_for(Block& out);
  void parse_set(Block& out);
  void parse_with(Block& out);
  void parse_macro(Block& out);
  void parse_call_block(Block& out);
  void parse_filter_block(Block& out);
  void parse_print(Block& out);
  void parse_signature(MacroBody& macro);
  ExprPtr parse_filters(ExprPtr input);
  Target parse_target();
  Target parse_target_item();
  Target parse_target_in_parentheses();
  Target name_target();
  template <typename Node>
  void add(Block& out, Node node, const Token& first) const;

  // Expressions: parse_expression.cc
  ExprPtr parse_tuple(WithConditional conditional);
  ExprPtr parse_parentheses();
  ExprPtr parse_expression();
  ExprPtr parse_expression(WithConditional conditional);
  ExprPtr parse_or();
  ExprPtr parse_and();
  ExprPtr parse_not();
  ExprPtr parse_compare();
  ExprPtr parse_sum();
  ExprPtr parse_concat();
  ExprPtr parse_product();
  ExprPtr parse_power();
  ExprPtr parse_unary();
  ExprPtr parse_signed();
  ExprPtr parse_primary();
  ExprPtr parse_word();
  ExprPtr parse_strings();
  ExprPtr parse_number();
  ExprPtr parse_list();
  ExprPtr parse_dict();
  ExprPtr parse_postfix(ExprPtr operand);
  ExprPtr parse_filters_and_tests(ExprPtr operand);
  ExprPtr parse_attribute(ExprPtr object);
  ExprPtr parse_subscript(ExprPtr object);
  ExprPtr parse_slice(ExprPtr object, ExprPtr start);
  ExprPtr parse_call(ExprPtr callee);
  ExprPtr parse_filter(ExprPtr input);
  ExprPtr parse_test(ExprPtr input);
  Token parse_dotted_name();
  CallArguments parse_arguments();
  void parse_argument(CallArguments& arguments);
  bool at_bare_test_argument() const;
  bool at_tuple_end() const;
  std::optional<CompareOp> take_compare_op();

  // Tokens
  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool take_op(std::string_view op);
  bool take_name(std::string_view name);
  const Token& expect_op(std::string_view op);
  const Token& expect_name();
  const Token& expect(TokenKind kind, std::string_view what);
  [[noreturn]] void fail(std::string message, const base::Span& span) const;
  [[noreturn]] void fail_expected(std::string_view what) const;

  /// From the token at index `first` to the last one that was read.
  base::Span span_from(std::size_t first) const;
  base::Span span_from(const base::Span& first) const;
  /// A node over `span`, one higher than the highest of its parts.
  template <typename Node>
  ExprPtr make(Node node, const base::Span& span, int height_below) const;

  /// One level of nesting in the grammar for as long as it lives.
  class Level;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int level_ = 0;
};

}  // namespace tmpl
