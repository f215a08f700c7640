#include "envtool/manifest/adapt.h"

#include <gmock/gmock.h>

#include "envtool/base/render.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"

namespace manifest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class Adapt : public testing::Test {
 protected:
  /// The adapted objects as JSON lines; problems are kept.
  std::vector<std::string> adapt_text(const std::string& yaml, const std::string& target) {
    base::Diagnostics problems;
    adapted_ = adapt(doc::read_yaml_all(sources_.add("m.yaml", yaml)), parse_target(target),
                     [](const std::string& volume) { return "/v/" + volume + "/_data"; }, problems);
    problems_.clear();
    for (const base::Diagnostic& problem : problems.all()) problems_.push_back(to_string(problem.span) + " " + problem.message);
    std::vector<std::string> lines;
    for (const doc::Value& object : adapted_.objects) lines.push_back(doc::emit_json(object));
    return lines;
  }
  static std::string pod(const std::string& spec) { return "kind: Pod\nmetadata: {name: p}\nspec:\n" + spec; }

  base::Sources sources_;
  Adapted adapted_;
  std::vector<std::string> problems_;
};

constexpr const char* kSecretPod =
    "  containers:\n"
    "  - {name: c, volumeMounts: [{name: s, mountPath: /k, subPath: ssh_key, readOnly: true}]}\n"
    "  volumes:\n"
    "  - name: s\n    secret: {secretName: keys, defaultMode: 0600, items: [{key: ssh_key, path: ssh_key, mode: 0400}]}\n"
    "---\nkind: Secret\nmetadata: {name: keys}\n---\nkind: Secret\nmetadata: {name: others}\n";

TEST_F(Adapt, NewPodmanTakesThingsAsTheyAre) {
  const auto lines = adapt_text(pod(kSecretPod), "podman@5.4");
  EXPECT_THAT(lines, testing::SizeIs(3));
  EXPECT_THAT(lines[0], testing::HasSubstr(R"("subPath":"ssh_key")"));
  EXPECT_THAT(lines[0], testing::HasSubstr(R"("defaultMode":384)"));
  EXPECT_THAT(adapted_.seeded_secrets, IsEmpty());
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(Adapt, BeforeModesSecretsBecomeVolumes) {
  const auto lines = adapt_text(pod(kSecretPod), "podman@4.4");
  EXPECT_THAT(lines, ElementsAre(R"({"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","volumeMounts":)"
                                 R"([{"name":"s","mountPath":"/k","subPath":"ssh_key","readOnly":true}]}],"volumes":)"
                                 R"([{"name":"s","persistentVolumeClaim":{"claimName":"keys"}}]}})",
                                 R"({"kind":"Secret","metadata":{"name":"others"}})"));
  ASSERT_TRUE(adapted_.seeded_secrets.contains("keys"));
  EXPECT_EQ(adapted_.seeded_secrets["keys"].mode, 0600U);
  EXPECT_THAT(adapted_.seeded_secrets["keys"].modes, ElementsAre(Pair("ssh_key", 0400U)));
}

TEST_F(Adapt, BeforeSubPathMountsBecomeHostPaths) {
  const auto lines = adapt_text(pod(kSecretPod), "podman@4.3.1");
  EXPECT_EQ(lines[0], R"({"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","volumeMounts":)"
                      R"([{"name":"s-ssh-key","mountPath":"/k","readOnly":true}]}],"volumes":)"
                      R"([{"name":"s-ssh-key","hostPath":{"path":"/v/keys/_data/ssh_key"}}]}})");
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(Adapt, WholeVolumesStay) {
  const auto lines = adapt_text(pod("  containers:\n  - {name: c, volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b, subPath: b/c}]}\n"
                                    "  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n"),
                                "podman@4.3");
  EXPECT_THAT(lines[0], testing::HasSubstr(R"("volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}},)"
                                           R"({"name":"v-b-c","hostPath":{"path":"/v/data/_data/b/c"}}])"));
}

