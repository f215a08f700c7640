// Plain scalars: a text that counts as a plain string reads back as itself, and every real reads back to the last bit.
#include "envtool/doc/scalar.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "envtool/doc/yaml.h"
#include "tests/fuzz/input.h"

namespace {

void plain(std::string_view text) {
  const doc::Value value = doc::resolve_plain(text);
  if (!doc::is_plain_string(text)) return;
  fuzz::require(value == doc::Value(text), "a plain string is that string");
  base::Sources sources;
  const doc::Value read = doc::read_yaml(sources.add("plain", "- " + std::string(text) + "\n"));
  fuzz::require(read == doc::Value(doc::List{doc::Value(text)}), "a plain string is read from a document as itself");
}

void tagged(const std::string& text) {
  for (const char* type : {"str", "binary", "int", "float", "bool", "null", "map"}) {
    const auto value = doc::resolve_tagged(std::string("tag:yaml.org,2002:") + type, text);
    fuzz::require(!value || value->is_scalar(), "a tagged scalar is a scalar");
  }
}

void real(std::string_view bytes) {
  double value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  const doc::Value read = doc::resolve_plain(doc::yaml_real(value));
  fuzz::require(read.is_real(), "a real is read as a real");
  fuzz::require(std::isnan(value) ? std::isnan(read.as_real()) : read.as_real() == value, "a real reads back");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  plain(text);
  tagged(std::string(text));
  real(text);
  return 0;
}
