#include "envtool/patch/place.h"

#include <fmt/format.h>

#include "envtool/doc/value.h"

namespace patch {

std::string to_string(const Place& place) {
  if (place.parent == nullptr) return {};
  const std::string above = to_string(*place.parent);
  if (place.step == Place::Step::element) return fmt::format("{}[{}]", above, place.name);
  return doc::join_path(above, place.name);
}

}  // namespace patch
