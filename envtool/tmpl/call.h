// How functions, filters, tests and methods take their arguments. Knows nothing of what they do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/tmpl/value.h"

namespace tmpl {

/// The parameters of a function, written like `width? first? blank?`: a `?` marks those that may be left
/// out, `*` takes any more positional arguments, `**` any more named ones, and `/` says that none may be
/// given by name.
class Signature {
 public:
  explicit Signature(std::string_view text);

 private:
  friend class Bound;
  std::vector<std::string_view> names_;
  std::size_t required_ = 0;
  bool rest_ = false;
  bool named_rest_ = false;
  bool positional_only_ = false;
};

/// Arguments in the order of the parameters.
class Bound {
 public:
  /// Throws base::Error for arguments that are missing, unknown or too many; `what` names the function in
  /// messages.
  Bound(const Signature& signature, std::string_view what, Arguments&& arguments);

  /// Whether an argument was given.
  bool has(std::size_t index) const { return !values_[index].is_missing(); }
  /// The argument; missing if it was left out.
  const Value& at(std::size_t index) const { return values_[index]; }

  /// The argument as a certain type. Throws base::Error for another one. With `fallback`: for arguments
  /// left out.
  std::string_view text(std::size_t index) const;
  std::string_view text(std::size_t index, std::string_view fallback) const;
  std::int64_t integer(std::size_t index) const;
  std::int64_t integer(std::size_t index, std::int64_t fallback) const;
  bool truth(std::size_t index, bool fallback) const;
  /// An integer, or nothing if it was left out or is none.
  std::optional<std::int64_t> optional_integer(std::size_t index) const;

  const std::vector<Value>& rest() const { return rest_; }
  const std::vector<std::pair<std::string, Value>>& named() const { return named_; }
  /// Positional and named arguments that `*` and `**` took, without the first `skip` positional ones.
  Arguments remaining(std::size_t skip = 0) const;

 private:
  std::string_view what_;
  const Signature& signature_;
  std::vector<Value> values_;
  std::vector<Value> rest_;
  std::vector<std::pair<std::string, Value>> named_;
};

/// Throws the error for a value of the wrong type: `what` is what it was for.
[[noreturn]] void fail_type(std::string_view what, std::string_view expected, const Value& found);

}  // namespace tmpl
