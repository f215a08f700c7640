#include "envtool/app/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "envtool/app/requests.h"
#include "envtool/base/strings.h"
#include "envtool/podman/arguments.h"

namespace app {
namespace {

// Words that stand for what is known only when the script runs. Shells leave them as they are, unquoted.
constexpr std::string_view kKeyMark = "@KEY@";
constexpr std::string_view kFolderMark = "@FOLDER@";

std::string quoted(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) out.push_back(base::shell_quote(word));
  return base::join(out, " ");
}

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += by.size()) text.replace(at, mark.size(), by);
  return text;
}

std::string podman_line(const podman::Words& words) {
  return replaced(replaced("podman " + quoted(words), kKeyMark, "\"$key\""), kFolderMark, "\"$folder\"");
}

/// A setting of podman's environment; proxies are taken from the shell that runs the script, for they may hold passwords.
std::string setting(const std::string& entry) {
  const std::string name = entry.substr(0, entry.find('='));
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.ends_with("_proxy") ? fmt::format("{}=\"${{{}-}}\"", name, name) : base::shell_quote(entry);
}

/// Writes the commands of one step after another.
class CommandWriter {
 public:
  CommandWriter(const ScriptSubject& subject, const Invocation& invocation) : subject_(subject), invocation_(invocation) {}

  void add(const plan::Step& step) {
    step_ = &step;
    lines_.push_back(fmt::format("# {}: {}", step.id, step.reason));
    std::visit(*this, step.payload);
  }

  std::vector<std::string> take() { return std::move(lines_); }

  void operator()(const plan::GetRepository&) { by_envtool(); }
  void operator()(const plan::MakeDeployConfig&) { by_envtool(); }
  void operator()(const plan::PrepareSecret&) { by_envtool(); }
  void operator()(const plan::WriteManifest&) { write_manifest(); }
  void operator()(const plan::WaitReady&) { by_envtool(); }
  void operator()(const plan::RememberKeys&) { by_envtool(); }
  void operator()(const plan::RotateSecrets& step) {
    std::vector<std::string> words{"envtool", "keys", "rotate", "--files-only"};
    words.insert(words.end(), invocation_.environment.begin(), invocation_.environment.end());
    for (const model::Secret& secret : step.secrets) words.push_back(secret.name);
    lines_.push_back(quoted(words));
  }

  void operator()(const plan::BootstrapImage& step) {
    const std::string make = as_podman_user(bootstrap_command(step, subject_.facts, subject_.podman, "-"));
    lines_.push_back(make + " | " + podman_line(podman::import_image_words("-", step.reference, bootstrap_changes(step_->key.value_or("")))));
  }
  void operator()(const plan::BuildImage& step) {
    const plan::Key key = known_key();
    piped(podman::build_words(make_build_request(subject_.environment, step, key)));
  }
  void operator()(const plan::PushImage& step) { podman_command(podman::push_image_words(step.reference, step.destination)); }
  void operator()(const plan::ClusterWork&) { by_envtool(); }
  void operator()(const plan::SeedVolume& step) { new_volume(step.volume.object); }
  void operator()(const plan::SeedSecret& step) {
    if (subject_.facts.volume(step.secret.object).present) {
      remove_pod();
      podman_command(podman::remove_volume_words(step.secret.object));
    }
    new_volume(step.secret.object);
  }
  void operator()(const plan::RefillSecret& step) { piped(podman::import_volume_words(step.secret.object)); }
  void operator()(const plan::RestartContainer& step) { podman_command(podman::restart_container_words(step.container, kStopGrace)); }

  void operator()(const plan::PlayPod& step) {
    if (!manifest_written_) write_manifest();
    remove_pod();
    for (const model::Secret& secret : subject_.environment.env.secrets) {
      lines_.push_back(podman_line(podman::remove_secret_words(secret.object)) + " 2> /dev/null || true");
    }
    podman_command(podman::play_words({readable(subject_.deploy.manifest_file()), {readable(subject_.deploy.config_file())}, step.network}));
  }
  void operator()(const plan::RemovePod&) { remove_pod(); }
  void operator()(const plan::RemoveVolume& step) { podman_command(podman::remove_volume_words(step.volume)); }
  void operator()(const plan::RemoveSecret& step) { podman_command(podman::remove_secret_words(step.secret)); }
  void operator()(const plan::RemoveImage& step) { podman_command(podman::remove_image_words(step.reference)); }

