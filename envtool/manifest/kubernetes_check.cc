// What an API server with strict validation refuses, in a namespace that enforces the Pod Security level `baseline`.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/strings.h"
#include "envtool/manifest/api.h"
#include "envtool/manifest/findings.h"
#include "envtool/manifest/object_names.h"
#include "envtool/manifest/pod_security.h"
#include "envtool/patch/names.h"

namespace manifest {
namespace {

using doc::Value;

constexpr std::size_t kMostData = std::size_t{1} << 20U;
/// From here on, beta versions of the API are served only where somebody turned them on.
constexpr int kBetasAreOff = 24;

class ObjectCheck {
 public:
  ObjectCheck(const Value& object, const Target& target, Findings& findings) : object_(object), target_(target), findings_(findings) {}

  void run() {
    if (!object_.is_map()) return findings_.refuse("a manifest holds Kubernetes objects, which are maps", object_.span());
    kind_ = doc::text_at(object_, "kind");
    version_ = doc::text_at(object_, "apiVersion");
    if (kind_.empty() || version_.empty()) return findings_.refuse("an object needs `apiVersion` and `kind`", object_.span());
    correct_version();
    const auto kind = find_kind(version_, kind_);
    if (!kind) return refuse_kind();
    check_served(*kind);
    check_fields(*kind);
    check_metadata();
    check_kind();
    const Value* spec = pod_spec_of(object_);
    if (spec == nullptr) return;
    check_pod_spec(*spec, findings_);
    check_security(*spec);
  }

 private:
  void correct_version() {
    if (version_ != "core/v1" || has(target_, Feature::core_v1)) return;
    findings_.rewrite("Kubernetes has no `core/v1`: it becomes `v1`", span_at(object_, "apiVersion"));
    version_ = "v1";
  }

  void refuse_kind() {
    const base::Span span = span_at(object_, "apiVersion");
    const std::vector<std::string> others = versions_of(kind_);
    if (!others.empty()) {
      return findings_.refuse(fmt::format("there is no {} in `{}`", kind_, version_), span,
                              "there is one in " + base::quoted_list(served_among(others)));
    }
    const std::string group = version_.substr(0, version_.find('/'));
    const bool is_foreign = version_.find('/') != std::string::npos && group.find('.') != std::string::npos && !group.ends_with(".k8s.io");
    if (!is_foreign) return findings_.refuse(fmt::format("Kubernetes has no {} in `{}`", kind_, version_), span);
    findings_.refuse(fmt::format("Kubernetes itself has no {} in `{}`", kind_, version_), span,
                     "a cluster may have it by a CustomResourceDefinition, which isn't looked at here");
  }

  bool is_served(const std::string& version, const ApiKind& kind) const {
    const int minor = target_.version.minor;
    const bool off = version.find("alpha") != std::string::npos || (version.find("beta") != std::string::npos && kind.since >= kBetasAreOff);
    return kind.since <= minor && (kind.until == 0 || minor < kind.until) && !off;
  }

  std::vector<std::string> served_among(std::vector<std::string> versions) const {
    std::vector<std::string> served;
    for (const std::string& version : versions) {
      if (is_served(version, *find_kind(version, kind_))) served.push_back(version);
    }
    return served.empty() ? versions : served;
  }

  void check_served(const ApiKind& kind) {
    if (is_served(version_, kind)) return;
    const base::Span span = span_at(object_, "apiVersion");
    const std::string what = fmt::format("{} of `{}`", kind_, version_);
    const int minor = target_.version.minor;
    std::string why = fmt::format("Kubernetes 1.{} serves no {} unless somebody turned that version on", minor, what);
    if (kind.since > minor) why = fmt::format("Kubernetes 1.{} has no {} yet, 1.{} is the first", minor, what, kind.since);
    if (kind.until != 0 && minor >= kind.until) why = fmt::format("Kubernetes 1.{} has no {} any more, 1.{} was the last", minor, what, kind.until - 1);
    const std::vector<std::string> others = served_among(versions_of(kind_));
    const bool has_other = std::ranges::find(others, version_) == others.end();
    findings_.refuse(why, span, has_other ? "it serves " + base::quoted_list(others) : "");
  }

