// Expressions, loosest operator first.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "envtool/tmpl/filters.h"
#include "envtool/tmpl/parser.h"
#include "envtool/tmpl/parser_level.h"
#include "envtool/tmpl/test_table.h"

namespace tmpl {
namespace {

constexpr int kHighest = 400;  ///< levels of a tree: `a + b + c` has three

int height(const ExprPtr& expr) { return expr ? expr->height : 0; }

int height(const std::vector<ExprPtr>& all) {
  int highest = 0;
  for (const ExprPtr& expr : all) highest = std::max(highest, height(expr));
  return highest;
}

int height(const CallArguments& arguments) {
  int highest =
      std::max({height(arguments.positional), height(arguments.star), height(arguments.double_star)});
  for (const auto& [name, value] : arguments.named) highest = std::max(highest, height(value));
  return highest;
}

struct BinaryWord {
  std::string_view word;
  BinaryOp op;
};
constexpr BinaryWord kSums[] = {{"+", BinaryOp::add}, {"-", BinaryOp::subtract}};
constexpr BinaryWord kProducts[] = {{"*", BinaryOp::multiply},
                                    {"/", BinaryOp::divide},
                                    {"//", BinaryOp::floor_divide},
                                    {"%", BinaryOp::modulo}};

template <std::size_t kCount>
std::optional<BinaryOp> find_op(const BinaryWord (&words)[kCount], const Token& token) {
  for (const BinaryWord& word : words) {
    if (token.is_op(word.word)) return word.op;
  }
  return std::nullopt;
}

struct CompareWord {
  std::string_view word;
  CompareOp op;
};
constexpr CompareWord kCompares[] = {{"==", CompareOp::equal},  {"!=", CompareOp::unequal},
                                     {"<", CompareOp::less},    {"<=", CompareOp::less_equal},
                                     {">", CompareOp::greater}, {">=", CompareOp::greater_equal}};

template <typename Table>
[[noreturn]] void fail_unknown(std::string_view kind, const Token& name, const Table& known) {
  base::Error error(fmt::format("there is no {} `{}`", kind, name.text), name.span);
  if (name.text.find('.') != std::string::npos) {
    throw std::move(error).hint("put what is before the `.` into parentheses");
  }
  throw std::move(error).guess(name.text, known);
}

}  // namespace

template <typename Node>
ExprPtr Parser::make(Node node, const base::Span& span, int height_below) const {
  if (height_below >= kHighest) fail("this expression is too long", span);
  auto expr = std::make_unique<Expr>();
  expr->node = std::move(node);
  expr->span = span;
  expr->height = height_below + 1;
  return expr;
}

bool Parser::at_tuple_end() const {
  return current().is(TokenKind::variable_end) || current().is(TokenKind::block_end) || current().is_op(")");
}

/// One expression, or several with commas between: a tuple. The comma may also stand at the end.
ExprPtr Parser::parse_tuple(WithConditional conditional) {
  const std::size_t first = at_;
  TupleDisplay tuple;
  bool comma = false;
  while (!at_tuple_end()) {
    tuple.items.push_back(parse_expression(conditional));
    if (!take_op(",")) break;
    comma = true;
  }
  if (comma) {
    const int below = height(tuple.items);
    return make(std::move(tuple), span_from(first), below);
  }
  if (tuple.items.empty()) fail_expected("an expression");
  return std::move(tuple.items.front());
}

ExprPtr Parser::parse_parentheses() {
  const std::size_t first = at_;
  expect_op("(");
  if (take_op(")")) return make(TupleDisplay{}, span_from(first), 0);
  ExprPtr inner = parse_tuple(WithConditional::yes);
  expect_op(")");
  inner->span = span_from(first);
  return inner;
}

ExprPtr Parser::parse_expression(WithConditional conditional) {
  return conditional == WithConditional::yes ? parse_expression() : parse_or();
}

ExprPtr Parser::parse_expression() {
  const Level level(*this);
  const std::size_t first = at_;
  ExprPtr then = parse_or();
  while (take_name("if")) {
    ExprPtr test = parse_or();
    ExprPtr otherwise = take_name("else") ? parse_expression() : nullptr;
    const int below = std::max({height(then), height(test), height(otherwise)});
    then = make(Conditional{std::move(test), std::move(then), std::move(otherwise)}, span_from(first), below);
  }
  return then;
}

ExprPtr Parser::parse_or() {
  const std::size_t first = at_;
  ExprPtr left = parse_and();
  while (take_name("or")) {
    ExprPtr right = parse_and();
    const int below = std::max(height(left), height(right));
    left = make(Or{std::move(left), std::move(right)}, span_from(first), below);
  }
  return left;
}

ExprPtr Parser::parse_and() {
  const std::size_t first = at_;
  ExprPtr left = parse_not();
  while (take_name("and")) {
    ExprPtr right = parse_not();
    const int below = std::max(height(left), height(right));
    left = make(And{std::move(left), std::move(right)}, span_from(first), below);
  }
  return left;
}

ExprPtr Parser::parse_not() {
  const std::size_t first = at_;
  if (!take_name("not")) return parse_compare();
  const Level level(*this);
  ExprPtr operand = parse_not();
  const int below = height(operand);
  return make(Not{std::move(operand)}, span_from(first), below);
}

std::optional<CompareOp> Parser::take_compare_op() {
  for (const CompareWord& word : kCompares) {
    if (take_op(word.word)) return word.op;
  }
  if (take_name("in")) return CompareOp::in;
  if (!current().is_name("not") || !ahead().is_name("in")) return std::nullopt;
  next();
  next();
  return CompareOp::not_in;
}

ExprPtr Parser::parse_compare() {
  const std::size_t first = at_;
  Compare compare{parse_sum(), {}};
  int below = height(compare.first);
  while (const auto op = take_compare_op()) {
    compare.rest.emplace_back(*op, parse_sum());
    below = std::max(below, height(compare.rest.back().second));
  }
  if (compare.rest.empty()) return std::move(compare.first);
  return make(std::move(compare), span_from(first), below);
}

ExprPtr Parser::parse_sum() {
  const std::size_t first = at_;
  ExprPtr left = parse_concat();
  while (const auto op = find_op(kSums, current())) {
    next();
    ExprPtr right = parse_concat();
    const int below = std::max(height(left), height(right));
    left = make(Binary{*op, std::move(left), std::move(right)}, span_from(first), below);
  }
  return left;
}

ExprPtr Parser::parse_concat() {
  const std::size_t first = at_;
  Concat concat;
  concat.parts.push_back(parse_product());
  while (take_op("~")) concat.parts.push_back(parse_product());
  if (concat.parts.size() == 1) return std::move(concat.parts.front());
  const int below = height(concat.parts);
  return make(std::move(concat), span_from(first), below);
}

ExprPtr Parser::parse_product() {
  const std::size_t first = at_;
  ExprPtr left = parse_power();
  while (const auto op = find_op(kProducts, current())) {
    next();
    ExprPtr right = parse_power();
    const int below = std::max(height(left), height(right));
    left = make(Binary{*op, std::move(left), std::move(right)}, span_from(first), below);
  }
  return left;
}

/// Unlike Python's, Jinja2's `**` binds to the left, and weaker than a sign.
ExprPtr Parser::parse_power() {
  const std::size_t first = at_;
  ExprPtr left = parse_unary();
  while (take_op("**")) {
    ExprPtr right = parse_unary();
    const int below = std::max(height(left), height(right));
    left = make(Binary{BinaryOp::power, std::move(left), std::move(right)}, span_from(first), below);
  }
  return left;
}

ExprPtr Parser::parse_unary() { return parse_filters_and_tests(parse_signed()); }

ExprPtr Parser::parse_signed() {
  const Level level(*this);
  const std::size_t first = at_;
  if (take_op("-")) {
    ExprPtr operand = parse_signed();
    const int below = height(operand);
    return parse_postfix(make(Negate{std::move(operand)}, span_from(first), below));
  }
  if (take_op("+")) {
    ExprPtr operand = parse_signed();
    const int below = height(operand);
    return parse_postfix(make(Plus{std::move(operand)}, span_from(first), below));
  }
  return parse_postfix(parse_primary());
}

ExprPtr Parser::parse_primary() {
  const Level level(*this);
  const Token& token = current();
  if (token.is(TokenKind::name)) return parse_word();
  if (token.is(TokenKind::string)) return parse_strings();
  if (token.is(TokenKind::integer) || token.is(TokenKind::real)) return parse_number();
  if (token.is_op("(")) return parse_parentheses();
  if (token.is_op("[")) return parse_list();
  if (token.is_op("{")) return parse_dict();
  fail_expected("an expression");
}

ExprPtr Parser::parse_word() {
  const Token& token = next();
  const std::string_view word = token.text;
  if (word == "true" || word == "True") return make(Literal{Value::boolean(true)}, token.span, 0);
  if (word == "false" || word == "False") return make(Literal{Value::boolean(false)}, token.span, 0);
  if (word == "none" || word == "None") return make(Literal{Value::none()}, token.span, 0);
  return make(Name{token.text, {}}, token.span, 0);
}

ExprPtr Parser::parse_strings() {
  const std::size_t first = at_;
  std::string text;
  while (current().is(TokenKind::string)) text += next().text;
  return make(Literal{Value::text(std::move(text))}, span_from(first), 0);
}

ExprPtr Parser::parse_number() {
  const Token& token = next();
  if (token.is(TokenKind::real)) {
    return make(Literal{Value::real(std::strtod(token.text.c_str(), nullptr))}, token.span, 0);
  }
  const std::string& text = token.text;
  const char letter = text.size() > 1 ? static_cast<char>(text[1] | 0x20) : '0';
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
  const char* digits = text.data() + (base == 10 ? 0 : 2);
  std::int64_t value = 0;
  if (std::from_chars(digits, text.data() + text.size(), value, base).ec != std::errc{}) {
    fail("this integer doesn't fit into 64 bits", token.span);
  }
  return make(Literal{Value::integer(value)}, token.span, 0);
}

ExprPtr Parser::parse_list() {
  const std::size_t first = at_;
  expect_op("[");
  ListDisplay list;
  while (!current().is_op("]")) {
    list.items.push_back(parse_expression());
    if (!take_op(",")) break;
  }
  expect_op("]");
  const int below = height(list.items);
  return make(std::move(list), span_from(first), below);
}

ExprPtr Parser::parse_dict() {
  const std::size_t first = at_;
  expect_op("{");
  DictDisplay dict;
  int below = 0;
  while (!current().is_op("}")) {
    ExprPtr key = parse_expression();
    expect_op(":");
    ExprPtr value = parse_expression();
    below = std::max({below, height(key), height(value)});
    dict.entries.emplace_back(std::move(key), std::move(value));
    if (!take_op(",")) break;
  }
  expect_op("}");
  return make(std::move(dict), span_from(first), below);
}

ExprPtr Parser::parse_postfix(ExprPtr operand) {
  for (;;) {
    if (current().is_op(".")) {
      operand = parse_attribute(std::move(operand));
    } else if (current().is_op("[")) {
      operand = parse_subscript(std::move(operand));
    } else if (current().is_op("(")) {
      operand = parse_call(std::move(operand));
    } else {
      return operand;
    }
  }
}

ExprPtr Parser::parse_filters_and_tests(ExprPtr operand) {
  for (;;) {
    if (current().is_op("|")) {
      operand = parse_filters(std::move(operand));
    } else if (current().is_name("is")) {
      operand = parse_test(std::move(operand));
    } else if (current().is_op("(")) {
      operand = parse_call(std::move(operand));
    } else {
      return operand;
    }
  }
}

ExprPtr Parser::parse_attribute(ExprPtr object) {
  const base::Span first = object->span;
  const int below = height(object);
  expect_op(".");
  if (current().is(TokenKind::integer)) {
    ExprPtr key = parse_number();
    return make(Item{std::move(object), std::move(key)}, span_from(first), below);
  }
  const Token& name = expect(TokenKind::name, "a name or a number after `.`");
  if (name.text.starts_with("__"))
    fail(fmt::format("`{}` is out of reach of templates", name.text), name.span);
  return make(Attribute{std::move(object), name.text}, span_from(first), below);
}

ExprPtr Parser::parse_subscript(ExprPtr object) {
  const std::size_t bracket = at_;
  const base::Span first = object->span;
  expect_op("[");
  if (current().is_op("]")) fail_expected("an index");
  ExprPtr key = current().is_op(":") ? nullptr : parse_expression();
  if (current().is_op(":")) return parse_slice(std::move(object), std::move(key));
  if (current().is_op(",")) {
    TupleDisplay tuple;
    tuple.items.push_back(std::move(key));
    while (take_op(",")) tuple.items.push_back(parse_expression());
    const int below = height(tuple.items);
    key = make(std::move(tuple), span_from(bracket), below);
  }
  expect_op("]");
  const int below = std::max(height(object), height(key));
  return make(Item{std::move(object), std::move(key)}, span_from(first), below);
}

ExprPtr Parser::parse_slice(ExprPtr object, ExprPtr start) {
  const base::Span first = object->span;
  const auto part = [&]() -> ExprPtr {
    return current().is_op(":") || current().is_op("]") ? nullptr : parse_expression();
  };
  expect_op(":");
  ExprPtr stop = part();
  ExprPtr step = take_op(":") ? part() : nullptr;
  if (current().is_op(",")) fail("slices of several dimensions aren't supported", current().span);
  expect_op("]");
  const int below = std::max({height(object), height(start), height(stop), height(step)});
  return make(Slice{std::move(object), std::move(start), std::move(stop), std::move(step)}, span_from(first),
              below);
}

ExprPtr Parser::parse_call(ExprPtr callee) {
  const base::Span first = callee->span;
  CallArguments arguments = parse_arguments();
  const int below = std::max(height(callee), height(arguments));
  return make(Call{std::move(callee), std::move(arguments)}, span_from(first), below);
}

CallArguments Parser::parse_arguments() {
  expect_op("(");
  CallArguments arguments;
  while (!current().is_op(")")) {
    parse_argument(arguments);
    if (!take_op(",")) break;
  }
  expect_op(")");
  return arguments;
}

void Parser::parse_argument(CallArguments& arguments) {
  const bool named = current().is(TokenKind::name) && ahead().is_op("=");
  const base::Span at = current().span;
  if (arguments.double_star) fail("nothing may follow `**`", at);
  if (take_op("*")) {
    if (arguments.star) fail("`*` may be used once", at);
    arguments.star = parse_expression();
  } else if (take_op("**")) {
    arguments.double_star = parse_expression();
  } else if (named) {
    const std::string name = next().text;
    next();
    const auto same = [&](const auto& other) { return other.first == name; };
    if (std::any_of(arguments.named.begin(), arguments.named.end(), same)) {
      fail(fmt::format("`{}` is given twice", name), at);
    }
    arguments.named.emplace_back(name, parse_expression());
  } else {
    if (arguments.star || !arguments.named.empty()) fail("arguments without a name come first", at);
    arguments.positional.push_back(parse_expression());
  }
}

/// The name of a filter or a test, which may have dots in it.
Token Parser::parse_dotted_name() {
  Token name = expect_name();
  const std::size_t first = at_ - 1;
  while (take_op(".")) name.text += "." + expect_name().text;
  name.span = span_from(first);
  return name;
}

/// One filter, the `|` before it already read.
ExprPtr Parser::parse_filter(ExprPtr input) {
  const Token name = parse_dotted_name();
  const base::Span first = input ? input->span : name.span;
  const Filter* filter = find_filter(name.text);
  if (filter == nullptr) {
    if (const auto why = refused_filter(name.text)) fail(*why, name.span);
    fail_unknown("filter", name, filter_names());
  }
  CallArguments arguments = current().is_op("(") ? parse_arguments() : CallArguments{};
  const int below = std::max(height(input), height(arguments));
  return make(FilterCall{std::move(input), filter, std::move(arguments)}, span_from(first), below);
}

ExprPtr Parser::parse_filters(ExprPtr input) {
  while (take_op("|")) input = parse_filter(std::move(input));
  return input;
}

/// Whether what follows a test's name is its argument without parentheses: `x is divisibleby 3`.
bool Parser::at_bare_test_argument() const {
  const Token& token = current();
  if (token.is(TokenKind::name)) return token.text != "else" && token.text != "or" && token.text != "and";
  const bool literal =
      token.is(TokenKind::string) || token.is(TokenKind::integer) || token.is(TokenKind::real);
  return literal || token.is_op("[") || token.is_op("{");
}

ExprPtr Parser::parse_test(ExprPtr input) {
  const base::Span first = input->span;
  next();
  const bool negated = take_name("not");
  const Token name = parse_dotted_name();
  const Test* test = find_test(name.text);
  if (test == nullptr) fail_unknown("test", name, test_names());
  CallArguments arguments;
  if (current().is_op("(")) {
    arguments = parse_arguments();
  } else if (at_bare_test_argument()) {
    if (current().is_name("is")) fail("tests can't be chained", current().span);
    arguments.positional.push_back(parse_postfix(parse_primary()));
  }
  const int below = std::max(height(input), height(arguments));
  ExprPtr result = make(TestCall{std::move(input), test, std::move(arguments)}, span_from(first), below);
  if (!negated) return result;
  const base::Span whole = result->span;
  return make(Not{std::move(result)}, whole, below + 1);
}

}  // namespace tmpl
