// How deep the parser's own calls may nest: a limit on brackets in brackets and blocks in blocks.
#pragma once

#include "envtool/tmpl/parser.h"

namespace tmpl {

class Parser::Level {
 public:
  explicit Level(Parser& parser) : parser_(parser) {
    if (++parser_.level_ > kDeepest) parser_.fail("this is nested too deeply", parser_.current().span);
  }
  ~Level() { --parser_.level_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  static constexpr int kDeepest = 300;
  Parser& parser_;
};

}  // namespace tmpl
