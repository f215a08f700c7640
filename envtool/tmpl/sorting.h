// Stable sorting by keys, as Python's sorted() does it.
#pragma once

#include <cstdint>
#include <vector>

#include "envtool/tmpl/value.h"

namespace tmpl {

struct Keyed {
  Value key;
  Value item;
};

enum class Order : std::uint8_t { ascending, descending };

/// How keys are compared: as they are, or as Python compares lists of them, where keys that are equal need
/// no order (two undefined values, for instance).
enum class KeyKind : std::uint8_t { plain, in_lists };

/// The items in the order of their keys. Equal keys keep their order, also when descending. Throws
/// base::Error for keys without an order.
std::vector<Value> sort(Runtime& runtime, std::vector<Keyed> items, Order order,
                        KeyKind kind = KeyKind::plain);

}  // namespace tmpl
