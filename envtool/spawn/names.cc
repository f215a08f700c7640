#include "envtool/spawn/names.h"

#include <algorithm>

#include "envtool/patch/names.h"

namespace spawn {
namespace {

constexpr std::size_t kTailLength = 11;  ///< `---` and eight digits

bool is_hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool looks_shortened(std::string_view name) {
  if (name.size() < kTailLength) return false;
  const std::string_view tail = name.substr(name.size() - kTailLength);
  return tail.starts_with("---") && std::all_of(tail.begin() + 3, tail.end(), is_hexadecimal);
}

bool has_label_form(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string object_name(std::string_view rendered) {
  if (patch::is_dns_label(rendered) && !looks_shortened(rendered)) return std::string(rendered);
  const bool only_long = has_label_form(rendered) && rendered.size() > patch::kLabelLength && !rendered.starts_with('-');
  // A key of allowed characters keeps its beginning to the letter; anything else goes through slug, which a text with `--`
  // in it never leaves unchanged.
  return only_long ? patch::shorten(rendered, patch::kLabelLength) : patch::slug(rendered);
}

}  // namespace spawn
