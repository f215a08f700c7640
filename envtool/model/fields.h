// Reads the fields of one map of a definition: typed, with every problem reported at its place, unknown fields too.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace model {

/// One map under decoding. Getters note the field as known; `finish` reports the others. After a reported problem a getter
/// returns a default, so that decoding goes on and finds the rest.
class Fields {
 public:
  /// `where` ends the sentence "unknown field `x` in ...": image `jupyterhub`. Anything but a map is reported here.
  Fields(const doc::Value& value, std::string where, base::Diagnostics& problems);

  std::string text(std::string_view key);                              ///< required
  std::string text_or(std::string_view key, std::string fallback);
  std::optional<std::string> optional_text(std::string_view key);
  bool boolean_or(std::string_view key, bool fallback);
  std::uint32_t number_or(std::string_view key, std::uint32_t fallback, std::uint32_t most);
  std::vector<std::string> texts(std::string_view key);                ///< list of strings; absent: empty
  std::map<std::string, std::string> text_map(std::string_view key);   ///< scalars are taken as text; absent: empty
  /// The node of a field, or null. The caller decodes it.
  const doc::Value* node(std::string_view key);
  /// The entries of a map field, absent or wrong: none.
  const doc::Map& map(std::string_view key);
  const doc::List& list(std::string_view key);

  bool has(std::string_view key) const { return map_.contains(key); }
  const base::Span& span() const { return span_; }
  /// Where the value of a field stands; where the map does if it hasn't got the field.
  base::Span span_of(std::string_view key) const;
  base::Diagnostic& error(std::string message, base::Span at);
  const std::string& where() const { return where_; }

  /// Reports every field that no getter asked for, with the nearest known name.
  void finish();

 private:
  const doc::Value* typed(std::string_view key, doc::Kind kind);

  const doc::Map& map_;
  base::Span span_;
  std::string where_;
  base::Diagnostics& problems_;
  std::vector<std::string> known_;
};

/// `null`, `a boolean`, `an integer`, ... for messages.
std::string with_article(doc::Kind kind);

/// A scalar as the text that a definition means by it: `8000` is "8000", `true` is "true".
std::string scalar_text(const doc::Value& value);

}  // namespace model
