// The Kubernetes form of small environments; those of this project are in golden_test.cc.
#include "envtool/manifest/kubernetes.h"

#include <gmock/gmock.h>

#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"

namespace manifest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Kubernetes : public testing::Test {
 protected:
  Kubernetes() {
    env_.name = "my_env";
    env_.stem = "hub";
    env_.pod = "hub-my_env";
    env_.deploy.keys = {deploy_key("plain"), deploy_key("hidden"), deploy_key("maybe")};
    env_.deploy.keys[1].secret = true;
    env_.deploy.keys[2].required = false;
    inputs_.deploy = {{"plain", "a"}, {"hidden", "b"}};
    inputs_.deploy_fingerprint = "print";
  }

  static model::DeployKey deploy_key(const std::string& name) {
    model::DeployKey key;
    key.name = name;
    key.type = "text";
    return key;
  }

  ClusterForm form(const std::string& pod_spec, const std::string& more = "") {
    const std::string text = "apiVersion: core/v1\nkind: Pod\nmetadata: { name: hub-my_env, annotations: { io.podman.annotations.x: y } }\nspec:\n" + pod_spec + more;
    base::Diagnostics problems;
    ClusterForm form = to_kubernetes(env_, doc::read_yaml_all(sources_.add("pod.yaml", text)), inputs_, problems);
    problems_.clear();
    for (const base::Diagnostic& problem : problems.all()) problems_.push_back(problem.message);
    return form;
  }

  static const doc::Value& find(const ClusterForm& form, const std::string& kind) {
    static const doc::Value kNone;
    for (const ClusterObject& object : form.objects) {
      if (doc::text_at(object.object, "kind") == kind) return object.object;
    }
    return kNone;
  }

  static const doc::Value& spec_of(const ClusterForm& form) { return *doc::at_path(form.objects.back().object, "spec.template.spec"); }

  static constexpr const char* kContainer = "  containers: [{ name: main, image: quay.io/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000 }]\n";

  model::Env env_;
  ClusterInputs inputs_;
  base::Sources sources_;
  std::vector<std::string> problems_;
};

TEST_F(Kubernetes, ComesInTheOrderInWhichItIsApplied) {
  std::vector<std::string> kinds;
  for (const ClusterObject& object : form(kContainer, "---\nkind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: { name: r }\n").objects) {
    kinds.push_back(doc::text_at(object.object, "kind"));
  }
  EXPECT_THAT(kinds, ElementsAre("Namespace", "ServiceAccount", "NetworkPolicy", "NetworkPolicy", "ConfigMap", "Secret", "Service", "Role", "StatefulSet"));
}

TEST_F(Kubernetes, LeavesPodmansThingsBehind) {
  const std::string text = doc::emit_json(form("  containers: [{ name: main, image: x/y, imagePullPolicy: Never, ports: [{ containerPort: 80, hostPort: 81, hostIP: 127.0.0.1 }] }]\n").objects.back().object);
  for (const char* gone : {"io.podman", "hostPort", "hostIP", "Never"}) EXPECT_THAT(text, testing::Not(HasSubstr(gone)));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(Kubernetes, TakesSecretSettingsFromASecret) {
  const auto made = form("  containers:\n  - name: main\n    image: x/y\n    env:\n"
                         "    - { name: A, valueFrom: { configMapKeyRef: { name: deploy-config, key: plain } } }\n"
                         "    - { name: B, valueFrom: { configMapKeyRef: { name: deploy-config, key: hidden } } }\n"
                         "    - { name: C, valueFrom: { configMapKeyRef: { name: deploy-config, key: maybe, optional: true } } }\n"
                         "    - { name: D, value: 8000 }\n");
  const std::string map = doc::text_at(find(made, "ConfigMap"), "metadata.name");
  const std::string secret = doc::text_at(find(made, "Secret"), "metadata.name");
  EXPECT_EQ(doc::emit_json(*doc::at_path(spec_of(made), "containers.0.env")),
            R"([{"name":"A","valueFrom":{"configMapKeyRef":{"name":")" + map + R"(","key":"plain"}}},{"name":"B","valueFrom":{"secretKeyRef":{"name":")" + secret +
                R"(","key":"hidden"}}},{"name":"D","value":"8000"}])");
  EXPECT_EQ(doc::emit_json(*find(made, "ConfigMap").find("data")), R"({"plain":"a"})");
}

TEST_F(Kubernetes, GivesWhatChangesAnotherName) {
  const std::string map = doc::text_at(find(form(kContainer), "ConfigMap"), "metadata.name");
  const std::string secret = doc::text_at(find(form(kContainer), "Secret"), "metadata.name");
  inputs_.deploy["plain"] = "other";
  EXPECT_NE(doc::text_at(find(form(kContainer), "ConfigMap"), "metadata.name"), map);
  EXPECT_EQ(doc::text_at(find(form(kContainer), "Secret"), "metadata.name"), secret);
  inputs_.deploy_fingerprint = "other";
  EXPECT_NE(doc::text_at(find(form(kContainer), "Secret"), "metadata.name"), secret);
}

TEST_F(Kubernetes, TellsNothingOfSecretsInNamesAndKeys) {
  const auto keys = [&] {
    std::vector<std::string> all;
    for (const ClusterObject& object : form(kContainer).objects) all.push_back(object.key + doc::text_at(object.object, "metadata.name"));
    return all;
  };
  const auto before = keys();
  inputs_.deploy["hidden"] = "another value";
  EXPECT_EQ(keys(), before) << "only the fingerprint counts";
}

