// What a YAML scalar means, and whether several readers agree on it. Shared by the reader and the emitter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "envtool/doc/value.h"

namespace doc {

/// The value of a plain scalar: YAML 1.2's core schema, and `0644` as octal.
Value resolve_plain(std::string_view text);

/// The value of a scalar with a tag (`tag:yaml.org,2002:int` or `!!int` resolved), or nothing for an unknown tag.
std::optional<Value> resolve_tagged(std::string_view tag, const std::string& text);

/// Whether a plain scalar is read as this very string by readers of YAML 1.1 (go-yaml, PyYAML) and of YAML 1.2 alike.
bool is_plain_string(std::string_view text);

/// A real as YAML 1.1 and 1.2 both read it: always with a point, exponents with a sign, `.inf` and `.nan`.
std::string yaml_real(double value);

}  // namespace doc
