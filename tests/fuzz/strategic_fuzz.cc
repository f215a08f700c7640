// Strategic merge patches: the last document of an input is a patch for those before it.
#include "envtool/patch/strategic.h"

#include <optional>

#include "envtool/patch/apply.h"
#include "tests/fuzz/documents.h"

namespace {

std::optional<doc::Value> patched(const doc::Value& object, const doc::Value& patch) {
  std::optional<doc::Value> result;
  fuzz::may_refuse([&] { result = patch::strategic_merge(object, patch); });
  return result;
}

void merge(const doc::Value& object, const doc::Value& patch) {
  const auto untouched = patched(object, doc::Value(doc::Map()));
  fuzz::require(!untouched || fuzz::same(*untouched, object), "an empty patch changes nothing");
  const auto result = patched(object, patch);
  const auto again = patched(object, patch);
  fuzz::require(result ? again && fuzz::same(*again, *result) : !again, "the same patch gives the same result");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  base::Sources sources;
  std::vector<doc::Value> documents = fuzz::documents_of(fuzz::text_of(bytes, size), sources);
  if (documents.size() < 2) return 0;
  const doc::Value patch = std::move(documents.back());
  documents.pop_back();
  for (const doc::Value& object : documents) merge(object, patch);
  fuzz::may_refuse([&] { patch::apply_patches(documents, {{patch::target_of(patch), patch}}); });
  return 0;
}
