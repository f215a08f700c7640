#include "envtool/tmpl/iterate.h"

#include <fmt/format.h>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/unicode.h"

namespace tmpl {
namespace {

class SequenceStream final : public Stream {
 public:
  explicit SequenceStream(Value sequence) : sequence_(std::move(sequence)) {}
  bool next(Value& out) override {
    if (at_ >= sequence_.sequence_size()) return false;
    out = sequence_.sequence_at(at_++);
    return true;
  }

 private:
  Value sequence_;
  std::size_t at_ = 0;
};

class DictStream final : public Stream {
 public:
  explicit DictStream(Value dict) : dict_(std::move(dict)), size_(dict_.dict_size()) {}
  bool next(Value& out) override {
    if (dict_.dict_size() != size_) throw base::Error("the dict changed its size while a loop went over it");
    if (at_ >= size_) return false;
    out = dict_.dict_key_at(at_++);
    return true;
  }

 private:
  Value dict_;
  std::size_t size_;
  std::size_t at_ = 0;
};

class TextStream final : public Stream {
 public:
  TextStream(Runtime& runtime, const Value& text)
      : runtime_(runtime), points_(to_code_points(text.as_text())) {}
  bool next(Value& out) override {
    if (at_ >= points_.size()) return false;
    std::string point;
    append_utf8(point, points_[at_++]);
    out = runtime_.text(std::move(point));
    return true;
  }

 private:
  Runtime& runtime_;
  std::u32string points_;
  std::size_t at_ = 0;
};

class FunctionStream final : public Stream {
 public:
  explicit FunctionStream(std::function<bool(Value&)> next) : next_(std::move(next)) {}
  bool next(Value& out) override { return next_(out); }

 private:
  std::function<bool(Value&)> next_;
};

class ItemsStream final : public Stream {
 public:
  explicit ItemsStream(std::vector<Value> items) : items_(std::move(items)) {}
  bool next(Value& out) override {
    if (at_ >= items_.size()) return false;
    out = std::move(items_[at_++]);
    return true;
  }

 private:
  std::vector<Value> items_;
  std::size_t at_ = 0;
};

}  // namespace

StreamPtr try_iterate(Runtime& runtime, const Value& value) {
  switch (value.type()) {
    case Type::text:
      runtime.allocate(value.as_text().size() * sizeof(char32_t));
      return std::make_unique<TextStream>(runtime, value);
    case Type::list:
    case Type::tuple:
      return std::make_unique<SequenceStream>(value);
    case Type::dict:
      return std::make_unique<DictStream>(value);
    case Type::object:
      return value.as_object()->iterate(runtime);
    case Type::undefined:
      if (value.as_undefined().strict) fail_undefined(value);
      return make_stream(std::vector<Value>());
    default:
      return nullptr;
  }
}

StreamPtr iterate(Runtime& runtime, const Value& value) {
  StreamPtr stream = try_iterate(runtime, value);
  if (stream == nullptr) throw base::Error(fmt::format("{} has no items to go over", with_article(value)));
  return stream;
}

std::vector<Value> collect(Runtime& runtime, Stream& stream) {
  std::vector<Value> items;
  Value item;
  while (stream.next(item)) {
    runtime.step();
    runtime.allocate(sizeof(Value));
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Value> collect(Runtime& runtime, const Value& value) {
  if (value.is_list() || value.is_tuple()) {
    runtime.step(value.sequence_size());
    runtime.allocate(value.sequence_size() * sizeof(Value));
    return value.sequence_items();
  }
  return collect(runtime, *iterate(runtime, value));
}

std::optional<std::size_t> length_of(const Value& value) {
  switch (value.type()) {
    case Type::text:
      return text_length(value.as_text());
    case Type::list:
    case Type::tuple:
      return value.sequence_size();
    case Type::dict:
      return value.dict_size();
    case Type::object:
      return value.as_object()->length();
    case Type::undefined:
      if (value.as_undefined().strict) fail_undefined(value);
      return 0;
    default:
      return std::nullopt;
  }
}

StreamPtr make_stream(std::function<bool(Value&)> next) {
  return std::make_unique<FunctionStream>(std::move(next));
}

StreamPtr make_stream(std::vector<Value> items) { return std::make_unique<ItemsStream>(std::move(items)); }

}  // namespace tmpl