TEST_F(Adapt, HostPathsBelowHostPaths) {
  const auto lines = adapt_text(pod("  containers:\n  - {name: c, volumeMounts: [{name: h, mountPath: /a, subPath: x}]}\n"
                                    "  volumes: [{name: h, hostPath: {path: /srv}}]\n"), "podman@4.3");
  EXPECT_THAT(lines[0], testing::HasSubstr(R"("volumes":[{"name":"h-x","hostPath":{"path":"/srv/x"}}])"));
}

TEST_F(Adapt, PathsThatLookAlikeStayApart) {
  const auto lines = adapt_text(pod("  containers:\n  - {name: c, volumeMounts: [{name: v, mountPath: /1, subPath: a.b}, {name: v, mountPath: /2, subPath: a_b}]}\n"
                                    "  volumes: [{name: v, persistentVolumeClaim: {claimName: d}}]\n"), "podman@4.3");
  EXPECT_THAT(lines[0], testing::HasSubstr(R"([{"name":"v-a-b","mountPath":"/1"},{"name":"v-a-b-2","mountPath":"/2"}])"));
  EXPECT_THAT(lines[0], testing::HasSubstr(R"([{"name":"v-a-b","hostPath":{"path":"/v/d/_data/a.b"}},)"
                                           R"({"name":"v-a-b-2","hostPath":{"path":"/v/d/_data/a_b"}}])"));
}

TEST_F(Adapt, APathNeverTakesAnotherVolumesName) {
  const auto lines = adapt_text(pod("  containers:\n  - name: c\n    volumeMounts: [{name: v, mountPath: /1, subPath: a}, {name: v-a, mountPath: /2},"
                                    " {name: v, mountPath: /3, subPath: a}]\n"
                                    "  volumes: [{name: v, persistentVolumeClaim: {claimName: d}}, {name: v-a, persistentVolumeClaim: {claimName: e}}]\n"),
                                "podman@4.3");
  EXPECT_THAT(lines[0], testing::HasSubstr(R"([{"name":"v-a-2","mountPath":"/1"},{"name":"v-a","mountPath":"/2"},{"name":"v-a-2","mountPath":"/3"}])"));
  EXPECT_THAT(lines[0], testing::HasSubstr(R"("volumes":[{"name":"v-a","persistentVolumeClaim":{"claimName":"e"}},)"
                                           R"({"name":"v-a-2","hostPath":{"path":"/v/d/_data/a"}}])"));
}

TEST_F(Adapt, NothingIsAddedToAPodWithoutVolumes) {
  for (const char* text : {"kind: Pod\n", "kind: Pod\nspec: {containers: [{name: c, image: i}]}\n"}) {
    EXPECT_EQ(adapt_text(text, "podman@4.3"), adapt_text(text, "podman@5.4")) << text;
  }
}