  void check_fields(const ApiKind& kind) {
    for (const Misfit& misfit : misfits(object_, kind.type)) {
      if (misfit.is_variable() && !has(target_, Feature::number_variables)) {
        findings_.rewrite(misfit.message, misfit.span, misfit.hint);
      } else {
        findings_.refuse(misfit.message, misfit.span, misfit.hint);
      }
    }
  }

  // ---- metadata

  bool is_name(const std::string& name) const {
    if (version_.starts_with("rbac.authorization.k8s.io/")) return name != "." && name != ".." && name.find_first_of("/%") == std::string::npos;
    if (kind_ == "Service" || kind_ == "Namespace") return patch::is_dns_label(name) && (kind_ == "Namespace" || (name.front() >= 'a' && name.front() <= 'z'));
    return patch::is_dns_subdomain(name);
  }

  void check_metadata() {
    const std::string name = doc::text_at(object_, "metadata.name");
    if (name.empty() && doc::text_at(object_, "metadata.generateName").empty()) {
      findings_.refuse(fmt::format("a {} needs `metadata.name`", kind_), span_at(object_, "metadata"));
    }
    if (!name.empty() && !is_name(name) && !has(target_, Feature::loose_names)) {
      findings_.rewrite(fmt::format("{} can't be called so in a cluster: it becomes `{}`", title_of(object_), plain_name(name, patch::kLabelLength)), span_at(object_, "metadata.name"));
    }
    const std::string space = doc::text_at(object_, "metadata.namespace");
    if (!space.empty() && !patch::is_dns_label(space)) {
      findings_.refuse(fmt::format("`{}` is no name for a namespace", space), span_at(object_, "metadata.namespace"));
    }
    for (const char* holder : {"metadata", "spec.template.metadata"}) {
      if (const Value* metadata = doc::at_path(object_, holder)) check_labels(*metadata);
    }
  }

  void check_labels(const Value& metadata) {
    const Value* labels = metadata.find("labels");
    if (labels != nullptr && labels->is_map()) {
      for (const doc::Entry& label : labels->as_map()) {
        if (!patch::is_label_key(label.key)) findings_.refuse(fmt::format("`{}` is no key for a label", label.key), label.key_span);
        if (label.value.is_string() && !patch::is_label_value(label.value.as_string())) {
          findings_.refuse(fmt::format("`{}` is no value for a label", label.value.as_string()), label.value.span());
        }
      }
    }
    const Value* annotations = metadata.find("annotations");
    if (annotations == nullptr || !annotations->is_map()) return;
    for (const doc::Entry& annotation : annotations->as_map()) {
      if (!patch::is_label_key(annotation.key)) {
        findings_.refuse(fmt::format("`{}` is no key for an annotation", annotation.key), annotation.key_span);
      }
    }
  }

  // ---- kinds

  void check_kind() {
    if (kind_ == "ConfigMap" || kind_ == "Secret") check_data();
    if (kind_ == "PersistentVolumeClaim") check_claim();
    if (kind_ == "Service") check_service();
    if (version_ == "apps/v1" && kind_ != "ControllerRevision") check_workload();
    if (kind_ == "Job") check_restarts("OnFailure", "Never");
  }

