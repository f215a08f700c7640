// What one rendering has used so far and may still use, and the options that values need to know.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "envtool/tmpl/template.h"
#include "envtool/tmpl/value.h"

namespace tmpl {

/// One per rendering; one thread.
class Runtime {
 public:
  Runtime(const Limits& limits, const Options& options) : limits_(limits), options_(options) {}
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Counts steps. Throws base::Error when there are too many.
  void step(std::size_t count = 1) {
    steps_ += count;
    if (steps_ > limits_.steps) fail_steps();
  }

  /// Counts memory before it is used. Throws base::Error when it is too much.
  void allocate(std::size_t bytes) {
    if (bytes > limits_.memory_bytes - memory_) fail_memory();
    memory_ += bytes;
  }

  /// New values, counted. Containers live until the end of the rendering: they may contain each other and
  /// themselves, in any depth, and are taken apart one by one. (A tuple of scalars can't, and doesn't.)
  Value text(std::string bytes, Markup markup = Markup::no);
  Value list(std::vector<Value> items);
  Value tuple(std::vector<Value> items, bool group = false);
  Value dict(Dict entries);
  Value object(std::shared_ptr<Object> object);
  template <typename T, typename... Parts>
  Value make(Parts&&... parts) {
    return object(std::make_shared<T>(std::forward<Parts>(parts)...));
  }

  const Limits& limits() const { return limits_; }
  WideCharacters wide_characters() const { return options_.wide_characters; }
  bool strict() const { return options_.undefined == Undefined::strict; }

  /// An undefined value that says `message` when used.
  Value undefined(std::string message, std::string name = {}, Value object = {}) const;

  /// One level of nesting for as long as it lives. Throws base::Error when there are too many.
  class Nesting {
   public:
    explicit Nesting(Runtime& runtime) : runtime_(runtime) {
      if (++runtime_.depth_ > runtime_.limits_.depth) fail(runtime_);
    }
    ~Nesting() { --runtime_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    [[noreturn]] static void fail(Runtime& runtime);
    Runtime& runtime_;
  };

 private:
  [[noreturn]] void fail_steps() const;
  [[noreturn]] void fail_memory() const;

  Limits limits_;
  Options options_;
  std::size_t steps_ = 0;
  std::size_t memory_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::shared_ptr<List>> lists_;
  std::vector<std::shared_ptr<Dict>> dicts_;
  std::vector<std::shared_ptr<const void>> others_;
};

}  // namespace tmpl
