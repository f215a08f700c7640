// The variable `loop` of a for loop. Knows nothing of the loop's body.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "envtool/tmpl/value.h"

namespace tmpl {

/// Where a loop stands; also hands out its items, since `loop.last` and `loop.nextitem` look ahead.
class Loop final : public Object {
 public:
  using Recurse = std::function<Value(const Value& iterable, std::int64_t depth)>;

  /// `sized` has the length of the loop if the stream alone doesn't tell; missing otherwise. `recurse` may
  /// be empty.
  Loop(Runtime& runtime, StreamPtr stream, Value sized, std::int64_t depth, Recurse recurse);

  /// Sets `out` to the next item, or returns false at the end.
  bool advance(Value& out);
  /// After the loop: what is left isn't asked for any more.
  void finish();

  std::string_view type_name() const override { return "loop"; }
  std::string repr(Runtime& runtime) const override;
  std::optional<std::size_t> length() const override;
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments&& arguments) override;
  bool truth() const override { return length() != 0U; }

 private:
  struct Member {
    std::string_view name;
    Value (*get)(Loop& loop);
  };
  static const std::vector<Member>& members();
  bool peek();
  /// Reads the rest of the items if nothing else tells how many there are.
  std::int64_t size() const;
  Value cycle(Arguments&& arguments) const;
  Value changed(Arguments&& arguments);

  Runtime& runtime_;
  mutable StreamPtr stream_;
  Value sized_;
  std::int64_t depth_;
  Recurse recurse_;
  std::int64_t index_ = -1;
  mutable std::optional<std::int64_t> size_;
  std::optional<Value> after_;
  Value before_, current_;
  std::optional<std::vector<Value>> last_changed_;
};

}  // namespace tmpl
