// Names made from any text: Kubernetes accepts them.
#include "envtool/patch/names.h"

#include "tests/fuzz/input.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  for (const std::size_t limit : {16U, 17U, 32U, 63U}) {
    const std::string slug = patch::slug(text, limit);
    fuzz::require(patch::is_dns_label(slug) && slug.size() <= limit, "a slug is a DNS label within its limit");
    fuzz::require(patch::shorten(text, limit).size() <= limit, "a shortened name is within its limit");
  }
  const std::string escaped = patch::escape(text);
  fuzz::require(escaped.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos, "an escaped name is safe");
  patch::is_dns_subdomain(text);
  patch::is_label_key(text);
  patch::is_label_value(text);
  return 0;
}
