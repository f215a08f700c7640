// What a podman's `kube play` fails on, and what it ignores in silence. Source of the latter: podman's docs/kubernetes_support.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "envtool/base/strings.h"
#include "envtool/manifest/adapt.h"
#include "envtool/manifest/api.h"
#include "envtool/manifest/findings.h"
#include "envtool/model/names.h"
#include "envtool/patch/names.h"

namespace manifest {
namespace {

using doc::Value;

struct PlayedKind {
  std::string_view kind;
  std::optional<Feature> feature;  ///< nothing: every podman plays it
};
constexpr std::array kPlayedKinds{PlayedKind{"Pod", {}},
                                  PlayedKind{"Deployment", {}},
                                  PlayedKind{"ConfigMap", {}},
                                  PlayedKind{"Secret", {}},
                                  PlayedKind{"PersistentVolumeClaim", {}},
                                  PlayedKind{"DaemonSet", Feature::daemon_sets},
                                  PlayedKind{"Job", Feature::jobs}};

/// Fields that no podman looks at. What says where a pod runs, or how it gets a cluster's rights, means nothing on one machine.
constexpr std::array<std::string_view, 15> kIgnoredOfPods{
    "imagePullSecrets",      "enableServiceLinks", "runtimeClassName",   "priorityClassName", "priority",
    "activeDeadlineSeconds", "readinessGates",     "setHostnameAsFQDN",  "subdomain",         "dnsPolicy",
    "serviceAccountName",    "serviceAccount",     "ephemeralContainers", "resourceClaims",   "automountServiceAccountToken"};
constexpr std::array<std::string_view, 8> kIgnoredOfContainers{"readinessProbe", "startupProbe", "terminationMessagePath", "terminationMessagePolicy",
                                                               "stdin",          "stdinOnce",    "tty",                    "volumeDevices"};
constexpr std::array<std::string_view, 6> kIgnoredRights{"fsGroup", "fsGroupChangePolicy", "runAsNonRoot", "seccompProfile", "appArmorProfile", "windowsOptions"};

bool leads_out(const std::string& path) {
  const std::vector<std::string> parts = base::split(path, '/');
  return std::ranges::find(parts, "..") != parts.end();
}

class PodmanCheck {
 public:
  PodmanCheck(const Value& object, const Target& target, Findings& findings) : object_(object), target_(target), findings_(findings) {}

  void run() {
    if (!object_.is_map()) return findings_.refuse("a manifest holds Kubernetes objects, which are maps", object_.span());
    kind_ = doc::text_at(object_, "kind");
    const auto played = std::ranges::find(kPlayedKinds, kind_, &PlayedKind::kind);
    if (played == kPlayedKinds.end()) return ignore_kind(fmt::format("podman plays no {}", kind_.empty() ? "object without `kind`" : kind_));
    if (played->feature && !has(target_, *played->feature)) {
      return ignore_kind(fmt::format("podman {} plays no {} yet (podman {} is the first)", to_string(target_.version), kind_, to_string(since(Platform::podman, *played->feature))));
    }
    check_name();
    check_fields();
    if (kind_ == "Secret") check_secret();
    if (const Value* spec = pod_spec_of(object_)) check_pod(*spec);
  }

 private:
  void ignore_kind(const std::string& why) { findings_.refuse(why + " and leaves it out in silence", span_at(object_, "kind")); }

  void ignored(std::string_view field, base::Span span) { findings_.rewrite(fmt::format("podman ignores `{}`", field), span); }

  void check_name() {
    const std::string name = doc::text_at(object_, "metadata.name");
    if (name.empty()) return findings_.refuse(fmt::format("a {} needs `metadata.name`", kind_), span_at(object_, "metadata"));
    if (!model::is_object_name(name)) {
      findings_.refuse(fmt::format("podman takes no name like `{}`", name), span_at(object_, "metadata.name"),
                       "letters, digits, `_`, `-` and `.` only");
    }
  }

  /// podman reads the same types, and asks for no apiVersion. What it doesn't know it drops.
  void check_fields() {
    for (const std::string& version : versions_of(kind_)) {
      if (version != "v1" && version != "apps/v1" && version != "batch/v1") continue;
      for (const Misfit& misfit : misfits(object_, find_kind(version, kind_)->type)) report(misfit);
    }
  }

  /// Numbers become strings where strings are wanted; `yes` does so by way of a boolean.
  void report(const Misfit& misfit) {
    const bool is_text = misfit.wanted == Holds::kText;
    if (is_text && misfit.what == Misfit::What::bad_content) {
      return findings_.rewrite(misfit.message + ", which podman reads as a boolean or number", misfit.span, misfit.hint);
    }
    if (is_text && misfit.is_scalar) return;
    const bool unknown = misfit.what == Misfit::What::unknown_field;
    findings_.refuse(unknown ? misfit.message + ", and podman drops it in silence" : misfit.message, misfit.span, misfit.hint);
  }

  void check_secret() {
    const Value* text = object_.find("stringData");
    if (text != nullptr && !has(target_, Feature::secret_string_data)) {
      findings_.rewrite(drops("stringData", Feature::secret_string_data), text->span());
    }
  }

  std::string drops(std::string_view field, Feature feature) const {
    return fmt::format("podman {} ignores `{}`, podman {} is the first that knows it", to_string(target_.version), field, to_string(since(Platform::podman, feature)));
  }

  // ---- pods

