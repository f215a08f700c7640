#include "envtool/manifest/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "envtool/base/error.h"

namespace manifest {
namespace {

/// From podman's history, and from tests/peer/podman, which tries each line on two podmans; what Kubernetes can do is tried on an
/// API server by tests/peer/kube_form.
constexpr std::array kCapabilities{
    Capability{Feature::sub_path, "sub_path", {4, 4, 0}, kAlways},
    Capability{Feature::secret_volumes, "secret_volumes", {4, 4, 0}, kAlways},
    Capability{Feature::secret_string_data, "secret_string_data", {4, 4, 0}, kAlways},
    Capability{Feature::secret_env, "secret_env", {4, 4, 0}, kAlways},
    Capability{Feature::optional_left_out, "optional_left_out", {4, 4, 0}, kAlways},
    Capability{Feature::file_modes, "file_modes", {4, 8, 0}, kAlways},
    Capability{Feature::claims_that_exist, "claims_that_exist", {4, 4, 0}, kAlways},
    Capability{Feature::config_map_documents, "config_map_documents", {4, 6, 0}, kAlways},
    Capability{Feature::removes_secrets, "removes_secrets", {4, 5, 0}, kAlways},
    Capability{Feature::daemon_sets, "daemon_sets", {4, 7, 0}, kAlways},
    Capability{Feature::jobs, "jobs", {5, 3, 0}, kAlways},
    Capability{Feature::sub_path_expr, "sub_path_expr", kNever, kAlways},
    Capability{Feature::core_v1, "core_v1", kAlways, kNever},
    Capability{Feature::loose_names, "loose_names", kAlways, kNever},
    Capability{Feature::number_variables, "number_variables", kAlways, kNever},
};

/// Reads a number off the front of the text.
bool take_number(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Version parse_version(std::string_view text) {
  Version version;
  std::string_view rest = text;
  const bool ok = take_number(rest, version.major) &&
                  (!take_dot(rest) || (take_number(rest, version.minor) && (!take_dot(rest) || take_number(rest, version.patch))));
  const bool ends = rest.empty() || rest.front() == '-' || rest.front() == '+' || rest.front() == '~';
  if (!ok || !ends) throw base::Error(fmt::format("`{}` is no version", text));
  return version;
}

std::string to_string(const Version& version) { return fmt::format("{}.{}.{}", version.major, version.minor, version.patch); }

namespace {

/// How targets are written, and what of them is known.
struct PlatformWords {
  Platform platform;
  std::string_view name;    ///< in targets
  std::string_view called;  ///< in sentences
  Version oldest;
};
constexpr std::array kPlatforms{PlatformWords{Platform::podman, "podman", "podman", kOldestPodman},
                                PlatformWords{Platform::kubernetes, "kubernetes", "Kubernetes", kOldestKubernetes}};
constexpr const char* kTargetForm = "targets are written like `podman@4.3`, `podman@5.4.2` or `kubernetes@1.36`";

const PlatformWords& words_of(Platform platform) { return *std::ranges::find(kPlatforms, platform, &PlatformWords::platform); }

}  // namespace

void require_supported(const Target& target) {
  const PlatformWords& words = words_of(target.platform);
  if (target.version >= words.oldest) return;
  throw base::Error(fmt::format("{} {} is too old", words.called, to_string(target.version)))
      .hint(fmt::format("envtool works with {} {} and newer", words.called, to_string(words.oldest)));
}

Target parse_target(std::string_view text) {
  const std::size_t at = text.find('@');
  const auto words = std::ranges::find(kPlatforms, text.substr(0, at), &PlatformWords::name);
  const bool without_version = at == std::string_view::npos;
  if (words == kPlatforms.end() || (without_version && words->platform == Platform::podman)) {
    throw base::Error(fmt::format("unknown target `{}`", text)).hint(kTargetForm);
  }
  if (without_version) return {Platform::kubernetes, kNewestKubernetes};
  Target target{words->platform, {}};
  try {
    target.version = parse_version(text.substr(at + 1));
  } catch (const base::Error&) {
    throw base::Error(fmt::format("target `{}` names no version of {}", text, words->called)).hint(kTargetForm);
  }
  require_supported(target);
  return target;
}

std::string to_string(const Target& target) {
  if (target.platform == Platform::podman) return "podman@" + to_string(target.version);
  return fmt::format("kubernetes@{}.{}", target.version.major, target.version.minor);
}

std::span<const Capability> capabilities() { return kCapabilities; }

Version since(Platform platform, Feature feature) {
  const Capability& line = *std::ranges::find(kCapabilities, feature, &Capability::feature);
  return platform == Platform::podman ? line.podman : line.kubernetes;
}

bool has(const Target& target, Feature feature) { return target.version >= since(target.platform, feature); }

}  // namespace manifest
