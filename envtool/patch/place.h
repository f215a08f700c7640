// Where in an object a walk has come to, for messages. Costs nothing until a message is made.
#pragma once

#include <string>
#include <string_view>

namespace patch {

/// One step below a parent that lives on the stack of the walk; the root has an empty name.
struct Place {
  enum class Step { field, element };

  const Place* parent = nullptr;
  std::string_view name;
  Step step = Step::field;

  Place field(std::string_view key) const { return {this, key, Step::field}; }
  Place element(std::string_view id) const { return {this, id, Step::element}; }
};

/// `spec.containers[notebook].env`, with list elements named by their merge key.
std::string to_string(const Place& place);

}  // namespace patch
