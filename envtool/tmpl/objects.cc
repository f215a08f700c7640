#include "envtool/tmpl/objects.h"

#include <fmt/format.h>

#include <limits>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/iterate.h"
#include "envtool/tmpl/print.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {
namespace {

std::size_t range_size(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const auto low = static_cast<std::uint64_t>(step > 0 ? start : stop);
  const auto high = static_cast<std::uint64_t>(step > 0 ? stop : start);
  const std::uint64_t stride =
      step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  const std::uint64_t size = (high - low - 1) / stride + 1;
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 62U;
  if (size > kLargest) throw base::Error("this range is too large");
  return size;
}

}  // namespace

Range::Range(std::int64_t start, std::int64_t stop, std::int64_t step)
    : start_(start), stop_(stop), step_(step), size_(range_size(start, stop, step)) {}

std::string Range::repr(Runtime& /*runtime*/) const {
  return step_ == 1 ? fmt::format("range({}, {})", start_, stop_)
                    : fmt::format("range({}, {}, {})", start_, stop_, step_);
}

StreamPtr Range::iterate(Runtime& /*runtime*/) {
  return make_stream([this, keep = shared_from_this(), at = std::size_t{0}](Value& out) mutable {
    if (at >= size_) return false;
    out = Value::integer(this->at(at++));
    return true;
  });
}

StreamPtr Range::reversed(Runtime& /*runtime*/) {
  return make_stream([this, keep = shared_from_this(), left = size_](Value& out) mutable {
    if (left == 0) return false;
    out = Value::integer(this->at(--left));
    return true;
  });
}

std::optional<Value> Range::attribute(Runtime& /*runtime*/, std::string_view name) {
  if (name == "start") return Value::integer(start_);
  if (name == "stop") return Value::integer(stop_);
  if (name == "step") return Value::integer(step_);
  if (name == "count" || name == "index")
    throw base::Error(fmt::format("`{}` of a range isn't supported", name));
  return std::nullopt;
}

std::optional<Value> Range::item(Runtime& /*runtime*/, const Value& key) {
  if (!key.is_integral()) return std::nullopt;
  const std::int64_t index =
      key.as_integer() < 0 ? key.as_integer() + static_cast<std::int64_t>(size_) : key.as_integer();
  if (index < 0 || static_cast<std::size_t>(index) >= size_) return std::nullopt;
  return Value::integer(at(static_cast<std::size_t>(index)));
}

bool Range::equals(const Object& other) const {
  const auto* range = dynamic_cast<const Range*>(&other);
  if (range == nullptr || size_ != range->size_) return false;
  if (size_ == 0) return true;
  return start_ == range->start_ && (size_ == 1 || step_ == range->step_);
}

bool Range::contains(std::int64_t value) const {
  if (size_ == 0) return false;
  const std::int64_t last = at(size_ - 1);
  const bool inside = step_ > 0 ? value >= start_ && value <= last : value <= start_ && value >= last;
  if (!inside) return false;
  const auto distance = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(start_);
  if (step_ > 0) return distance % static_cast<std::uint64_t>(step_) == 0;
  return (0 - distance) % (0 - static_cast<std::uint64_t>(step_)) == 0;
}

Value Range::slice(Runtime& runtime, std::int64_t first, std::int64_t last, std::int64_t step) const {
  const auto item = [&](std::int64_t position) {
    std::int64_t value = 0;
    const bool overflow =
        __builtin_mul_overflow(position, step_, &value) || __builtin_add_overflow(value, start_, &value);
    if (overflow) throw base::Error("the range doesn't fit into 64 bits");
    return value;
  };
  std::int64_t stride = 0;
  if (__builtin_mul_overflow(step_, step, &stride)) throw base::Error("the range doesn't fit into 64 bits");
  return runtime.make<Range>(item(first), item(last), stride);
}

Value DictView::at(Runtime& runtime, std::size_t index) const {
  switch (kind_) {
    case Kind::keys:
      return dict_.dict_key_at(index);
    case Kind::values:
      return dict_.dict_value_at(index);
    case Kind::items:
      break;
  }
  return runtime.tuple({dict_.dict_key_at(index), dict_.dict_value_at(index)});
}

std::string DictView::repr(Runtime& runtime) const {
  constexpr std::string_view kNames[] = {"dict_keys", "dict_values", "dict_items"};
  std::vector<Value> items;
  for (std::size_t i = 0; i < dict_.dict_size(); ++i) items.push_back(at(runtime, i));
  return fmt::format("{}({})", kNames[static_cast<std::size_t>(kind_)],
                     to_repr(runtime, runtime.list(std::move(items))));
}

StreamPtr DictView::iterate(Runtime& runtime) {
  return make_stream([this, keep = shared_from_this(), &runtime, at = std::size_t{0},
                      size = dict_.dict_size()](Value& out) mutable {
    if (dict_.dict_size() != size) throw base::Error("the dict changed its size while a loop went over it");
    if (at >= size) return false;
    out = this->at(runtime, at++);
    return true;
  });
}

StreamPtr DictView::reversed(Runtime& runtime) {
  return make_stream(
      [this, keep = shared_from_this(), &runtime, left = dict_.dict_size()](Value& out) mutable {
        if (left == 0) return false;
        if (left > dict_.dict_size())
          throw base::Error("the dict changed its size while a loop went over it");
        out = at(runtime, --left);
        return true;
      });
}

bool DictView::equals(const Object& other) const {
  if (this == &other) return true;
  const auto* view = dynamic_cast<const DictView*>(&other);
  if (view == nullptr || kind_ == Kind::values || view->kind_ == Kind::values) return false;
  throw base::Error("views of dicts can't be compared").hint("compare the dicts, or `| list` of both");
}

StreamPtr Generator::iterate(Runtime& runtime) {
  return make_stream([this, keep = shared_from_this(), &runtime](Value& out) {
    const Runtime::Nesting nesting(runtime);
    runtime.step();
    return stream_->next(out);
  });
}

std::string Namespace::repr(Runtime& runtime) const {
  return fmt::format("<Namespace {}>", to_repr(runtime, dict_));
}

std::optional<Value> Namespace::attribute(Runtime& /*runtime*/, std::string_view name) {
  return dict_.dict_find(name);
}

void Namespace::set(Runtime& runtime, const std::string& name, Value value) {
  runtime.allocate(sizeof(Dict::Entry));
  dict_.own_dict()->set(Value::text(name), std::move(value));
}

std::optional<Value> Cycler::attribute(Runtime& runtime, std::string_view name) {
  if (name == "current") return items_[at_];
  if (name == "next") {
    return runtime.make<NativeFunction>([this, keep = shared_from_this()](Runtime&, Arguments&&) {
      const Value current = items_[at_];
      at_ = (at_ + 1) % items_.size();
      return current;
    });
  }
  if (name == "reset") {
    return runtime.make<NativeFunction>([this, keep = shared_from_this()](Runtime&, Arguments&&) {
      at_ = 0;
      return Value::none();
    });
  }
  if (name == "items") return runtime.tuple(items_);
  if (name == "pos") return Value::integer(static_cast<std::int64_t>(at_));
  return std::nullopt;
}

Value Joiner::call(Runtime& runtime, Arguments&& arguments) {
  if (!arguments.positional.empty() || !arguments.named.empty())
    throw base::Error("a joiner takes no arguments");
  if (used_) return separator_;
  used_ = true;
  return runtime.text("");
}

Value make_generator(Runtime& runtime, StreamPtr stream) {
  return runtime.make<Generator>(std::move(stream));
}

}  // namespace tmpl
