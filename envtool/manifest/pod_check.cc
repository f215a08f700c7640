// What an API server requires of the `spec` of a Pod besides its types. Source: k8s.io/kubernetes/pkg/apis/core/validation.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/manifest/findings.h"
#include "envtool/manifest/object_names.h"
#include "envtool/model/fields.h"
#include "envtool/patch/names.h"
#include "envtool/patch/quantity.h"

namespace manifest {
namespace {

using doc::Value;

constexpr std::size_t kPortNameLength = 15;
constexpr std::int64_t kMostPort = 65535;
constexpr std::int64_t kMostMode = 0777;

/// A field and the words that it takes.
struct Words {
  std::string_view path;
  std::vector<std::string_view> known;
};

const std::vector<Words>& words_of_pods() {
  static const std::vector<Words> kWords{{"restartPolicy", {"Always", "OnFailure", "Never"}},
                                         {"dnsPolicy", {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"}}};
  return kWords;
}

const std::vector<Words>& words_of_containers() {
  static const std::vector<Words> kWords{{"imagePullPolicy", {"Always", "IfNotPresent", "Never"}},
                                         {"terminationMessagePolicy", {"File", "FallbackToLogsOnError"}}};
  return kWords;
}

bool is_below(const std::string& path) {
  const auto parts = base::split(path, '/');
  return !path.starts_with('/') && std::ranges::find(parts, "..") == parts.end();
}

bool is_port_name(const std::string& name) {
  const bool has_letter = std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
  return name.size() <= kPortNameLength && patch::is_dns_label(name) && has_letter && name.find("--") == std::string::npos;
}

class PodCheck {
 public:
  PodCheck(const Value& spec, Findings& findings) : spec_(spec), findings_(findings) {}

  void run() {
    check_words(spec_, words_of_pods());
    for (const Value& volume : list_at(spec_, "volumes")) check_volume(volume);
    each_container(spec_, [this](const Value& container) { check_container(container); });
    if (list_at(spec_, "containers").empty()) findings_.refuse("a Pod needs `containers`", spec_.span());
    for (const char* field : {"hostname", "subdomain"}) {
      const std::string name = doc::text_at(spec_, field);
      if (!name.empty() && !patch::is_dns_label(name)) {
        findings_.refuse(fmt::format("`{}` must be lowercase letters, digits and `-`, found `{}`", field, name), span_at(spec_, field));
      }
    }
  }

 private:
  void check_words(const Value& holder, const std::vector<Words>& all) {
    for (const auto& [path, known] : all) {
      const std::string word = doc::text_at(holder, path);
      if (word.empty() || std::ranges::find(known, word) != known.end()) continue;
      findings_.refuse(fmt::format("`{}` can't be `{}`", path, word), span_at(holder, path),
                       "known: " + base::join({known.begin(), known.end()}, ", "));
    }
  }

  /// A text that must be there.
  std::string required(const Value& holder, std::string_view path, const std::string& who) {
    std::string text = doc::text_at(holder, path);
    const Value* value = doc::at_path(holder, path);
    if (text.empty() && (value == nullptr || value->is_string() || value->is_null())) {
      findings_.refuse(fmt::format("{} needs `{}`", who, path), span_at(holder, path));
    }
    return text;
  }

  // ---- volumes

  void check_volume(const Value& volume) {
    const std::string name = required(volume, "name", "a volume");
    const std::string who = fmt::format("volume `{}`", name);
    if (!name.empty() && !patch::is_dns_label(name)) rename(who, name, span_at(volume, "name"));
    if (!volumes_.insert(name).second) findings_.refuse(fmt::format("there are two of {}", who), span_at(volume, "name"));
    if (!volume.is_map()) return;
    int sources = 0;
    for (const doc::Entry& entry : volume.as_map()) sources += entry.key != "name" && !entry.value.is_null();
    if (sources > 1) findings_.refuse(fmt::format("{} has more than one source", who), volume.span());
    check_source(volume, who);
  }

  void rename(const std::string& who, const std::string& name, base::Span span) {
    findings_.rewrite(fmt::format("{} can't be called so in a cluster: it becomes `{}`", who, plain_name(name, patch::kLabelLength)), span);
  }

  void check_source(const Value& volume, const std::string& who) {
    for (const auto& [source, name] : {std::pair{"secret", "secretName"}, {"persistentVolumeClaim", "claimName"}, {"configMap", "name"}, {"hostPath", "path"}}) {
      const Value* value = volume.find(source);
      if (value == nullptr || value->is_null()) continue;
      required(*value, name, who);
      check_mode(*value, "defaultMode");
      for (const Value& item : list_at(*value, "items")) check_item(item, who);
    }
    for (const Value& projected : list_at(volume, "projected.sources")) {
      for (const char* kind : {"secret", "configMap"}) {
        if (const Value* value = projected.find(kind)) required(*value, "name", who);
      }
    }
  }

  void check_mode(const Value& holder, std::string_view field) {
    const Value* mode = holder.find(field);
    if (mode == nullptr || !mode->is_integer() || (mode->as_integer() >= 0 && mode->as_integer() <= kMostMode)) return;
    findings_.refuse(fmt::format("`{}` must be from 0 to 0777, found {:o} in octal", field, mode->as_integer()), mode->span(),
                     "write it like `0640`, without quotes");
  }

  void check_item(const Value& item, const std::string& who) {
    required(item, "key", "an item of " + who);
    const std::string path = required(item, "path", "an item of " + who);
    if (!path.empty() && !is_below(path)) {
      findings_.refuse(fmt::format("`path` must lead below {}, found `{}`", who, path), span_at(item, "path"));
    }
    check_mode(item, "mode");
  }

  // ---- containers

  void check_container(const Value& container) {
    const std::string name = required(container, "name", "a container");
    const std::string who = fmt::format("container `{}`", name);
    if (!name.empty() && !patch::is_dns_label(name)) {
      findings_.refuse(fmt::format("{} can't be called so: lowercase letters, digits and `-` only", who), span_at(container, "name"));
    }
    if (!containers_.insert(name).second) findings_.refuse(fmt::format("there are two of {}", who), span_at(container, "name"));
    required(container, "image", who);
    check_words(container, words_of_containers());
    std::set<std::string> port_names;
    for (const Value& port : list_at(container, "ports")) check_port(port, who, port_names);
    for (const Value& variable : list_at(container, "env")) check_variable(variable, who);
    check_mounts(container, who);
    for (const char* probe : {"startupProbe", "readinessProbe", "livenessProbe"}) check_probe(container, probe, who);
    check_resources(container, who);
    const bool contradicts = doc::at_path(container, "securityContext.privileged") != nullptr && *doc::at_path(container, "securityContext.privileged") == Value(true) &&
                             doc::at_path(container, "securityContext.allowPrivilegeEscalation") != nullptr &&
                             *doc::at_path(container, "securityContext.allowPrivilegeEscalation") == Value(false);
    if (contradicts) {
      findings_.refuse(fmt::format("{} is privileged and must not gain privileges", who), span_at(container, "securityContext"));
    }
  }

  bool is_port(const Value* number) const {
    return number != nullptr && (!number->is_integer() || (number->as_integer() >= 1 && number->as_integer() <= kMostPort));
  }

  void check_port(const Value& port, const std::string& who, std::set<std::string>& names) {
    if (!is_port(port.find("containerPort"))) {
      findings_.refuse(fmt::format("a port of {} needs a `containerPort` from 1 to 65535", who), span_at(port, "containerPort"));
    }
    const Value* host_port = port.find("hostPort");
    if (host_port != nullptr && *host_port != Value(0)) {
      findings_.rewrite(fmt::format("{} takes a port of its node, which the Pod Security level `baseline` forbids: a Service takes its place", who), host_port->span());
    }
    const std::string protocol = doc::text_at(port, "protocol");
    if (!protocol.empty() && protocol != "TCP" && protocol != "UDP" && protocol != "SCTP") {
      findings_.refuse(fmt::format("`protocol` can't be `{}`", protocol), span_at(port, "protocol"));
    }
    const std::string name = doc::text_at(port, "name");
    if (name.empty()) return;
    if (!is_port_name(name)) {
      findings_.rewrite(fmt::format("`{}` is no name for a port: up to 15 lowercase letters, digits and `-`", name), span_at(port, "name"));
    }
    if (!names.insert(name).second) findings_.refuse(fmt::format("{} has two ports `{}`", who, name), span_at(port, "name"));
  }

  void check_variable(const Value& variable, const std::string& who) {
    const std::string name = required(variable, "name", "a variable of " + who);
    if (name.find('=') != std::string::npos) {
      findings_.refuse(fmt::format("`{}` is no name for a variable", name), span_at(variable, "name"));
    }
    const Value* from = variable.find("valueFrom");
    if (from == nullptr || !from->is_map()) return;
    const bool both = !doc::text_at(variable, "value").empty();
    if (both) findings_.refuse(fmt::format("variable `{}` of {} has both `value` and `valueFrom`", name, who), variable.span());
    if (from->as_map().size() != 1) findings_.refuse(fmt::format("variable `{}` of {} needs one source", name, who), from->span());
    for (const char* source : {"configMapKeyRef", "secretKeyRef"}) {
      const Value* reference = from->find(source);
      if (reference == nullptr) continue;
      required(*reference, "key", fmt::format("variable `{}` of {}", name, who));
    }
  }

  void check_mounts(const Value& container, const std::string& who) {
    std::set<std::string> paths;
    for (const Value& mount : list_at(container, "volumeMounts")) {
      const std::string volume = required(mount, "name", "a mount of " + who);
      if (!volume.empty() && !volumes_.contains(volume)) {
        findings_.refuse(fmt::format("{} mounts the volume `{}`, which the Pod doesn't have", who, volume), span_at(mount, "name"));
      }
      const std::string path = required(mount, "mountPath", "a mount of " + who);
      if (path.find(':') != std::string::npos) {
        findings_.refuse(fmt::format("`mountPath` can't hold `:`, found `{}`", path), span_at(mount, "mountPath"));
      }
      if (!path.empty() && !paths.insert(path).second) {
        findings_.refuse(fmt::format("{} mounts two volumes at `{}`", who, path), span_at(mount, "mountPath"));
      }
      check_sub_path(mount, who);
    }
  }

  void check_sub_path(const Value& mount, const std::string& who) {
    const std::string path = doc::text_at(mount, "subPath");
    if (!path.empty() && mount.find("subPathExpr") != nullptr) {
      findings_.refuse(fmt::format("a mount of {} has both `subPath` and `subPathExpr`", who), mount.span());
    }
    if (path.empty() || is_below(path)) return;
    const base::Span span = span_at(mount, "subPath");
    const std::size_t start = path.find_first_not_of('/');
    const bool can_be = path.starts_with('/') && start != std::string::npos && is_below(path.substr(start));
    if (can_be) return findings_.rewrite(fmt::format("`subPath` must be relative: `{}` becomes `{}`", path, path.substr(start)), span);
    findings_.refuse(fmt::format("`subPath` must lead below its volume, found `{}`", path), span);
  }

  void check_probe(const Value& container, const char* field, const std::string& who) {
    const Value* probe = container.find(field);
    if (probe == nullptr || !probe->is_map()) return;
    int handlers = 0;
    for (const char* handler : {"exec", "httpGet", "tcpSocket", "grpc"}) handlers += probe->find(handler) != nullptr;
    if (handlers != 1) {
      findings_.refuse(fmt::format("`{}` of {} needs one of `exec`, `httpGet`, `tcpSocket` and `grpc`", field, who), probe->span());
    }
    for (const char* count : {"initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold"}) {
      const Value* value = probe->find(count);
      if (value != nullptr && value->is_integer() && value->as_integer() < 0) {
        findings_.refuse(fmt::format("`{}` must not be negative", count), value->span());
      }
    }
    if (const Value* request = probe->find("httpGet"); request != nullptr && request->find("port") == nullptr) {
      findings_.refuse(fmt::format("`httpGet` of {} needs `port`", who), request->span());
    }
    if (const Value* command = probe->find("exec"); command != nullptr && list_at(*command, "command").empty()) {
      findings_.refuse(fmt::format("`exec` of {} needs `command`", who), command->span());
    }
  }

  static std::optional<patch::Quantity> quantity_of(const Value& value) {
    try {
      return patch::Quantity::parse(model::scalar_text(value));
    } catch (const base::Error&) {
      return std::nullopt;
    }
  }

  void check_resources(const Value& container, const std::string& who) {
    const Value* limits = doc::at_path(container, "resources.limits");
    const Value* requests = doc::at_path(container, "resources.requests");
    if (requests == nullptr || !requests->is_map()) return;
    for (const doc::Entry& entry : requests->as_map()) {
      const Value* limit = limits != nullptr ? limits->find(entry.key) : nullptr;
      if (limit == nullptr || !limit->is_scalar() || !entry.value.is_scalar()) continue;
      const auto most = quantity_of(*limit);
      const auto wanted = quantity_of(entry.value);
      if (most && wanted && *wanted > *most) {
        findings_.refuse(fmt::format("{} requests more `{}` than its limit", who, entry.key), entry.value.span());
      }
    }
  }

  const Value& spec_;
  Findings& findings_;
  std::set<std::string> volumes_;
  std::set<std::string> containers_;
};

}  // namespace

void check_pod_spec(const Value& pod_spec, Findings& findings) {
  if (pod_spec.is_map()) PodCheck(pod_spec, findings).run();
}

}  // namespace manifest
