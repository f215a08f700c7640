// Objects that templates meet beside scalars and containers: functions, ranges, views, generators,
// namespaces, cyclers. Knows nothing of syntax.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "envtool/tmpl/value.h"

namespace tmpl {

/// A function of this program.
class NativeFunction final : public Object {
 public:
  using Run = std::function<Value(Runtime&, Arguments&&)>;
  explicit NativeFunction(Run run) : run_(std::move(run)) {}
  std::string_view type_name() const override { return "function"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments&& arguments) override { return run_(runtime, std::move(arguments)); }

 private:
  Run run_;
};

/// range(start, stop, step).
class Range final : public Object {
 public:
  /// `step` isn't zero. Throws base::Error for ranges of more than 2^62 items.
  Range(std::int64_t start, std::int64_t stop, std::int64_t step);
  std::string_view type_name() const override { return "range"; }
  std::string repr(Runtime& runtime) const override;
  std::optional<std::size_t> length() const override { return size_; }
  StreamPtr iterate(Runtime& runtime) override;
  StreamPtr reversed(Runtime& runtime) override;
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;
  std::optional<Value> item(Runtime& runtime, const Value& key) override;
  bool equals(const Object& other) const override;
  bool is_sequence() const override { return true; }
  bool contains(std::int64_t value) const;
  /// The items from position `first` up to before `last`, `step` positions apart, as a range.
  Value slice(Runtime& runtime, std::int64_t first, std::int64_t last, std::int64_t step) const;
  std::int64_t at(std::size_t index) const { return start_ + static_cast<std::int64_t>(index) * step_; }

 private:
  std::int64_t start_, stop_, step_;
  std::size_t size_;
};

/// What d.keys(), d.values() and d.items() return.
class DictView final : public Object {
 public:
  enum class Kind : std::uint8_t { keys, values, items };
  DictView(Value dict, Kind kind) : dict_(std::move(dict)), kind_(kind) {}
  std::string_view type_name() const override { return "view of a dict"; }
  std::string repr(Runtime& runtime) const override;
  std::optional<std::size_t> length() const override { return dict_.dict_size(); }
  StreamPtr iterate(Runtime& runtime) override;
  StreamPtr reversed(Runtime& runtime) override;
  bool equals(const Object& other) const override;
  Kind kind() const { return kind_; }
  const Value& dict() const { return dict_; }

 private:
  Value at(Runtime& runtime, std::size_t index) const;

  Value dict_;
  Kind kind_;
};

/// Values that are made while they are asked for, once.
class Generator final : public Object {
 public:
  explicit Generator(StreamPtr stream) : stream_(std::move(stream)) {}
  std::string_view type_name() const override { return "generator"; }
  StreamPtr iterate(Runtime& runtime) override;

 private:
  StreamPtr stream_;
};

/// namespace(): attributes that scopes inside may set.
class Namespace final : public Object {
 public:
  explicit Namespace(Value dict) : dict_(std::move(dict)) {}
  std::string_view type_name() const override { return "namespace"; }
  std::string repr(Runtime& runtime) const override;
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;
  void set(Runtime& runtime, const std::string& name, Value value);

 private:
  Value dict_;
};

/// cycler(a, b, ...).
class Cycler final : public Object {
 public:
  explicit Cycler(std::vector<Value> items) : items_(std::move(items)) {}
  std::string_view type_name() const override { return "cycler"; }
  std::optional<Value> attribute(Runtime& runtime, std::string_view name) override;

 private:
  std::vector<Value> items_;
  std::size_t at_ = 0;
};

/// joiner(separator): nothing at the first call, then the separator.
class Joiner final : public Object {
 public:
  explicit Joiner(Value separator) : separator_(std::move(separator)) {}
  std::string_view type_name() const override { return "joiner"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments&& arguments) override;

 private:
  Value separator_;
  bool used_ = false;
};

/// A generator over a stream, as a value.
Value make_generator(Runtime& runtime, StreamPtr stream);

/// The functions that every template has (`range`, `dict`, ...); missing for another name.
Value builtin_function(Runtime& runtime, std::string_view name);

}  // namespace tmpl
