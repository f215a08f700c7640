// What an Evaluator changes for a while and puts back: its activation, where it writes, how deep it is.
#pragma once

#include <string>

#include "envtool/base/error.h"
#include "envtool/tmpl/evaluator.h"

namespace tmpl {

/// Names refer to this activation.
class Evaluator::Entered {
 public:
  Entered(Evaluator& evaluator, Activation& frame) : evaluator_(evaluator), before_(evaluator.frame_) {
    evaluator.frame_ = &frame;
  }
  ~Entered() { evaluator_.frame_ = before_; }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  Evaluator& evaluator_;
  Activation* before_;
};

/// Output goes into a text of its own.
class Evaluator::Capture {
 public:
  explicit Capture(Evaluator& evaluator) : evaluator_(evaluator), before_(evaluator.out_) {
    evaluator.out_ = &text_;
  }
  ~Capture() { evaluator_.out_ = before_; }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  Value take() { return Value::text(std::move(text_)); }

 private:
  Evaluator& evaluator_;
  std::string* before_;
  std::string text_;
};

/// Calls of this program in each other: expressions, blocks, macros. Keeps its stack from overflowing.
class Evaluator::Depth {
 public:
  explicit Depth(Evaluator& evaluator) : evaluator_(evaluator) {
    if (evaluator.depth_ >= kDeepest) throw base::Error("expressions and blocks are nested too deeply");
    ++evaluator.depth_;
  }
  ~Depth() { --evaluator_.depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;

 private:
  static constexpr int kDeepest = 2000;
  Evaluator& evaluator_;
};

}  // namespace tmpl
