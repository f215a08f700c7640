// Kubernetes quantities: exact decimal numbers with a suffix (`500m`, `1.5Gi`, `12e6`).
// Source of the format: k8s.io/apimachinery/pkg/api/resource, quantity.go.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "envtool/base/source.h"

namespace patch {

/// An amount of a resource, exact to a billionth. Any value is legal; the default is 0.
///
/// Text that isn't just digits must follow the documented grammar; Kubernetes also takes `.`, `-` and `Mi` for zero.
class Quantity {
 public:
  /// Which family of suffixes a quantity was written with, and is written with again.
  enum class Format : std::uint8_t { decimal, binary, exponent };

  Quantity() = default;

  /// Throws base::Error at `span` for text that is no quantity, and for exponents beyond +-100. Digits behind the
  /// ninth decimal place are rounded away from zero; amounts with binary suffixes are capped at 2^63-1.
  static Quantity parse(std::string_view text, base::Span span = {});

  /// The canonical text: no fraction, nothing lost, the largest suffix that this allows. `1.5Gi` is `1536Mi`, `0.5` is
  /// `500m`, `1000m` is `1`, `0.5Ki` is `512`.
  std::string to_string() const;

  /// The nearest double; for cores or bytes to show.
  double to_real() const;
  /// Whole units, rounded away from zero; nothing if they don't fit into 64 bits.
  std::optional<std::int64_t> to_integer() const;

  Format format() const { return format_; }
  bool is_zero() const { return nanos_.empty(); }
  bool is_negative() const { return negative_; }

  /// By amount: `1000m`, `1` and `1e0` are equal.
  friend std::strong_ordering operator<=>(const Quantity& a, const Quantity& b);
  friend bool operator==(const Quantity& a, const Quantity& b) { return (a <=> b) == 0; }

 private:
  bool negative_ = false;
  std::string nanos_;  ///< billionths, decimal digits without leading zeros; empty for zero
  Format format_ = Format::decimal;
};

}  // namespace patch
