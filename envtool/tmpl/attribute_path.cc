#include "envtool/tmpl/attribute_path.h"

#include <algorithm>
#include <charconv>

#include "envtool/base/error.h"
#include "envtool/tmpl/access.h"
#include "envtool/tmpl/runtime.h"
#include "envtool/tmpl/text.h"

namespace tmpl {
namespace {

Value to_part(Runtime& runtime, std::string_view text) {
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::int64_t index = 0;
  if (digits && std::from_chars(text.data(), text.data() + text.size(), index).ec == std::errc{}) {
    return Value::integer(index);
  }
  return runtime.text(std::string(text));
}

}  // namespace

AttributePath::AttributePath(Runtime& runtime, const Value& attribute) {
  if (attribute.is_missing() || attribute.is_none()) return;
  if (attribute.is_text()) {
    add_parts(runtime, attribute.as_text());
  } else {
    parts_.push_back(attribute);
  }
}

void AttributePath::add_parts(Runtime& runtime, std::string_view text) {
  for (const std::string_view part : split_by(text, ".", -1)) parts_.push_back(to_part(runtime, part));
}

std::vector<AttributePath> AttributePath::parse_list(Runtime& runtime, const Value& attributes) {
  if (!attributes.is_text()) return {AttributePath(runtime, attributes)};
  std::vector<AttributePath> paths;
  for (const std::string_view part : split_by(attributes.as_text(), ",", -1)) {
    AttributePath path;
    path.add_parts(runtime, part);
    paths.push_back(std::move(path));
  }
  return paths;
}

Value AttributePath::get(Runtime& runtime, const Value& item, const Value& fallback) const {
  Value value = item;
  for (const Value& part : parts_) {
    runtime.step();
    auto found = get_item(runtime, value, part);
    value = found ? std::move(*found) : undefined_member(runtime, value, part);
    const bool replace = !fallback.is_missing() && !fallback.is_none();
    if (replace && value.is_undefined()) value = fallback;
  }
  return value;
}

Value ignore_case(Runtime& runtime, const Value& value) {
  return value.is_text() ? runtime.text(lower(value.as_text())) : value;
}

}  // namespace tmpl
