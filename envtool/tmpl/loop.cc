#include "envtool/tmpl/loop.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/objects.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {

Loop::Loop(Runtime& runtime, StreamPtr stream, Value sized, std::int64_t depth, Recurse recurse)
    : runtime_(runtime),
      stream_(std::move(stream)),
      sized_(std::move(sized)),
      depth_(depth),
      recurse_(std::move(recurse)) {}

bool Loop::advance(Value& out) {
  if (!peek()) return false;
  out = std::move(*after_);
  after_.reset();
  ++index_;
  before_ = std::move(current_);
  current_ = out;
  return true;
}

void Loop::finish() {
  stream_.reset();
  recurse_ = nullptr;
}

bool Loop::peek() {
  if (after_) return true;
  Value item;
  if (!stream_ || !stream_->next(item)) return false;
  after_ = std::move(item);
  return true;
}

std::int64_t Loop::size() const {
  if (size_) return *size_;
  if (const auto known = length_of(sized_)) {
    size_ = static_cast<std::int64_t>(*known);
  } else {
    std::vector<Value> rest = stream_ ? collect(runtime_, *stream_) : std::vector<Value>();
    size_ = static_cast<std::int64_t>(rest.size()) + index_ + 1 + (after_ ? 1 : 0);
    if (stream_) stream_ = make_stream(std::move(rest));
  }
  return *size_;
}

std::string Loop::repr(Runtime& /*runtime*/) const {
  return fmt::format("<LoopContext {}/{}>", index_ + 1, size());
}

std::optional<std::size_t> Loop::length() const { return static_cast<std::size_t>(size()); }

const std::vector<Loop::Member>& Loop::members() {
  static const std::vector<Member> members = {
      {"index", [](Loop& loop) { return Value::integer(loop.index_ + 1); }},
      {"index0", [](Loop& loop) { return Value::integer(loop.index_); }},
      {"revindex", [](Loop& loop) { return Value::integer(loop.size() - loop.index_); }},
      {"revindex0", [](Loop& loop) { return Value::integer(loop.size() - loop.index_ - 1); }},
      {"first", [](Loop& loop) { return Value::boolean(loop.index_ == 0); }},
      {"last", [](Loop& loop) { return Value::boolean(!loop.peek()); }},
      {"length", [](Loop& loop) { return Value::integer(loop.size()); }},
      {"depth", [](Loop& loop) { return Value::integer(loop.depth_ + 1); }},
      {"depth0", [](Loop& loop) { return Value::integer(loop.depth_); }},
      {"previtem",
       [](Loop& loop) {
         return loop.index_ == 0 ? loop.runtime_.undefined("there is no previous item") : loop.before_;
       }},
      {"nextitem",
       [](Loop& loop) {
         return loop.peek() ? *loop.after_ : loop.runtime_.undefined("there is no next item");
       }},
  };
  return members;
}

std::optional<Value> Loop::attribute(Runtime& runtime, std::string_view name) {
  for (const Member& member : members()) {
    if (member.name == name) return member.get(*this);
  }
  const bool cycles = name == "cycle";
  if (!cycles && name != "changed") return std::nullopt;
  return runtime.make<NativeFunction>(
      [this, keep = shared_from_this(), cycles](Runtime&, Arguments&& arguments) {
        return cycles ? cycle(std::move(arguments)) : changed(std::move(arguments));
      });
}

Value Loop::cycle(Arguments&& arguments) const {
  if (!arguments.named.empty()) throw base::Error("loop.cycle() takes no named arguments");
  if (arguments.positional.empty()) throw base::Error("loop.cycle() needs an item at least");
  return arguments
      .positional[static_cast<std::size_t>(std::max<std::int64_t>(index_, 0)) % arguments.positional.size()];
}

Value Loop::changed(Arguments&& arguments) {
  if (!arguments.named.empty()) throw base::Error("loop.changed() takes no named arguments");
  const auto same = [&](const Value& a, const Value& b) { return a.same_as(b) || equal(runtime_, a, b); };
  const std::vector<Value>& now = arguments.positional;
  if (last_changed_ &&
      std::equal(now.begin(), now.end(), last_changed_->begin(), last_changed_->end(), same)) {
    return Value::boolean(false);
  }
  last_changed_ = std::move(arguments.positional);
  return Value::boolean(true);
}

Value Loop::call(Runtime& /*runtime*/, Arguments&& arguments) {
  if (!recurse_)
    throw base::Error("this loop isn't recursive").hint("write `recursive` at the end of its `for`");
  if (arguments.positional.size() != 1 || !arguments.named.empty())
    throw base::Error("loop() takes one argument");
  return recurse_(arguments.positional.front(), depth_ + 1);
}

}  // namespace tmpl
