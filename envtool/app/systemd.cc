#include "envtool/app/systemd.h"

#include <fmt/format.h>

#include "envtool/app/requests.h"
#include "envtool/base/strings.h"
#include "envtool/podman/arguments.h"

namespace app {
namespace {

/// The first podman that comes with a generator for units `NAME.kube` (podman-systemd.unit(5)).
constexpr manifest::Version kFirstWithQuadlets{4, 4, 0};

constexpr int kStartSeconds = 300;

/// For a value of a unit file, where `%` begins a specifier (systemd.unit(5)).
std::string value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '%') out += c;
  }
  return out;
}

/// A word of a command line (systemd.service(5), COMMAND LINES).
std::string word(const std::string& text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return value(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out + '"';
}

std::string command(const std::string& podman, const podman::Words& words) {
  std::vector<std::string> quoted{word(podman)};
  for (const std::string& each : words) quoted.push_back(word(each));
  return base::join(quoted, " ");
}

/// Secrets of the manifest outlive a machine that loses its power, and `kube play` does not replace them.
std::string remove_secrets(const model::Env& env, const std::string& podman) {
  podman::Words words{"secret", "rm"};
  for (const model::Secret& secret : env.secrets) words.push_back(secret.object);
  return env.secrets.empty() ? "" : fmt::format("ExecStartPre=-{}\n", command(podman, words));
}

std::string head(const model::Env& env, Manager manager) {
  const char* network = manager == Manager::machine ? "Wants=network-online.target\nAfter=network-online.target\n" : "";
  return fmt::format("# Made by `envtool systemd {}`. It plays what `envtool up {}` has written.\n[Unit]\nDescription={}\n{}\n", env.words(), env.words(),
                     value(env.title), network);
}

std::string install_section(Manager manager) {
  return fmt::format("\n[Install]\nWantedBy={}\n", manager == Manager::machine ? "multi-user.target" : "default.target");
}

std::string quadlet(const model::Env& env, const DeployDirectory& deploy, const std::string& podman) {
  std::string text = fmt::format("[Kube]\nYaml={}\nConfigMap={}\n", value(deploy.manifest_file().string()), value(deploy.config_file().string()));
  if (!env.network.empty()) text += fmt::format("Network={}\n", env.network);
  return text + fmt::format("\n[Service]\n{}TimeoutStartSec={}\nRestart=on-failure\n", remove_secrets(env, podman), kStartSeconds);
}

/// The pod of the last run is in the way; its volumes stay. `kube down` gives no time to end, so the pod is stopped before.
std::string service(const model::Env& env, const DeployDirectory& deploy, const std::string& podman) {
  const podman::PlayRequest request{deploy.manifest_file(), {deploy.config_file()}, env.network};
  return fmt::format("[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec={}\nExecStartPre=-{}\n{}ExecStart={}\nExecStop=-{}\nExecStopPost=-{}\n",
                     kStartSeconds, command(podman, podman::remove_pod_words(env.pod)), remove_secrets(env, podman), command(podman, podman::play_words(request)),
                     command(podman, podman::stop_pod_words(env.pod, kStopGrace)), command(podman, {"kube", "down", deploy.manifest_file().string()}));
}

}  // namespace

Unit make_unit(const model::Env& env, const DeployDirectory& deploy, const manifest::Target& target, Manager manager, const std::string& podman) {
  Unit unit;
  unit.is_quadlet = target.version >= kFirstWithQuadlets;
  unit.file = env.pod + (unit.is_quadlet ? ".kube" : ".service");
  unit.service = env.pod + ".service";
  const std::string body = unit.is_quadlet ? quadlet(env, deploy, podman) : service(env, deploy, podman);
  unit.text = head(env, manager) + body + install_section(manager);
  return unit;
}

fs::path unit_folder(const Unit& unit, Manager manager, const fs::path& config_home) {
  if (manager == Manager::machine) return unit.is_quadlet ? "/etc/containers/systemd" : "/etc/systemd/system";
  return config_home / (unit.is_quadlet ? "containers/systemd" : "systemd/user");
}

std::vector<std::string> how_to_start(const Unit& unit, Manager manager, const std::string& user) {
  const std::string systemctl = manager == Manager::machine ? "systemctl" : "systemctl --user";
  std::vector<std::string> commands{systemctl + " daemon-reload"};
  // A Quadlet is enabled by being there.
  commands.push_back(fmt::format("{} {} {}", systemctl, unit.is_quadlet ? "start" : "enable --now", unit.service));
  if (manager == Manager::user) commands.push_back("loginctl enable-linger " + user);
  return commands;
}

}  // namespace app
