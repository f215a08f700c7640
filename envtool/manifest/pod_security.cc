#include "envtool/manifest/pod_security.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/strings.h"

namespace manifest {
namespace {

using doc::Value;

constexpr std::array<std::string_view, 13> kBaselineCapabilities{"AUDIT_WRITE", "CHOWN",   "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL",      "MKNOD",
                                                                 "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"};
constexpr std::array<std::string_view, 1> kRestrictedCapabilities{"NET_BIND_SERVICE"};
constexpr std::array<std::string_view, 5> kSeLinuxTypes{"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"};
constexpr std::array<std::string_view, 11> kSafeSysctls{
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem"};
constexpr std::array<std::string_view, 8> kRestrictedVolumes{"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"};
constexpr std::array<std::string_view, 7> kHandlers{"livenessProbe.httpGet", "readinessProbe.httpGet", "startupProbe.httpGet", "livenessProbe.tcpSocket",
                                                    "readinessProbe.tcpSocket", "startupProbe.tcpSocket", "lifecycle.postStart.httpGet"};

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& known, std::string_view text) {
  return std::ranges::find(known, text) != known.end();
}

/// Looks at one Pod's `spec`.
class Checker {
 public:
  Checker(const Value& spec, PodSecurity level) : spec_(spec), level_(level) {}

  std::vector<Violation> run() {
    check_host();
    check_security("the pod", spec_);
    for (const Value& sysctl : list_at(spec_, "securityContext.sysctls")) {
      const std::string name = doc::text_at(sysctl, "name");
      if (!is_one_of(kSafeSysctls, name)) add(fmt::format("it sets the sysctl `{}`", name), sysctl.span());
    }
    for (const Value& volume : list_at(spec_, "volumes")) check_volume(volume);
    for (const char* kind : {"initContainers", "containers", "ephemeralContainers"}) {
      for (const Value& container : list_at(spec_, kind)) check_container(container);
    }
    return std::move(found_);
  }

 private:
  void add(std::string what, base::Span span) { found_.push_back({std::move(what), span}); }

  static bool is_true(const Value* value) { return value != nullptr && value->is_bool() && value->as_bool(); }

  void check_host() {
    for (const char* field : {"hostNetwork", "hostPID", "hostIPC"}) {
      const Value* value = spec_.find(field);
      if (is_true(value)) add(fmt::format("`{}` is true", field), value->span());
    }
  }

  void check_volume(const Value& volume) {
    if (!volume.is_map()) return;
    for (const doc::Entry& entry : volume.as_map()) {
      if (entry.key == "name") continue;
      const bool forbidden = level_ == PodSecurity::restricted ? !is_one_of(kRestrictedVolumes, entry.key) : entry.key == "hostPath";
      if (forbidden) add(fmt::format("volume `{}` is of kind `{}`", doc::text_at(volume, "name"), entry.key), entry.key_span);
    }
  }

  void check_container(const Value& container) {
    const std::string who = fmt::format("container `{}`", doc::text_at(container, "name"));
    check_security(who, container);
    for (const Value& port : list_at(container, "ports")) {
      const Value* number = port.find("hostPort");
      if (number != nullptr && number->is_integer() && number->as_integer() != 0) {
        add(fmt::format("{} has a `hostPort`", who), number->span());
      }
    }
    for (const std::string_view handler : kHandlers) {
      const Value* host = doc::at_path(container, fmt::format("{}.host", handler));
      if (host != nullptr && *host != Value("")) add(fmt::format("{} names a `host` in `{}`", who, handler), host->span());
    }
    check_capabilities(who, container);
    if (level_ == PodSecurity::restricted) check_restricted(who, container);
  }

  void check_security(const std::string& who, const Value& holder) {
    const Value* context = holder.find("securityContext");
    if (context == nullptr) return;
    if (const Value* privileged = context->find("privileged"); is_true(privileged)) {
      add(fmt::format("{} is privileged", who), privileged->span());
    }
    if (is_true(doc::at_path(*context, "windowsOptions.hostProcess"))) add(fmt::format("{} is a host process", who), context->span());
    if (const Value* mount = context->find("procMount"); mount != nullptr && *mount != Value("Default")) {
      add(fmt::format("{} mounts /proc otherwise than by default", who), mount->span());
    }
    for (const char* profile : {"seccompProfile", "appArmorProfile"}) {
      const Value* type = doc::at_path(*context, fmt::format("{}.type", profile));
      if (type != nullptr && *type == Value("Unconfined")) add(fmt::format("{} has an unconfined `{}`", who, profile), type->span());
    }
    check_se_linux(who, *context);
  }

  void check_se_linux(const std::string& who, const Value& context) {
    const Value* options = context.find("seLinuxOptions");
    if (options == nullptr) return;
    const bool fine = is_one_of(kSeLinuxTypes, doc::text_at(*options, "type")) && doc::text_at(*options, "user").empty() && doc::text_at(*options, "role").empty();
    if (!fine) add(fmt::format("{} has `seLinuxOptions` of its own", who), options->span());
  }

  void check_capabilities(const std::string& who, const Value& container) {
    for (const Value& capability : list_at(container, "securityContext.capabilities.add")) {
      if (!capability.is_string()) continue;
      const std::string& name = capability.as_string();
      const bool allowed = level_ == PodSecurity::restricted ? is_one_of(kRestrictedCapabilities, name) : is_one_of(kBaselineCapabilities, name);
      if (!allowed) add(fmt::format("{} adds the capability `{}`", who, name), capability.span());
    }
  }

  /// What must be said, in the container or for the whole pod.
  const Value* said(const Value& container, const std::string& path) const {
    const Value* own = doc::at_path(container, "securityContext." + path);
    return own != nullptr ? own : doc::at_path(spec_, "securityContext." + path);
  }

  void check_restricted(const std::string& who, const Value& container) {
    const base::Span span = container.span();
    const Value* escalation = doc::at_path(container, "securityContext.allowPrivilegeEscalation");
    if (escalation == nullptr || is_true(escalation)) {
      add(fmt::format("{} may gain privileges", who), escalation != nullptr ? escalation->span() : span);
    }
    const doc::List& drop = list_at(container, "securityContext.capabilities.drop");
    if (std::ranges::find(drop, Value("ALL")) == drop.end()) add(fmt::format("{} doesn't drop `ALL` capabilities", who), span);
    if (!is_true(said(container, "runAsNonRoot"))) add(fmt::format("{} may run as root", who), span);
    if (const Value* user = said(container, "runAsUser"); user != nullptr && *user == Value(0)) {
      add(fmt::format("{} runs as root", who), user->span());
    }
    const Value* seccomp = said(container, "seccompProfile.type");
    if (seccomp == nullptr || (*seccomp != Value("RuntimeDefault") && *seccomp != Value("Localhost"))) {
      add(fmt::format("{} has no `seccompProfile`", who), seccomp != nullptr ? seccomp->span() : span);
    }
  }

  const Value& spec_;
  PodSecurity level_;
  std::vector<Violation> found_;
};

}  // namespace

std::string_view to_string(PodSecurity level) { return level == PodSecurity::baseline ? "baseline" : "restricted"; }

std::vector<Violation> violations(const Value& pod_spec, PodSecurity level) { return Checker(pod_spec, level).run(); }

}  // namespace manifest
