#include "envtool/tmpl/sorting.h"

#include <algorithm>

#include "envtool/tmpl/compare.h"
#include "envtool/tmpl/runtime.h"

namespace tmpl {

namespace {

bool key_less(Runtime& runtime, const Value& a, const Value& b, KeyKind kind) {
  runtime.step();
  const bool tie = kind == KeyKind::in_lists && (a.same_as(b) || equal(runtime, a, b));
  return !tie && less(runtime, a, b);
}

}  // namespace

std::vector<Value> sort(Runtime& runtime, std::vector<Keyed> items, Order order, KeyKind kind) {
  std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
    const bool ascending = order == Order::ascending;
    return ascending ? key_less(runtime, a.key, b.key, kind) : key_less(runtime, b.key, a.key, kind);
  });
  std::vector<Value> sorted;
  sorted.reserve(items.size());
  for (Keyed& item : items) sorted.push_back(std::move(item.item));
  return sorted;
}

}  // namespace tmpl
