#include "envtool/manifest/object_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/digest.h"
#include "envtool/patch/names.h"

namespace manifest {
namespace {

constexpr std::size_t kDigestLength = 10;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string lower_with_dashes(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    plain += is_letter_or_digit(lower) ? lower : '-';
  }
  return plain;
}

}  // namespace

std::string plain_name(std::string_view name, std::size_t limit) {
  const std::string plain = lower_with_dashes(name);
  return patch::is_dns_label(plain) && plain.size() <= limit ? plain : patch::slug(name, limit);
}

void ObjectNames::add(const std::string& kind, const std::string& name) { names_[kind].insert(name); }

std::string ObjectNames::in_cluster(const std::string& kind, const std::string& name, std::size_t limit) const {
  const std::string plain = plain_name(name, limit);
  const auto known = names_.find(kind);
  if (plain == name || known == names_.end()) return plain;
  const bool is_alone = std::ranges::none_of(known->second, [&](const std::string& other) { return other != name && plain_name(other, limit) == plain; });
  return is_alone ? plain : patch::slug(name, limit);
}

std::string with_digest(const std::string& name, const std::string& digest) {
  return fmt::format("{}-{}", name, base::sha256(digest).substr(0, kDigestLength));
}

}  // namespace manifest
