#include "envtool/podman/account.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace podman {
namespace {

constexpr unsigned kSysResource = 24;  // CAP_SYS_RESOURCE, capability.h

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
  const auto settings = sys::read_file_if_exists(user.home + "/.config/containers/containers.conf");
  const bool runc = settings && settings->find("\"runc\"") != std::string::npos;
  if (runc) environment.emplace_back("BUILDAH_RUNTIME=runc");
  return environment;
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
  if (geteuid() != 0) return {};
  if (account && !account->empty()) return launcher_for(*account);
  return can_run_rootful() ? Launcher{} : launcher_for(kRootlessAccount);
}

}  // namespace podman
