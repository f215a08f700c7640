#include "envtool/tmpl/runtime.h"

#include <fmt/format.h>

#include <algorithm>

namespace tmpl {
namespace {

constexpr std::size_t kContainerBytes = 96;

[[noreturn]] void fail_limit(std::string_view what, std::size_t limit) {
  throw base::Error(fmt::format("the template uses more than {} {}", limit, what));
}

}  // namespace

Runtime::~Runtime() {
  for (const auto& list : lists_) list->items.clear();
  for (const auto& dict : dicts_) dict->clear();
  while (!others_.empty()) others_.pop_back();
}

Value Runtime::text(std::string bytes, Markup markup) {
  allocate(bytes.size() + sizeof(Value));
  return Value::text(std::move(bytes), markup);
}

Value Runtime::list(std::vector<Value> items) {
  allocate(kContainerBytes + items.size() * sizeof(Value));
  const auto& list = lists_.emplace_back(std::make_shared<List>());
  list->items = std::move(items);
  return Value::list(list);
}

Value Runtime::tuple(std::vector<Value> items, bool group) {
  allocate(kContainerBytes + items.size() * sizeof(Value));
  auto tuple = std::make_shared<const Tuple>(Tuple{std::move(items), group});
  if (!std::ranges::all_of(tuple->items, &Value::is_scalar)) others_.push_back(tuple);
  return Value::tuple(std::move(tuple));
}

Value Runtime::dict(Dict entries) {
  allocate(kContainerBytes + entries.size() * sizeof(Dict::Entry));
  const auto& dict = dicts_.emplace_back(std::make_shared<Dict>(std::move(entries)));
  return Value::dict(dict);
}

Value Runtime::object(std::shared_ptr<Object> object) {
  allocate(kContainerBytes);
  others_.push_back(object);
  return Value::object(std::move(object));
}

Value Runtime::undefined(std::string message, std::string name, Value object) const {
  return Value::undefined({std::move(message), std::move(name), std::move(object), {}, strict()});
}

void Runtime::fail_steps() const { fail_limit("steps", limits_.steps); }
void Runtime::fail_memory() const { fail_limit("bytes of memory", limits_.memory_bytes); }

void Runtime::Nesting::fail(Runtime& runtime) { fail_limit("levels of nesting", runtime.limits_.depth); }

}  // namespace tmpl
