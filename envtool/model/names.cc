#include "envtool/model/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "envtool/base/strings.h"

namespace model {
namespace {

constexpr std::size_t kLongestName = 253;

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_path_part(std::string_view part) {
  const auto is_lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (part.empty() || !is_lower_or_digit(part.front()) || !is_lower_or_digit(part.back())) return false;
  return std::all_of(part.begin(), part.end(), [&](char c) { return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_registry(std::string_view part) {
  return !part.empty() && is_alphanumeric(part.front()) && std::all_of(part.begin(), part.end(), [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == ':';
  });
}

bool is_tag(std::string_view tag) {
  constexpr std::size_t kLongestTag = 128;
  if (tag.empty() || tag.size() > kLongestTag || tag.front() == '.' || tag.front() == '-') return false;
  return std::all_of(tag.begin(), tag.end(), [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_digest(std::string_view digest) {
  constexpr std::string_view kAlgorithm = "sha256:";
  constexpr std::size_t kDigits = 64;
  if (!digest.starts_with(kAlgorithm) || digest.size() != kAlgorithm.size() + kDigits) return false;
  return digest.find_first_not_of("0123456789abcdef", kAlgorithm.size()) == std::string_view::npos;
}

}  // namespace

bool is_image_reference(std::string_view text) {
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    if (!is_digest(text.substr(at + 1))) return false;
    text = text.substr(0, at);
  }
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos) {
    if (!is_tag(text.substr(colon + 1))) return false;
    text = text.substr(0, colon);
  }
  std::vector<std::string> parts = base::split(text, '/');
  const bool has_registry = parts.size() > 1 && is_registry(parts.front());
  return std::all_of(parts.begin() + (has_registry ? 1 : 0), parts.end(), is_path_part);
}

bool is_object_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || !is_alphanumeric(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
}

bool is_env_name(std::string_view name) { return is_object_name(name) && name.find("..") == std::string_view::npos; }

bool is_instance_name(std::string_view name) {
  return is_object_name(name) && std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '_'; });
}

std::string instance_id(std::string_view env, std::string_view instance) {
  return instance.empty() ? std::string(env) : fmt::format("{}-{}", env, instance);
}

std::optional<InstanceOf> split_instance_id(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || !is_instance_name(id.substr(dash + 1))) return std::nullopt;
  return InstanceOf{std::string(id.substr(0, dash)), std::string(id.substr(dash + 1))};
}

std::string volume_object(std::string_view key, std::string_view env) { return fmt::format("{}_{}", key, env); }

std::string secret_object(std::string_view stem, std::string_view key, std::string_view env) {
  return fmt::format("{}-{}-{}", stem, key, env);
}

std::string pod_object(std::string_view stem, std::string_view env) { return fmt::format("{}-{}", stem, env); }

}  // namespace model