  static bool is_data_key(const std::string& key) {
    const bool good = std::ranges::all_of(key, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.'; });
    return good && !key.empty() && key.size() <= patch::kSubdomainLength && key != "." && !key.starts_with("..");
  }

  void check_data() {
    std::size_t size = 0;
    std::set<std::string> keys;
    for (const char* field : {"data", "binaryData"}) {
      const Value* data = object_.find(field);
      if (data == nullptr || !data->is_map()) continue;
      for (const doc::Entry& entry : data->as_map()) {
        if (!is_data_key(entry.key)) {
          findings_.refuse(fmt::format("`{}` is no key in a {}: letters, digits, `-`, `_` and `.` only", entry.key, kind_), entry.key_span);
        }
        if (!keys.insert(entry.key).second) {
          findings_.refuse(fmt::format("`{}` is in `data` and in `binaryData`", entry.key), entry.key_span);
        }
        if (entry.value.is_string()) size += entry.value.as_string().size();
      }
    }
    if (size > kMostData) {
      findings_.refuse(fmt::format("{} holds {} bytes, and no more than {} fit", title_of(object_), size, kMostData), object_.span());
    }
  }

  void check_claim() {
    if (list_at(object_, "spec.accessModes").empty()) {
      findings_.refuse("a PersistentVolumeClaim needs `spec.accessModes`", span_at(object_, "spec"));
    }
    if (doc::at_path(object_, "spec.resources.requests.storage") == nullptr) {
      findings_.refuse("a PersistentVolumeClaim needs `spec.resources.requests.storage`", span_at(object_, "spec"));
    }
  }

  void check_service() {
    const bool needs_none = doc::text_at(object_, "spec.clusterIP") == "None" || doc::text_at(object_, "spec.type") == "ExternalName";
    const doc::List& ports = list_at(object_, "spec.ports");
    if (ports.empty() && !needs_none) findings_.refuse("a Service needs `spec.ports`", span_at(object_, "spec"));
    std::set<std::string> names;
    for (const Value& port : ports) {
      const std::string name = doc::text_at(port, "name");
      if (port.find("port") == nullptr) findings_.refuse("a port of a Service needs `port`", port.span());
      if (name.empty() ? ports.size() > 1 : !patch::is_dns_label(name)) {
        findings_.refuse("the ports of a Service need names, if there are several: lowercase letters, digits and `-`",
                         span_at(port, "name"));
      }
      if (!names.insert(name).second && !name.empty()) {
        findings_.refuse(fmt::format("there are two ports `{}`", name), span_at(port, "name"));
      }
    }
  }

  void check_workload() {
    const Value* labels = doc::at_path(object_, "spec.template.metadata.labels");
    const Value* selector = doc::at_path(object_, "spec.selector.matchLabels");
    if (selector == nullptr && doc::at_path(object_, "spec.selector.matchExpressions") == nullptr) {
      return findings_.refuse(fmt::format("a {} needs `spec.selector`", kind_), span_at(object_, "spec"));
    }
    if (selector != nullptr && selector->is_map()) {
      for (const doc::Entry& wanted : selector->as_map()) {
        const Value* label = labels != nullptr ? labels->find(wanted.key) : nullptr;
        if (label == nullptr || *label != wanted.value) {
          findings_.refuse(fmt::format("the selector wants the label `{}`, which the template's Pods don't have so", wanted.key),
                           wanted.key_span);
        }
      }
    }
    check_restarts("Always", "");
  }

  void check_restarts(std::string_view one, std::string_view other) {
    const std::string policy = doc::text_at(object_, "spec.template.spec.restartPolicy");
    if ((policy.empty() && one == "Always") || policy == one || (!policy.empty() && policy == other)) return;
    findings_.refuse(fmt::format("`restartPolicy` of a {} must be {}{}{}", kind_, one, other.empty() ? "" : " or ", other),
                     span_at(object_, "spec.template.spec.restartPolicy"));
  }

  /// Ports of the node are reported with the ports.
  void check_security(const Value& spec) {
    for (const Violation& violation : violations(spec, PodSecurity::baseline)) {
      if (violation.what.ends_with("has a `hostPort`")) continue;
      findings_.refuse(fmt::format("the Pod violates the Pod Security level `baseline`: {}", violation.what), violation.span);
    }
  }

  const Value& object_;
  const Target& target_;
  Findings& findings_;
  std::string kind_;
  std::string version_;
};

}  // namespace

std::vector<Finding> check_for_kubernetes(const std::vector<Value>& objects, const Target& target) {
  Findings findings;
  for (const Value& object : objects) ObjectCheck(object, target, findings).run();
  check_twins(objects, findings);
  return findings.take();
}

}  // namespace manifest
