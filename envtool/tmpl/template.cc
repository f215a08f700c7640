#include "envtool/tmpl/template.h"

#include "envtool/tmpl/ast.h"
#include "envtool/tmpl/evaluator.h"
#include "envtool/tmpl/lexer.h"
#include "envtool/tmpl/parser.h"
#include "envtool/tmpl/symbols.h"

namespace tmpl {

Template Template::parse(const base::Source& source, Options options) {
  auto body = std::make_shared<Body>();
  body->source = &source;
  body->options = options;
  body->statements = Parser(tokenize(source, options)).parse();
  bind_names(*body);
  return Template(std::move(body));
}

std::string Template::render(const doc::Map& variables, const Limits& limits,
                             const Environment& functions) const {
  return Evaluator(*body_, variables, limits, functions).run();
}

std::string render(const base::Source& source, const doc::Map& variables, Options options,
                   const Limits& limits) {
  return Template::parse(source, options).render(variables, limits);
}

}  // namespace tmpl
