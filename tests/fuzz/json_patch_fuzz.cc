// JSON patches and pointers: the second document of an input is a patch for the first.
#include "envtool/patch/json_patch.h"

#include "envtool/patch/pointer.h"
#include "tests/fuzz/documents.h"

namespace {

void round_trip(std::string_view text) {
  const patch::Pointer pointer = patch::parse_pointer(text);
  fuzz::require(patch::to_string(pointer) == text, "a pointer's text reads back");
}

void pointers_of(const doc::Value& patch) {
  if (!patch.is_list()) return;
  for (const doc::Value& operation : patch.as_list()) {
    const doc::Value* path = operation.find("path");
    if (path != nullptr && path->is_string()) fuzz::may_refuse([&] { round_trip(path->as_string()); });
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  base::Sources sources;
  const std::vector<doc::Value> documents = fuzz::documents_of(fuzz::text_of(bytes, size), sources);
  if (documents.size() < 2) return 0;
  fuzz::require(fuzz::same(patch::json_patch(documents[0], doc::Value(doc::List())), documents[0]), "no operation changes nothing");
  fuzz::may_refuse([&] { patch::json_patch(documents[0], documents[1]); });
  pointers_of(documents[1]);
  return 0;
}
