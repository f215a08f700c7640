// Layers and JSON merge patches: the second document of an input goes on top of the first.
#include "envtool/patch/merge.h"

#include "tests/fuzz/documents.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  base::Sources sources;
  const std::vector<doc::Value> documents = fuzz::documents_of(fuzz::text_of(bytes, size), sources);
  if (documents.size() < 2) return 0;
  const doc::Value& lower = documents[0];
  const doc::Value& upper = documents[1];
  fuzz::require(fuzz::same(patch::merge(lower, doc::Value()), lower), "nothing on top changes nothing");
  fuzz::require(!lower.is_map() || fuzz::same(patch::merge(lower, doc::Value(doc::Map())), lower), "an empty map on top changes nothing");
  const doc::Value once = patch::json_merge_patch(lower, upper);
  fuzz::require(fuzz::same(patch::json_merge_patch(once, upper), once), "a merge patch twice is a merge patch once");
  fuzz::require(fuzz::same(patch::merge(lower, upper), once), "layering a document is what a merge patch does");
  return 0;
}
