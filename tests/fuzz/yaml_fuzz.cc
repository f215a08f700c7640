// YAML text: what is read is written and read again as the same values.
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "tests/fuzz/input.h"

namespace {

constexpr doc::ReadLimits kLimits{1U << 20U, 200, 50'000};

void read_back(const doc::Value& value) {
  base::Sources sources;
  const std::string yaml = doc::emit_yaml(value);
  const doc::Value again = doc::read_yaml(sources.add("emitted", yaml));
  fuzz::require(doc::canonical_json(again) == doc::canonical_json(value), "what is emitted reads back");
  fuzz::require(doc::emit_yaml(again) == yaml, "a second emission is the first");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  base::Sources sources;
  std::vector<doc::Value> documents;
  fuzz::may_refuse([&] { documents = doc::read_yaml_all(sources.add("input", std::string(fuzz::text_of(bytes, size))), kLimits); });
  for (const doc::Value& document : documents) read_back(document);
  base::Sources again;
  fuzz::require(documents.empty() || doc::read_yaml_all(again.add("emitted", doc::emit_yaml(documents))).size() == documents.size(),
                "a stream keeps its documents");
  return 0;
}
