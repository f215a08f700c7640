#include "envtool/patch/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "envtool/base/digest.h"
#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace patch {
namespace {

constexpr std::string_view kSeparator = "---";
constexpr std::size_t kHashLength = 8;
constexpr std::size_t kTailLength = kSeparator.size() + kHashLength;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter_or_digit(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

/// One DNS label, of any length.
bool has_label_form(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool has_value_form(std::string_view text) {
  if (text.empty() || text.size() > kLabelLength) return false;
  if (!is_letter_or_digit(text.front()) || !is_letter_or_digit(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

/// What `---` and a hash are put behind: no `-` or `.` may stand in front of the separator.
std::string_view head_of(std::string_view text, std::size_t limit) {
  text = text.substr(0, limit - kTailLength);
  const std::size_t last = text.find_last_not_of("-.");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string with_hash(std::string_view head, std::string_view whole) {
  const std::string hash = base::sha256(whole).substr(0, kHashLength);
  return head.empty() ? fmt::format("x{}{}", kSeparator, hash) : fmt::format("{}{}{}", head, kSeparator, hash);
}

/// Lower case, each run of other characters as one `-`, beginning with a letter.
std::string safe_characters(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_lower_or_digit(lower)) {
      safe += lower;
    } else if (!safe.empty() && safe.back() != '-') {
      safe += '-';
    }
  }
  return !safe.empty() && safe.front() >= '0' && safe.front() <= '9' ? "x-" + safe : safe;
}

}  // namespace

bool is_dns_label(std::string_view text) { return text.size() <= kLabelLength && has_label_form(text); }

bool is_dns_subdomain(std::string_view text) {
  if (text.size() > kSubdomainLength) return false;
  const std::vector<std::string> labels = base::split(text, '.');
  return std::all_of(labels.begin(), labels.end(), has_label_form);
}

bool is_label_value(std::string_view text) { return text.empty() || has_value_form(text); }

bool is_label_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return has_value_form(text);
  return is_dns_subdomain(text.substr(0, slash)) && has_value_form(text.substr(slash + 1));
}

std::string escape(std::string_view text) {
  std::string name;
  for (const char c : text) {
    name += is_lower_or_digit(c) ? std::string(1, c) : fmt::format("-{:x}", static_cast<unsigned char>(c));
  }
  return name;
}

std::string shorten(std::string_view name, std::size_t limit) {
  return name.size() <= limit ? std::string(name) : with_hash(head_of(name, limit), name);
}

std::string slug(std::string_view text, std::size_t limit) {
  const bool is_letter_first = !text.empty() && text.front() >= 'a' && text.front() <= 'z';
  const bool usable =
      is_letter_first && is_dns_label(text) && text.size() <= limit && text.find("--") == std::string_view::npos;
  return usable ? std::string(text) : with_hash(head_of(safe_characters(text), limit), text);
}

std::vector<std::string> dashed(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  std::map<std::string, std::string> sources;
  for (const std::string& name : names) {
    std::string& mapped = all.emplace_back(name);
    std::replace(mapped.begin(), mapped.end(), '_', '-');
    const auto [found, is_new] = sources.emplace(mapped, name);
    if (is_new || found->second == name) continue;
    throw base::Error(fmt::format("`{}` and `{}` would both be named `{}`", found->second, name, mapped))
        .hint("rename one of them");
  }
  return all;
}

}  // namespace patch
