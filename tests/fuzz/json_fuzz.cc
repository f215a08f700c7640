// JSON text: what is read is written, as JSON and as YAML, and read again as the same values.
#include <algorithm>
#include <optional>

#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "tests/fuzz/input.h"

namespace {

constexpr std::size_t kDepthOfYaml = 150;

std::size_t depth_of(const doc::Value& value) {
  std::size_t below = 0;
  if (value.is_list()) {
    for (const doc::Value& item : value.as_list()) below = std::max(below, depth_of(item));
  } else if (value.is_map()) {
    for (const doc::Entry& entry : value.as_map()) below = std::max(below, depth_of(entry.value));
  }
  return below + 1;
}

void read_back(const doc::Value& value) {
  const std::string canonical = doc::canonical_json(value);
  fuzz::require(doc::parse_json(doc::emit_json(value), "compact") == value, "compact JSON reads back");
  fuzz::require(doc::parse_json(doc::emit_json(value, doc::JsonStyle::indented), "indented") == value, "indented JSON reads back");
  fuzz::require(doc::canonical_json(doc::parse_json(canonical, "canonical")) == canonical, "canonical JSON stays as it is");
  if (depth_of(value) > kDepthOfYaml) return;
  base::Sources sources;
  const doc::Value yaml = doc::read_yaml(sources.add("yaml", doc::emit_yaml(value)));
  fuzz::require(doc::canonical_json(yaml) == canonical, "YAML holds what JSON holds");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::optional<doc::Value> value;
  fuzz::may_refuse([&] { value = doc::parse_json(fuzz::text_of(bytes, size), "input"); });
  if (value) read_back(*value);
  return 0;
}
