#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "envtool/app/machine.h"
#include "envtool/app/standins.h"
#include "envtool/base/strings.h"
#include "envtool/podman/account.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};

/// The text of a file, empty if there is none or it can't be read.
std::string text_of(const fs::path& path) {
  try {
    return sys::read_file_if_exists(path).value_or("");
  } catch (const base::Error&) {
    return {};
  }
}

/// How many ids subuid(5) or subgid(5) give to a user, by name or by number.
std::uint64_t count_ids(const std::string& text, const sys::User& user) {
  std::uint64_t sum = 0;
  for (const std::string& line : base::split(text, '\n')) {
    const std::vector<std::string> fields = base::split(line, ':');
    if (fields.size() != 3 || (fields[0] != user.name && fields[0] != std::to_string(user.uid))) continue;
    std::uint64_t count = 0;
    std::from_chars(fields[2].data(), fields[2].data() + fields[2].size(), count);
    sum += count;
  }
  return sum;
}

bool ids_are_in_files() {
  for (const std::string& line : base::split(text_of("/etc/nsswitch.conf"), '\n')) {
    if (line.starts_with("subid:")) return line.find("files") != std::string::npos;
  }
  return true;
}

/// newuidmap and its twin need root's rights for their work: by the set-user-id bit or by a capability.
std::string id_mapping_problem() {
  for (const char* name : {"newuidmap", "newgidmap"}) {
    const std::optional<std::string> path = sys::find_program(name);
    if (!path) return fmt::format("there is no program `{}`", name);
    struct stat info {};
    const bool set_user_id = stat(path->c_str(), &info) == 0 && info.st_uid == 0 && (info.st_mode & S_ISUID) != 0;
    if (!set_user_id && getxattr(path->c_str(), "security.capability", nullptr, 0) <= 0) {
      return fmt::format("`{}` has neither the set-user-id bit nor a capability", *path);
    }
  }
  return {};
}

fs::path own_runtime_folder(const sys::User& user) { return fmt::format("/tmp/podman-run-{}", user.uid); }

/// Without a session, podman takes the last of these, and makes it.
fs::path runtime_folder(const podman::Launcher& launcher, const sys::User& user) {
  const char* own = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  if (!launcher.user && own != nullptr) return own;
  const fs::path of_session = fmt::format("/run/user/{}", user.uid);
  std::error_code ignored;
  return launcher.user || fs::exists(of_session, ignored) ? of_session : own_runtime_folder(user);
}

std::string runtime_folder_problem(const fs::path& folder, const sys::User& user) {
  struct stat info {};
  const bool there = stat(folder.c_str(), &info) == 0;
  if (!there && folder == own_runtime_folder(user)) return {};
  if (!there || !S_ISDIR(info.st_mode)) return "is missing";
  if (info.st_uid != user.uid) return fmt::format("belongs to the user with id {}", info.st_uid);
  return (info.st_mode & 077U) != 0 ? fmt::format("has mode {:o} instead of 700", info.st_mode & 07777U) : "";
}

std::string tunnel_problem(const sys::User& user) {
  struct stat info {};
  if (stat("/dev/net/tun", &info) != 0) return "is missing";
  const mode_t wanted = S_IROTH | S_IWOTH;
  const bool others = (info.st_mode & wanted) == wanted;
  return others || info.st_uid == user.uid ? "" : fmt::format("has mode {:o}, so `{}` can't open it", info.st_mode & 07777U, user.name);
}

bool is_filesystem(const char* path, long type) {
  struct statfs info {};
  return statfs(path, &info) == 0 && info.f_type == type;
}

