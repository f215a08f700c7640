#include "envtool/spawn/profile.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/strings.h"

namespace spawn {
namespace {

[[noreturn]] void fail_unknown(const Config& config, const std::string& slug) {
  std::vector<std::string> slugs;
  for (const Profile& profile : config.profiles) slugs.push_back(profile.slug);
  throw base::Error(fmt::format("no such profile: {}. Options include: {}", slug, base::join(slugs, ", "))).guess(slug, slugs);
}

}  // namespace

const Profile* find_profile(const Config& config, const std::optional<std::string>& slug) {
  const std::vector<Profile>& profiles = config.profiles;
  if (profiles.empty()) return nullptr;
  const bool named = slug && !slug->empty();
  const auto wanted = std::find_if(profiles.begin(), profiles.end(), [&](const Profile& profile) {
    return named ? profile.slug == *slug : profile.is_default;
  });
  if (wanted != profiles.end()) return &*wanted;
  if (named) fail_unknown(config, *slug);
  return &profiles.front();
}

}  // namespace spawn