TEST_F(Kubernetes, MountsClaimsThatAreFilledOnce) {
  env_.volumes.push_back({"data", "data_my_env", {}, {}, {}, {}});
  inputs_.volumes["data_my_env"] = {"key", "tar"};
  const std::string pod = "  containers: [{ name: main, image: x/y, volumeMounts: [{ name: data_vol, mountPath: /d, subPath: /a }] }]\n"
                          "  volumes: [{ name: data_vol, persistentVolumeClaim: { claimName: data_my_env } }]\n";
  const auto made = form(pod);
  EXPECT_EQ(doc::emit_json(*doc::at_path(spec_of(made), "containers.0.volumeMounts")), R"([{"name":"data-vol","mountPath":"/d","subPath":"a"}])");
  EXPECT_EQ(doc::text_at(spec_of(made), "initContainers.0.name"), "seed");
  for (const ClusterObject& object : made.objects) {
    EXPECT_EQ(object.keep == Keep::create_once, object.source == "volume data") << object.source;
  }
  const std::string workload = made.objects.back().key;
  inputs_.volumes["data_my_env"] = {"other key", "other tar"};
  EXPECT_EQ(form(pod).objects.back().key, workload) << "a changed tree restarts nothing";
  EXPECT_THAT(made.renamed, Contains(testing::Pair("PersistentVolumeClaim data_my_env", "data-my-env")));
  EXPECT_THAT(made.renamed, Contains(testing::Pair("volume data_vol", "data-vol")));
}

TEST_F(Kubernetes, UnpacksSecretsWithOtherOwnersIntoMemory) {
  model::Secret secret;
  secret.name = "keys";
  secret.object = "keys_my_env";
  secret.owners["authorized"] = {"someone", 1000, "someone", 1000};
  env_.secrets.push_back(secret);
  inputs_.secrets["keys_my_env"] = {"print", {{"authorized", "x"}}, "tar"};
  const std::string pod = "  containers: [{ name: main, image: x/y, volumeMounts: [{ name: k, mountPath: /k, subPath: authorized, readOnly: false }] }]\n"
                          "  volumes: [{ name: k, secret: { secretName: keys_my_env, defaultMode: 0600 } }]\n";
  const auto made = form(pod);
  EXPECT_EQ(doc::emit_json(*doc::at_path(spec_of(made), "volumes.0")), R"({"name":"k","emptyDir":{"medium":"Memory","sizeLimit":"8Mi"}})");
  EXPECT_EQ(doc::emit_json(*doc::at_path(spec_of(made), "containers.0.volumeMounts.0")), R"({"name":"k","mountPath":"/k","subPath":"authorized","readOnly":true})");
}

TEST_F(Kubernetes, RunsAsWhatTheDefinitionSays) {
  EXPECT_EQ(form(kContainer).workload_kind, "StatefulSet");
  env_.cluster.workload = model::Workload::deployment;
  EXPECT_EQ(doc::text_at(form(kContainer).objects.back().object, "spec.strategy.type"), "Recreate");
  env_.cluster.workload = model::Workload::pod;
  EXPECT_EQ(form(kContainer).workload_kind, "Pod");
  EXPECT_EQ(form(kContainer).workload, "hub-my-env");
}

TEST_F(Kubernetes, EnforcesTheHighestLevelThatThePodsKeepTo) {
  const auto level = [&] { return doc::emit_json(*find(form(kContainer), "Namespace").find("metadata")->find("labels")->find("pod-security.kubernetes.io/enforce")); };
  EXPECT_EQ(level(), "\"baseline\"");
  env_.cluster.containers["main"].user = 1000;
  EXPECT_EQ(level(), "\"restricted\"");
}

TEST_F(Kubernetes, RefusesWhatNoClusterDoes) {
  form("  hostNetwork: true\n  containers: [{ name: main, image: localhost/a }]\n");
  EXPECT_THAT(problems_, ElementsAre("image `localhost/a` is built here, and no registry is named that a cluster could pull it from",
                                     "Pod `hub-my_env` violates the Pod Security level `baseline`: `hostNetwork` is true"));
  env_.cluster.services["lost"];
  env_.cluster.ingress = model::Ingress{"hub.example", "public", "", "", {}};
  form(kContainer);
  EXPECT_THAT(problems_, ElementsAre("`cluster` names the port `lost`, which the environment doesn't publish", "the ingress names the port `public`, which the environment doesn't publish"));
}

TEST_F(Kubernetes, ClosesPortsThatNobodyIsNamedFor) {
  env_.ports.push_back({"hub", "main", 8081, "", 8081});
  form(kContainer);
  EXPECT_THAT(problems_, ElementsAre("nobody may connect to port `hub`"));
  env_.cluster.services["hub"].from = {"10.0.0.0/8"};
  const auto made = form(kContainer);
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_EQ(made.objects[3].source, "network policy");
  EXPECT_THAT(doc::emit_json(made.objects[3].object), HasSubstr(R"("from":[{"ipBlock":{"cidr":"10.0.0.0/8"}}],"ports":[{"port":8081)"));
}

TEST(RegistryReference, ReplacesTheLocalHost) {
  EXPECT_EQ(registry_reference("registry.example/hub", "localhost/brics_slurm:dev"), "registry.example/hub/brics_slurm:dev");
  EXPECT_EQ(registry_reference("registry.example/hub", "quay.io/a/b:1"), "quay.io/a/b:1");
  EXPECT_EQ(registry_reference("", "localhost/x"), "localhost/x");
}

TEST(WithoutSecrets, KeepsTheKeys) {
  const doc::Value secret = doc::make_map({{"kind", "Secret"}, {"data", doc::make_map({{"key", "dmFsdWU="}})}});
  EXPECT_EQ(doc::emit_json(without_secrets(secret)), R"({"kind":"Secret","data":{"key":"..."}})");
}

}  // namespace
}  // namespace manifest
