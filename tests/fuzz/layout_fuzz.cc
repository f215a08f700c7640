// The layout of YAML text: laid out again, it stays, and so does what envtool writes itself.
#include "envtool/doc/layout.h"

#include <optional>
#include <string>

#include "tests/fuzz/documents.h"

namespace {

std::optional<std::string> laid_out(const std::string& text) {
  base::Sources sources;
  std::optional<std::string> result;
  fuzz::may_refuse([&] { result = doc::lay_out_yaml(sources.add("input", text)); });
  return result;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(fuzz::text_of(bytes, size));
  const std::optional<std::string> once = laid_out(text);
  if (!once) return 0;
  fuzz::require(laid_out(*once) == once, "a second layout is the first");
  base::Sources sources;
  const std::string emitted = doc::emit_yaml(fuzz::documents_of(text, sources));
  fuzz::require(laid_out(emitted) == emitted, "what is emitted is laid out");
  return 0;
}