TEST_F(Adapt, ASecretMountedTwiceMayDifferInNothing) {
  const auto twice = [](const char* mode) {
    return pod(std::string("  containers: []\n  volumes:\n  - {name: a, secret: {secretName: keys, defaultMode: 0600}}\n") +
               "  - {name: b, secret: {secretName: keys, defaultMode: " + mode + "}}\n");
  };
  adapt_text(twice("0600"), "podman@4.4");
  EXPECT_THAT(problems_, IsEmpty());
  adapt_text(twice("0644"), "podman@4.4");
  EXPECT_THAT(problems_, ElementsAre("m.yaml:7:23 podman 4.4.0 ignores `spec.volumes[b].secret.defaultMode` of Pod `p`, "
                                     "podman 4.8.0 is the first that knows it"));
  adapt_text(twice("0644"), "podman@4.8");
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(Adapt, InitContainersToo) {
  const auto lines = adapt_text(pod("  initContainers:\n  - {name: i, volumeMounts: [{name: v, mountPath: /1, subPath: a}]}\n  containers: []\n"
                                    "  volumes: [{name: v, persistentVolumeClaim: {claimName: d}}]\n"), "podman@4.3");
  EXPECT_THAT(lines[0], testing::HasSubstr(R"("mountPath":"/1"})"));
}

TEST_F(Adapt, OtherObjectsPass) {
  EXPECT_THAT(adapt_text("kind: ConfigMap\nmetadata: {name: c}\n", "podman@4.3"),
              ElementsAre(R"({"kind":"ConfigMap","metadata":{"name":"c"}})"));
}

struct RefusedCase {
  std::string spec, target, problem;
};

TEST_F(Adapt, RefusesByName) {
  const RefusedCase cases[] = {
      {"  containers:\n  - {name: c, env: [{name: X, valueFrom: {secretKeyRef: {name: s, key: k}}}]}\n", "podman@4.3.1",
       "m.yaml:5:57 podman 4.3.1 ignores `spec.containers[c].env[X].valueFrom.secretKeyRef` of Pod `p`, podman 4.4.0 is the first that knows it"},
      {"  containers:\n  - {name: c, envFrom: [{secretRef: {name: s}}]}\n", "podman@4.3.1",
       "m.yaml:5:25 podman 4.3.1 ignores `spec.containers[c].envFrom.secretRef` of Pod `p`, podman 4.4.0 is the first that knows it"},
      {"  containers: []\n  volumes: [{name: n, nfs: {server: x}}]\n", "podman@5.4",
       "m.yaml:5:23 podman can't mount a volume of kind `nfs` (volume `n` of Pod `p`)"},
      {"  containers: []\n  volumes: [{name: m, configMap: {name: c, defaultMode: 0600}}]\n", "podman@4.7",
       "m.yaml:5:57 podman 4.7.0 ignores `spec.volumes[m].configMap.defaultMode` of Pod `p`, podman 4.8.0 is the first that knows it"},
      {"  containers: []\n  volumes: [{name: s, secret: {secretName: x, items: [{key: a, path: b}]}}]\n", "podman@4.4",
       "m.yaml:5:55 podman 4.4.0 ignores `spec.volumes[s].secret.items` of Pod `p`, podman 4.8.0 is the first that knows it"},
      {"  containers:\n  - {name: c, volumeMounts: [{name: m, mountPath: /x, subPath: y}]}\n  volumes: [{name: m, configMap: {name: c}}]\n", "podman@4.3",
       "m.yaml:5:30 podman 4.3.0 ignores `spec.containers[].volumeMounts[m].subPath` of Pod `p`, podman 4.4.0 is the first that knows it"},
      {"  containers:\n  - {name: c, volumeMounts: [{name: m, mountPath: /x, subPathExpr: $(Y)}]}\n  volumes: [{name: m, hostPath: {path: /y}}]\n", "podman@5.4",
       "m.yaml:5:30 podman ignores `spec.containers[c].volumeMounts[m].subPathExpr` of Pod `p`"},
  };
  for (const RefusedCase& c : cases) {
    adapt_text(pod(c.spec), c.target);
    EXPECT_THAT(problems_, ElementsAre(c.problem)) << c.spec;
    adapt_text(pod(c.spec), "podman@5.4");
    EXPECT_EQ(problems_.empty(), c.target != "podman@5.4") << c.spec;
  }
}

TEST_F(Adapt, RefusesAClaimThatCouldBePlayedOnlyOnce) {
  const char* claim = "kind: PersistentVolumeClaim\nmetadata: {name: data}\n";
  adapt_text(claim, "podman@4.3.1");
  EXPECT_THAT(problems_, ElementsAre("m.yaml:1:1 podman 4.3.1 fails on PersistentVolumeClaim `data` once its volume is there, "
                                     "podman 4.4.0 is the first that takes it"));
  adapt_text(claim, "podman@4.4");
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(Adapt, SurvivesStrangePods) {
  for (const char* text : {"kind: Pod\n", "kind: Pod\nspec: {}\n", "kind: Pod\nspec: {containers: null, volumes: null}\n",
                           "kind: Pod\nspec: {containers: [x], volumes: [y]}\n", "kind: Pod\nspec: 3\n", "3\n", "[]\n"}) {
    for (const char* target : {"podman@4.3", "podman@5.4"}) EXPECT_NO_THROW(adapt_text(text, target)) << text;
  }
}

}  // namespace
}  // namespace manifest
