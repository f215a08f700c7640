// An input that is a stream of YAML documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envtool/doc/yaml.h"
#include "tests/fuzz/input.h"

namespace fuzz {

/// The documents of an input; none if it is refused. Small: the aim is what is done with them.
inline std::vector<doc::Value> documents_of(std::string_view text, base::Sources& sources) {
  std::vector<doc::Value> documents;
  may_refuse([&] { documents = doc::read_yaml_all(sources.add("input", std::string(text)), {1U << 16U, 50, 5'000}); });
  return documents;
}

/// Compared as text: what isn't a number equals nothing, not even itself.
inline bool same(const doc::Value& one, const doc::Value& other) { return doc::emit_yaml(one) == doc::emit_yaml(other); }

}  // namespace fuzz