  void check_pod(const Value& spec) {
    for (const std::string_view field : kIgnoredOfPods) {
      if (const Value* value = spec.find(field)) ignored(field, value->span());
    }
    check_rights(spec);
    std::set<std::string> volumes;
    for (const Value& volume : list_at(spec, "volumes")) {
      volumes.insert(doc::text_at(volume, "name"));
      check_volume(volume);
    }
    std::set<std::string> names;
    each_container(spec, [&](const Value& container) { check_container(container, volumes, names); });
    if (names.empty()) findings_.refuse("a Pod needs `containers`", spec.span());
  }

  void check_rights(const Value& holder) {
    const Value* context = holder.find("securityContext");
    if (context == nullptr || !context->is_map()) return;
    for (const std::string_view field : kIgnoredRights) {
      if (const Value* value = context->find(field)) ignored(fmt::format("securityContext.{}", field), value->span());
    }
  }

  void check_volume(const Value& volume) {
    const Value* secret = volume.find("secret");
    const std::string name = doc::text_at(volume, "name");
    if (!model::is_object_name(name)) {
      findings_.refuse(fmt::format("podman takes no name for a volume like `{}`", name), span_at(volume, "name"));
    }
    check_modes(volume);
    if (secret == nullptr) return;
    if (!has(target_, Feature::secret_volumes)) {
      findings_.rewrite(fmt::format("podman {} mounts Secrets as base64 text, or crashes: the volume `{}` becomes one that is filled beforehand", to_string(target_.version), name), secret->span());
    } else if (!has(target_, Feature::file_modes) && secret->find("defaultMode") != nullptr) {
      findings_.rewrite(drops("defaultMode", Feature::file_modes) + ": the volume becomes one that is filled beforehand",
                        span_at(*secret, "defaultMode"));
    }
  }

  /// Those that are ignored are reported elsewhere.
  void check_modes(const Value& volume) {
    for (const char* path : {"secret.defaultMode", "configMap.defaultMode"}) {
      const Value* mode = doc::at_path(volume, path);
      const bool fits = mode == nullptr || !mode->is_integer() || (mode->as_integer() >= 0 && mode->as_integer() <= 0777);
      if (!fits) {
        findings_.refuse(fmt::format("`defaultMode` must be from 0 to 0777, found {:o} in octal", mode->as_integer()), mode->span(),
                         "write it like `0640`");
      }
    }
  }

  void check_container(const Value& container, const std::set<std::string>& volumes, std::set<std::string>& names) {
    const std::string name = doc::text_at(container, "name");
    if (name.empty()) findings_.refuse("a container needs `name`", container.span());
    if (!names.insert(name).second) findings_.refuse(fmt::format("there are two containers `{}`", name), span_at(container, "name"));
    if (doc::text_at(container, "image").empty()) findings_.refuse(fmt::format("container `{}` needs `image`", name), container.span());
    check_pull_policy(container);
    for (const std::string_view field : kIgnoredOfContainers) {
      if (const Value* value = container.find(field)) ignored(field, value->span());
    }
    for (const char* hook : {"lifecycle.postStart", "lifecycle.preStop"}) {
      if (const Value* value = doc::at_path(container, hook)) ignored(hook, value->span());
    }
    check_rights(container);
    for (const Value& from : list_at(container, "envFrom")) {
      if (const Value* prefix = from.find("prefix")) findings_.refuse("podman ignores `prefix` of `envFrom`", prefix->span());
    }
    for (const Value& mount : list_at(container, "volumeMounts")) check_mount(mount, name, volumes);
  }

  void check_pull_policy(const Value& container) {
    constexpr std::array<std::string_view, 4> kKnown{"", "Always", "IfNotPresent", "Never"};
    const std::string policy = doc::text_at(container, "imagePullPolicy");
    if (std::ranges::find(kKnown, policy) == kKnown.end()) {
      findings_.refuse(fmt::format("`imagePullPolicy` can't be `{}`", policy), span_at(container, "imagePullPolicy"));
    }
  }

  void check_mount(const Value& mount, const std::string& container, const std::set<std::string>& volumes) {
    const std::string volume = doc::text_at(mount, "name");
    if (!volumes.contains(volume)) {
      findings_.refuse(fmt::format("container `{}` mounts the volume `{}`, which the Pod doesn't have", container, volume),
                       span_at(mount, "name"));
    }
    const Value* path = mount.find("subPath");
    if (path != nullptr && path->is_string() && leads_out(path->as_string())) {
      return findings_.refuse(fmt::format("`subPath` must lead below its volume, found `{}`", path->as_string()), path->span());
    }
    if (path != nullptr && !has(target_, Feature::sub_path)) {
      findings_.rewrite(drops("subPath", Feature::sub_path) + ": it becomes a path of this machine", path->span());
    }
  }

  const Value& object_;
  const Target& target_;
  Findings& findings_;
  std::string kind_;
};

/// What `adapt` can't rewrite.
void add_refusals(const std::vector<Value>& objects, const Target& target, Findings& findings) {
  std::vector<Value> maps;
  std::ranges::copy_if(objects, std::back_inserter(maps), &Value::is_map);
  base::Diagnostics problems;
  adapt(maps, target, [](const std::string& volume) { return "/" + volume; }, problems);
  for (const base::Diagnostic& problem : problems.all()) findings.refuse(problem.message, problem.span);
}

}  // namespace

std::vector<Finding> check_for_podman(const std::vector<Value>& objects, const Target& target) {
  Findings findings;
  for (const Value& object : objects) PodmanCheck(object, target, findings).run();
  add_refusals(objects, target, findings);
  check_twins(objects, findings);
  return findings.take();
}

}  // namespace manifest
