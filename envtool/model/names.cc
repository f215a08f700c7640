#include "envtool/model/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace model {
namespace {

constexpr std::size_t kLongestName = 253;

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

}  // namespace

bool is_object_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || !is_alphanumeric(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
}

bool is_env_name(std::string_view name) { return is_object_name(name) && name.find("..") == std::string_view::npos; }

std::string volume_object(std::string_view key, std::string_view env) { return fmt::format("{}_{}", key, env); }

std::string secret_object(std::string_view stem, std::string_view key, std::string_view env) {
  return fmt::format("{}-{}-{}", stem, key, env);
}

std::string pod_object(std::string_view stem, std::string_view env) { return fmt::format("{}-{}", stem, env); }

}  // namespace model
