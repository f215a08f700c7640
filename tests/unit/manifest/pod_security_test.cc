#include "envtool/manifest/pod_security.h"

#include <gmock/gmock.h>

#include "envtool/doc/yaml.h"

namespace manifest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const std::string& spec, PodSecurity level) {
  base::Sources sources;
  const doc::Value value = doc::read_yaml(sources.add("pod.yaml", spec));
  std::vector<std::string> texts;
  for (const Violation& violation : violations(value, level)) texts.push_back(violation.what);
  return texts;
}

struct Case {
  std::string spec, expected;
};

TEST(Baseline, ForbidsWhatReachesTheNode) {
  const Case cases[] = {
      {"hostNetwork: true", "`hostNetwork` is true"},
      {"volumes: [{ name: h, hostPath: { path: / } }]", "volume `h` is of kind `hostPath`"},
      {"containers: [{ name: c, ports: [{ hostPort: 80 }] }]", "container `c` has a `hostPort`"},
      {"containers: [{ name: c, securityContext: { privileged: true } }]", "container `c` is privileged"},
      {"initContainers: [{ name: i, securityContext: { capabilities: { add: [SYS_ADMIN] } } }]", "container `i` adds the capability `SYS_ADMIN`"},
      {"securityContext: { seccompProfile: { type: Unconfined } }", "the pod has an unconfined `seccompProfile`"},
      {"securityContext: { sysctls: [{ name: kernel.msgmax, value: \"1\" }] }", "it sets the sysctl `kernel.msgmax`"},
      {"containers: [{ name: c, securityContext: { procMount: Unmasked } }]", "container `c` mounts /proc otherwise than by default"},
      {"containers: [{ name: c, securityContext: { seLinuxOptions: { type: spc_t } } }]", "container `c` has `seLinuxOptions` of its own"},
      {"containers: [{ name: c, livenessProbe: { httpGet: { host: 10.0.0.1, port: 80 } } }]", "container `c` names a `host` in `livenessProbe.httpGet`"},
  };
  for (const Case& c : cases) EXPECT_THAT(found(c.spec, PodSecurity::baseline), ElementsAre(c.expected)) << c.spec;
}

TEST(Baseline, AllowsRoot) { EXPECT_THAT(found("containers: [{ name: c, securityContext: { capabilities: { add: [CHOWN] } } }]", PodSecurity::baseline), IsEmpty()); }

constexpr const char* kRestricted =
    "securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }\n"
    "containers: [{ name: c, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } } }]\n";

TEST(Restricted, WantsEverythingSaid) {
  EXPECT_THAT(found(kRestricted, PodSecurity::restricted), IsEmpty());
  EXPECT_THAT(found("containers: [{ name: c }]", PodSecurity::restricted),
              ElementsAre("container `c` may gain privileges", "container `c` doesn't drop `ALL` capabilities", "container `c` may run as root", "container `c` has no `seccompProfile`"));
  EXPECT_THAT(found(std::string(kRestricted) + "volumes: [{ name: n, nfs: {} }]", PodSecurity::restricted), Contains("volume `n` is of kind `nfs`"));
}

}  // namespace
}  // namespace manifest
