// Findings of `check --target` with their places; what targets really do is compared in tests/peer.
#include "envtool/manifest/portability.h"

#include <gmock/gmock.h>

#include "envtool/doc/yaml.h"
#include "envtool/manifest/api.h"

namespace manifest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> findings(const std::string& text, const std::string& target) {
  base::Sources sources;
  std::vector<std::string> lines;
  for (const Finding& finding : check_portability(doc::read_yaml_all(sources.add("m.yaml", text)), parse_target(target))) {
    lines.push_back(std::string(to_string(finding.verdict)) + " " + to_string(finding.span) + " " + finding.message);
  }
  return lines;
}

std::string object(const std::string& api_version, const std::string& kind) { return "apiVersion: " + api_version + "\nkind: " + kind + "\nmetadata: { name: x }\n"; }

TEST(Portability, KnowsWhichVersionServesWhat) {
  EXPECT_THAT(findings(object("policy/v1beta1", "PodDisruptionBudget"), "kubernetes@1.25"),
              ElementsAre("refused m.yaml:1:13 Kubernetes 1.25 has no PodDisruptionBudget of `policy/v1beta1` any more, 1.24 was the last"));
  EXPECT_THAT(findings(object("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"), "kubernetes@1.28"),
              ElementsAre("refused m.yaml:1:13 Kubernetes 1.28 has no FlowSchema of `flowcontrol.apiserver.k8s.io/v1` yet, 1.29 is the first"));
  EXPECT_THAT(findings(object("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"), "kubernetes@1.29"), IsEmpty());
  EXPECT_THAT(findings(object("extensions/v1", "Deployment"), "kubernetes@1.36"), ElementsAre("refused m.yaml:1:13 there is no Deployment in `extensions/v1`"));
  EXPECT_THAT(findings(object("example.org/v1", "Thing"), "kubernetes@1.36"), ElementsAre("refused m.yaml:1:13 Kubernetes itself has no Thing in `example.org/v1`"));
}

TEST(Portability, PointsAtFields) {
  EXPECT_THAT(findings(object("v1", "ConfigMap") + "data: { port: 8000 }\nimutable: true\n", "kubernetes@1.36"),
              ElementsAre("refused m.yaml:4:15 `data.port` must be a string, found `8000`", "refused m.yaml:5:1 `ConfigMap` has no field `imutable`"));
}

TEST(Portability, ReadsBareWordsAsKubectlDoes) {
  for (const char* word : {"yes", "on", "No", "y", "1_000", "0b11"}) {
    EXPECT_EQ(findings(object("v1", "ConfigMap") + "data: { a: " + word + " }\n", "kubernetes@1.36").size(), 1U) << word;
    EXPECT_THAT(findings(object("v1", "ConfigMap") + "data: { a: \"" + word + "\" }\n", "kubernetes@1.36"), IsEmpty()) << word;
  }
  for (const char* word : {"127.0.0.1", "2026-01-01", "1.2.3", "a_b", "0x", "yess"}) {
    EXPECT_THAT(findings(object("v1", "ConfigMap") + "data: { a: " + word + " }\n", "kubernetes@1.36"), IsEmpty()) << word;
  }
}

TEST(Portability, DependsOnPodmansVersion) {
  const std::string secret = object("v1", "Secret") + "stringData: { a: b }\n";
  EXPECT_THAT(findings(secret, "podman@4.3"), ElementsAre("rewritten m.yaml:4:13 podman 4.3.0 ignores `stringData`, podman 4.4.0 is the first that knows it"));
  EXPECT_THAT(findings(secret, "podman@4.4"), IsEmpty());
}

TEST(Verdict, IsTheWorst) {
  EXPECT_EQ(verdict_of({}), Verdict::fine);
  EXPECT_EQ(verdict_of({{Verdict::rewritten, "", "", {}}, {Verdict::refused, "", "", {}}, {Verdict::rewritten, "", "", {}}}), Verdict::refused);
}

TEST(Api, KnowsTypesThatContainThemselves) {
  const auto kind = find_kind("apiextensions.k8s.io/v1", "CustomResourceDefinition");
  EXPECT_FALSE(kind) << "kubectl's own types don't have it";
  const auto pod = find_kind("v1", "Pod");
  ASSERT_TRUE(pod);
  const ApiType containers = *pod->type.field("spec")->field("containers");
  EXPECT_EQ(containers.holds(), Holds::kList);
  EXPECT_EQ(containers.element().name(), "Container");
  EXPECT_EQ(containers.element().field("resources")->field("limits")->element().holds(), Holds::kQuantity);
  EXPECT_EQ(containers.element().field("livenessProbe")->field("httpGet")->field("port")->holds(), Holds::kIntOrString);
}

}  // namespace
}  // namespace manifest
