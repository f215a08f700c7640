// Quantities: the canonical text is the same amount, and canonical already, except where it has lost its binary suffix: as in
// Kubernetes, `62.5Ki` is `64000`, which is `64k`. An input is two of them, one a line.
#include "envtool/patch/quantity.h"

#include <optional>

#include "tests/fuzz/input.h"

namespace {

using patch::Quantity;

std::optional<Quantity> parse(std::string_view text) {
  std::optional<Quantity> quantity;
  fuzz::may_refuse([&] { quantity = Quantity::parse(text); });
  return quantity;
}

void check(const Quantity& quantity) {
  const std::string text = quantity.to_string();
  const Quantity again = Quantity::parse(text);
  fuzz::require(again == quantity, "the canonical text is the same amount");
  fuzz::require(again.to_string() == text || again.format() != quantity.format(), "the canonical text is canonical");
  quantity.to_real();
  quantity.to_integer();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto [left, right] = fuzz::first_line(fuzz::text_of(bytes, size));
  const auto a = parse(left);
  const auto b = parse(right);
  if (a) check(*a);
  if (b) check(*b);
  fuzz::require(!a || !b || (*a < *b) == (*b > *a), "an order has two directions");
  return 0;
}