 private:
  std::string envtool_step(const std::string& id, const std::vector<std::string>& options) const {
    std::vector<std::string> words{"envtool", "step"};
    words.insert(words.end(), invocation_.environment.begin(), invocation_.environment.end());
    words.push_back(id);
    words.insert(words.end(), options.begin(), options.end());
    return quoted(words);
  }

  void write_manifest() {
    manifest_written_ = true;
    lines_.push_back(envtool_step("manifest", {}));
  }
  void by_envtool() { lines_.push_back(envtool_step(step_->id, {})); }
  void podman_command(const podman::Words& words) { lines_.push_back(podman_line(words)); }
  void piped(const podman::Words& words) { lines_.push_back(envtool_step(step_->id, {"--tar"}) + " | " + podman_line(words)); }

  /// The step's key, or a mark for it where it depends on what the script makes before.
  plan::Key known_key() {
    if (step_->key) return *step_->key;
    lines_.push_back("key=$(" + envtool_step(step_->id, {"--key"}) + ")");
    return std::string(kKeyMark);
  }

  void new_volume(const std::string& object) {
    podman_command(podman::create_volume_words(object, labels_of(subject_.environment.env, known_key())));
    piped(podman::import_volume_words(object));
  }

  /// A pod can be removed once; every step that needs it gone makes sure of it.
  void remove_pod() {
    if (subject_.facts.pod == plan::PodState::absent || pod_removed_) return;
    pod_removed_ = true;
    podman_command(podman::stop_pod_words(subject_.environment.env.pod, kStopGrace));
    podman_command(podman::remove_pod_words(subject_.environment.env.pod));
  }

  std::string as_podman_user(const std::vector<std::string>& words) const {
    return (subject_.podman.user() ? "as_podman_user " : "") + quoted(words);
  }

  /// The path under which podman's user finds a file: its own, or that of a copy.
  std::string readable(const fs::path& file) {
    if (!subject_.podman.user()) return file.string();
    lines_.push_back("hand_over " + base::shell_quote(file.string()));
    return fmt::format("{}/{}", kFolderMark, file.filename().string());
  }

  const ScriptSubject& subject_;
  const Invocation& invocation_;
  const plan::Step* step_ = nullptr;
  std::vector<std::string> lines_;
  bool pod_removed_ = false;
  bool manifest_written_ = false;
};

/// podman under the account that it needs, and a folder for what that account has to read.
std::string account_functions(const podman::Podman& podman) {
  const sys::User& user = *podman.user();
  std::string environment;
  for (const std::string& entry : podman.launcher().environment.value_or(std::vector<std::string>{})) environment += " " + setting(entry);
  return fmt::format(
      "as_podman_user() {{ (cd / && exec setpriv --reuid={} --regid={} --init-groups env --ignore-environment{} \"$@\"); }}\n"
      "podman() {{ as_podman_user podman \"$@\"; }}\n"
      "folder=$(as_podman_user mktemp --directory)\n"
      "trap 'as_podman_user rm -rf \"$folder\"' EXIT\n"
      "hand_over() {{ as_podman_user sh -c 'umask 077; cat > \"$0\"' \"$folder/$(basename \"$1\")\" < \"$1\"; }}\n",
      user.uid, user.gid, environment);
}

}  // namespace

std::vector<std::string> script_commands(const ScriptSubject& subject, const plan::Plan& plan, const Invocation& invocation) {
  CommandWriter writer(subject, invocation);
  for (const plan::Step& step : plan.steps) {
    if (step.acts()) writer.add(step);
  }
  std::vector<std::string> lines = writer.take();
  for (const std::string& command : invocation.afterwards) lines.push_back(fmt::format("envtool {} {}", command, quoted(invocation.environment)));
  return lines;
}

std::string make_script(const ScriptSubject& subject, const plan::Plan& plan, const Invocation& invocation) {
  std::string script = fmt::format("#!/usr/bin/env bash\n# What `envtool {}` would do.\nset -euo pipefail\n", invocation.title);
  script += fmt::format("envtool() {{ {} \"$@\"; }}\n", quoted(invocation.program));
  if (subject.podman.user()) script += account_functions(subject.podman);
  for (const std::string& line : script_commands(subject, plan, invocation)) {
    script += (line.starts_with('#') ? "\n" : "") + line + "\n";
  }
  return script;
}

}  // namespace app