ControlGroups control_groups() {
  if (is_filesystem("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC)) return ControlGroups::v2;
  if (is_filesystem("/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC)) return ControlGroups::hybrid;
  std::error_code ignored;
  return fs::exists("/sys/fs/cgroup/memory", ignored) || fs::exists("/sys/fs/cgroup/systemd", ignored) ? ControlGroups::v1 : ControlGroups::absent;
}

/// The value of `runtime = "..."` in a containers.conf(5).
std::string configured_runtime(const fs::path& file) {
  for (const std::string& line : base::split(text_of(file), '\n')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || base::trim(std::string_view(line).substr(0, equals)) != "runtime") continue;
    std::string_view value = base::trim(std::string_view(line).substr(equals + 1));
    if (value.size() > 1 && value.front() == '"') return std::string(value.substr(1, value.find('"', 1) - 1));
  }
  return {};
}

std::vector<std::string> programs_here() {
  std::vector<std::string> found;
  for (const char* name : {"crun", "runc", "pasta", "slirp4netns", "mmdebstrap"}) {
    if (sys::find_program(name)) found.emplace_back(name);
  }
  return found;
}

void add_disk(const char* what, fs::path path, MachineFacts& facts) {
  std::error_code failed;
  while (!fs::exists(path, failed) && path.has_relative_path()) path = path.parent_path();
  const fs::space_info space = fs::space(path, failed);
  if (!failed) facts.disks.push_back({what, path.string(), space.available});
}

fs::path storage_folder(const podman::Launcher& launcher, const sys::User& user, PodmanMode mode) {
  if (mode == PodmanMode::rootful) return "/var/lib/containers/storage";
  const char* data = std::getenv("XDG_DATA_HOME");  // NOLINT(concurrency-mt-unsafe)
  const fs::path base = launcher.user || data == nullptr ? fs::path(user.home) / ".local/share" : fs::path(data);
  return base / "containers/storage";
}

void add_ports(const model::Env& env, const podman::Podman* podman, MachineFacts& facts) {
  const std::vector<podman::PublishedPort> published = podman != nullptr ? podman->published_ports() : std::vector<podman::PublishedPort>{};
  for (const model::Port& port : env.ports) {
    PortFacts seen{port, sys::listen_problem(port.host_ip, port.host_port), {}, "", ""};
    if (!seen.problem.empty()) seen.listeners = sys::find_listeners(port.host_port);
    for (const podman::PublishedPort& candidate : published) {
      if (candidate.host_port != port.host_port) continue;
      seen.container = candidate.container;
      seen.pod = candidate.pod;
    }
    facts.ports.push_back(seen);
  }
}

/// The project's files are no younger than now, if the clock is right.
std::optional<TimeFacts> newest_file(const Project& project, const Environment* environment) {
  std::vector<fs::path> files{project.root / "envs", project.state_directory(), "/proc/self/exe"};
  if (environment != nullptr) {
    files.push_back(project.definition(environment->env.name));
    files.push_back(project.deploy_directory(environment->env.id()));
  }
  std::optional<TimeFacts> newest;
  for (const fs::path& file : files) {
    struct stat info {};
    if (stat(file.c_str(), &info) != 0) continue;
    if (!newest || info.st_mtime > newest->time) newest = TimeFacts{file.string(), info.st_mtime};
  }
  return newest;
}

/// The time of the first registry that the environment takes an image from, if it answers.
std::optional<TimeFacts> server_time(const Environment* environment, http::Client& http, std::stop_token stop) {
  if (environment == nullptr) return std::nullopt;
  for (const model::Image& image : environment->env.images) {
    const auto* build = std::get_if<model::Build>(&image.source);
    if (build == nullptr || !build->base || build->base->image.empty()) continue;
    const std::string url = registry_url(build->base->image);
    const http::Response response = http.get(url, kPatience, std::move(stop));
    return response.date ? std::optional(TimeFacts{url, *response.date}) : std::nullopt;
  }
  return std::nullopt;
}

bool builds_base(const model::Env& env) {
  return std::any_of(env.images.begin(), env.images.end(),
                     [](const model::Image& image) { return std::holds_alternative<model::Bootstrap>(image.source); });
}

void add_account_facts(const podman::Launcher& launcher, const sys::User& user, MachineFacts& facts) {
  facts.account = user.name;
  facts.mode = user.uid == 0 ? PodmanMode::rootful : PodmanMode::rootless;
  if (ids_are_in_files()) {
    facts.subordinate_uids = count_ids(text_of("/etc/subuid"), user);
    facts.subordinate_gids = count_ids(text_of("/etc/subgid"), user);
  }
  const fs::path folder = runtime_folder(launcher, user);
  facts.runtime_folder = folder.string();
  facts.runtime_folder_problem = runtime_folder_problem(folder, user);
  facts.tunnel_problem = tunnel_problem(user);
  facts.configured_runtime = configured_runtime(fs::path(user.home) / ".config/containers/containers.conf");
}

/// Whoever runs it, the version is the same.
std::string podman_version(sys::Processes& processes) {
  try {
    return sys::find_program("podman") ? podman::Podman(processes, {}).version() : "";
  } catch (const base::Error&) {
    return {};
  }
}

/// Asks podman itself, unless this would be the account's first use of it.
void add_podman_facts(const podman::Podman& podman, const fs::path& storage, const Environment* environment, MachineFacts& facts) {
  try {
    std::error_code ignored;
    const bool used = fs::exists(storage, ignored);
    if (used) facts.podman = podman.info();
    if (environment != nullptr) add_ports(environment->env, used ? &podman : nullptr, facts);
  } catch (const base::Error& error) {
    const std::string said = base::join(error.diagnostics().front().notes, "; ");
    facts.podman_problem = error.what() + (said.empty() ? "" : ": " + said);
  }
}

}  // namespace

MachineFacts probe_machine(const Project& project, const Environment* environment, const MachineTools& tools, std::stop_token stop) {
  MachineFacts facts;
  facts.id_mapping_problem = id_mapping_problem();
  facts.control_groups = control_groups();
  facts.programs = programs_here();
  facts.now = std::time(nullptr);
  facts.newest_file = newest_file(project, environment);
  facts.server = server_time(environment, tools.http, std::move(stop));
  add_disk("project", project.root, facts);
  if (environment != nullptr) {
    facts.builds_base = builds_base(environment->env);
    facts.own_pod = environment->env.pod;
  }
  facts.podman_version = podman_version(tools.processes);
  try {
    const podman::Launcher launcher = podman::choose_launcher(tools.podman_account);
    const sys::User user = launcher.user.value_or(sys::current_user());
    add_account_facts(launcher, user, facts);
    const fs::path storage = storage_folder(launcher, user, facts.mode);
    if (!facts.podman_version.empty()) add_podman_facts(podman::Podman(tools.processes, launcher), storage, environment, facts);
    add_disk("podman", facts.podman ? fs::path(facts.podman->storage_root) : storage, facts);
  } catch (const base::Error& error) {
    facts.account_problem = error.what();
  }
  if (environment != nullptr && facts.ports.empty()) add_ports(environment->env, nullptr, facts);
  return facts;
}

}  // namespace app
