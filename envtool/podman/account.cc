#include "envtool/podman/account.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace podman {
namespace {

constexpr unsigned kSysResource = 24;  // CAP_SYS_RESOURCE, capability.h

/// Builds take no notice of the runtime in containers.conf.
constexpr const char* kBuildWithRunc = "BUILDAH_RUNTIME=runc";

/// crun starts nothing where control groups of version 1 and 2 are mounted side by side.
bool crun_works() {
  struct statfs unified {};
  return statfs("/sys/fs/cgroup/unified", &unified) != 0 || unified.f_type != CGROUP2_SUPER_MAGIC;
}

std::uint64_t effective_capabilities() {
  const std::optional<std::string> status = sys::read_file_if_exists("/proc/self/status");
  for (const std::string& line : base::split(status.value_or(""), '\n')) {
    if (!line.starts_with("CapEff:")) continue;
    const std::string_view digits = base::trim(std::string_view(line).substr(7));
    std::uint64_t mask = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
    return mask;
  }
  return 0;
}

/// What rootless podman needs and nothing else of root's. The host's proxies are kept: builds and clones need them.
std::vector<std::string> clean_environment(const sys::User& user) {
  std::vector<std::string> environment{
      "HOME=" + user.home,
      "USER=" + user.name,
      "LOGNAME=" + user.name,
      "SHELL=/bin/sh",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      fmt::format("XDG_RUNTIME_DIR=/run/user/{}", user.uid),
  };
  constexpr std::array kPassed{"LANG", "TERM", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"};
  for (const char* name : kPassed) {
    if (const char* value = std::getenv(name)) environment.push_back(fmt::format("{}={}", name, value));  // NOLINT
  }
  if (!crun_works()) environment.emplace_back(kBuildWithRunc);
  return environment;
}

/// This process's own environment, with what builds need here; nothing where they need nothing.
std::optional<std::vector<std::string>> own_environment() {
  if (crun_works() || std::getenv("BUILDAH_RUNTIME") != nullptr) return std::nullopt;  // NOLINT(concurrency-mt-unsafe)
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  variables.emplace_back(kBuildWithRunc);
  return variables;
}

Launcher own_launcher() {
  Launcher launcher;
  launcher.environment = own_environment();
  return launcher;
}

Launcher launcher_for(const std::string& account) {
  const std::optional<sys::User> user = sys::find_user(account);
  if (!user) {
    throw base::Error(fmt::format("podman can't run as root here, and the account `{}` that would run it does not exist", account))
        .hint("run `make setup`, which prepares it");
  }
  Launcher launcher;
  launcher.user = user;
  launcher.environment = clean_environment(*user);
  return launcher;
}

}  // namespace

bool can_run_rootful() { return geteuid() == 0 && (effective_capabilities() >> kSysResource & 1U) != 0; }

Launcher choose_launcher(const std::optional<std::string>& account) {
  if (std::getenv("CONTAINER_HOST") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    throw base::Error("podman is set to a remote service by `CONTAINER_HOST`, and volumes of another machine can't be mounted here")
        .hint("unset CONTAINER_HOST to use podman on this machine");
  }
  if (geteuid() != 0) return own_launcher();
  if (account && !account->empty()) return launcher_for(*account);
  return can_run_rootful() ? own_launcher() : launcher_for(kRootlessAccount);
}

}  // namespace podman
