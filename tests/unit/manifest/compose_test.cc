// The pod of every environment, cell by cell.
#include "envtool/manifest/compose.h"

#include <gmock/gmock.h>

#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "tests/support/environments.h"

namespace manifest {
namespace {

using doc::Value;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

const Value& pod_of(const test::Environment& environment) { return environment.objects.at(0); }

/// What stands at a path, of whatever kind.
std::string shown_at(const Value& value, std::string_view path) {
  const Value* found = doc::at_path(value, path);
  return found == nullptr ? "" : found->is_string() ? found->as_string() : doc::canonical_json(*found);
}

Texts names_in(const doc::List& list) {
  Texts names;
  for (const Value& item : list) names.push_back(shown_at(item, "name"));
  return names;
}

const Value& container(const test::Environment& environment, const std::string& name) {
  static const Value kNone;
  for (const Value& found : doc::list_at(pod_of(environment), "spec.containers")) {
    if (shown_at(found, "name") == name) return found;
  }
  ADD_FAILURE() << "no container " << name;
  return kNone;
}

/// `NAME=literal` or `NAME<-key`.
Texts env_of(const Value& of) {
  Texts out;
  for (const Value& variable : doc::list_at(of, "env")) {
    const std::string key = shown_at(variable, "valueFrom.configMapKeyRef.key");
    out.push_back(shown_at(variable, "name") + (key.empty() ? "=" + shown_at(variable, "value") : "<-" + key));
    if (key.empty()) {
      EXPECT_TRUE(variable.find("value")->is_string()) << shown_at(variable, "name");
    } else {
      EXPECT_EQ(shown_at(variable, "valueFrom.configMapKeyRef.name"), "deploy-config");
      EXPECT_EQ(shown_at(variable, "valueFrom.configMapKeyRef.optional"), "false");
    }
  }
  return out;
}

/// `PATH access source:subPath`, where the source is what the volume is made of.
Texts mounts_of(const test::Environment& environment, const std::string& name) {
  std::map<std::string, std::string> sources;
  for (const Value& volume : doc::list_at(pod_of(environment), "spec.volumes")) {
    const std::string claim = shown_at(volume, "persistentVolumeClaim.claimName");
    sources[shown_at(volume, "name")] = claim.empty() ? shown_at(volume, "secret.secretName") : claim;
  }
  Texts out;
  for (const Value& mount : doc::list_at(container(environment, name), "volumeMounts")) {
    out.push_back(shown_at(mount, "mountPath") + (shown_at(mount, "readOnly") == "true" ? " ro " : " rw ") +
                  sources.at(shown_at(mount, "name")) + ":" + shown_at(mount, "subPath"));
  }
  return out;
}

bool in_pod(const std::string& env) { return env.find("extslurm") == std::string::npos && env != "prod"; }
bool zenith(const std::string& env) { return env == "prod" || env.ends_with("zenithclient"); }
bool dummy(const std::string& env) { return env.find("dummyauth") != std::string::npos; }

class Compose : public testing::TestWithParam<std::string> {
 protected:
  const std::string name_ = GetParam();
  const test::Environment environment_{name_};
};

TEST_P(Compose, IsOnePod) {
  ASSERT_THAT(environment_.objects, testing::SizeIs(1));
  EXPECT_EQ(shown_at(pod_of(environment_), "apiVersion"), "v1");
  EXPECT_EQ(shown_at(pod_of(environment_), "kind"), "Pod");
  EXPECT_EQ(shown_at(pod_of(environment_), "metadata.name"), "jupyterhub-slurm-" + name_);
}

TEST_P(Compose, Containers) {
  Texts expected{"jupyterhub"};
  if (in_pod(name_)) expected.emplace_back("slurm");
  if (zenith(name_)) expected.emplace_back("zenith-client");
  EXPECT_EQ(names_in(doc::list_at(pod_of(environment_), "spec.containers")), expected);
}

TEST_P(Compose, Images) {
  const std::string tag = name_ == "prod" ? "latest" : "dev-latest";
  EXPECT_EQ(shown_at(container(environment_, "jupyterhub"), "image"), "localhost/brics_jupyterhub:" + tag);
  EXPECT_EQ(shown_at(container(environment_, "jupyterhub"), "imagePullPolicy"), "Never");
  if (in_pod(name_)) {
    EXPECT_EQ(shown_at(container(environment_, "slurm"), "image"), "localhost/brics_slurm:dev-latest");
  }
  if (zenith(name_)) {
    EXPECT_EQ(shown_at(container(environment_, "zenith-client"), "image"), "ghcr.io/azimuth-cloud/zenith-client:0.16.1");
  }
}

TEST_P(Compose, Ports) {
  const doc::List& ports = doc::list_at(container(environment_, "jupyterhub"), "ports");
  if (zenith(name_)) {
    EXPECT_THAT(ports, IsEmpty());
  } else {
    ASSERT_THAT(ports, testing::SizeIs(1));
    EXPECT_EQ(ports[0], doc::make_map({{"name", "public"},
                                       {"containerPort", 8000},
                                       {"hostPort", 8000},
                                       {"hostIP", "127.0.0.1"},
                                       {"protocol", "TCP"}}));
  }
}

TEST_P(Compose, EnvironmentOfTheHub) {
  Texts expected{"DEPLOY_CONFIG_LOG_LEVEL<-logLevel", "DEPLOY_CONFIG_BASE_URL<-baseUrl"};
  if (name_ != "prod") expected.emplace_back("DEPLOY_CONFIG_DEV_USERS<-devUsers");
  if (dummy(name_)) expected.emplace_back("DEPLOY_CONFIG_DUMMYAUTH_PASSWORD<-dummyAuthPassword");
  for (const char* rest : {"DEPLOY_CONFIG_SSH_HOSTNAME<-sshHostname",
                           "DEPLOY_CONFIG_SLURMSPAWNER_WRAPPERS_BIN<-slurmSpawnerWrappersBin",
                           "DEPLOY_CONFIG_CONDA_PREFIX_DIR<-condaPrefixDir", "DEPLOY_CONFIG_JUPYTER_DATA_DIR<-jupyterDataDir",
                           "DEPLOY_CONFIG_HUB_CONNECT_URL<-hubConnectUrl", "DEPLOY_CONFIG_OIDC_SERVER<-oidcServer",
                           "DEPLOY_CONFIG_BRICS_PLATFORM<-bricsPlatform", "DEPLOY_CONFIG_JWT_AUDIENCE<-jwtAudience",
                           "NODE_OPTIONS=--max-http-header-size=32768"}) {
    expected.emplace_back(rest);
  }
  EXPECT_EQ(env_of(container(environment_, "jupyterhub")), expected);
}

TEST_P(Compose, EnvironmentOfTheOthers) {
  if (in_pod(name_)) {
    EXPECT_THAT(env_of(container(environment_, "slurm")), ElementsAre("DEPLOY_CONFIG_DEV_USERS<-devUsers"));
  }
  if (!zenith(name_)) return;
  EXPECT_THAT(env_of(container(environment_, "zenith-client")),
              ElementsAre("ZENITH_CLIENT_CONFIG=/etc/zenith/client.yaml", "ZENITH_CLIENT__SSH_IDENTITY_PATH=/etc/zenith/ssh_key",
                          "ZENITH_CLIENT__FORWARD_TO_HOST=127.0.0.1", "ZENITH_CLIENT__FORWARD_TO_PORT=8000"));
}

TEST_P(Compose, MountsOfTheHub) {
  const std::string root = "jupyterhub_root_" + name_;
  const std::string client = "jupyterhub-slurm-ssh-client-key-" + name_;
  const std::string hosts = in_pod(name_) ? "jupyterhub-slurm-ssh-host-key-" + name_ + ":localhost_known_hosts"
                                          : "jupyterhub-slurm-ssh-known-hosts-" + name_ + ":ssh_known_hosts";
  EXPECT_THAT(mounts_of(environment_, "jupyterhub"),
              ElementsAre("/etc/jupyterhub ro " + root + ":etc/jupyterhub", "/srv/jupyterhub rw " + root + ":srv/jupyterhub",
                          "/var/log/jupyterhub rw " + root + ":var/log/jupyterhub",
                          "/srv/jupyterhub/ssh_key rw " + client + ":ssh_key",
                          "/srv/jupyterhub/ssh_key.pub ro " + client + ":ssh_key.pub", "/etc/ssh/ssh_known_hosts ro " + hosts));
}

TEST_P(Compose, MountsOfSlurm) {
  if (!in_pod(name_)) return;
  const std::string root = "slurm_root_" + name_;
  const std::string host = "jupyterhub-slurm-ssh-host-key-" + name_;
  EXPECT_THAT(mounts_of(environment_, "slurm"),
              ElementsAre("/home rw homes_" + name_ + ":home",
                          "/var/log/sshd.log rw " + root + ":var/log/sshd.log",
                          "/var/log/slurmctld.log rw " + root + ":var/log/slurmctld.log",
                          "/var/log/slurmd.log rw " + root + ":var/log/slurmd.log",
                          "/var/spool/slurmctld rw " + root + ":var/spool/slurmctld",
                          "/var/spool/slurmd rw " + root + ":var/spool/slurmd",
                          "/etc/ssh/ssh_host_ed25519_key rw " + host + ":ssh_key",
                          "/etc/ssh/ssh_host_ed25519_key.pub ro " + host + ":ssh_key.pub",
                          "/home/jupyterspawner/.ssh/authorized_keys rw jupyterhub-slurm-ssh-client-key-" + name_ +
                              ":localhost_authorized_keys",
                          "/etc/munge/environment.key ro jupyterhub-slurm-munge-key-" + name_ + ":munge.key"));
}

TEST_P(Compose, SlurmNeverSeesTheClientsPrivateKey) {
  if (!in_pod(name_)) return;
  for (const std::string& mount : mounts_of(environment_, "slurm")) {
    EXPECT_FALSE(mount.find("ssh-client-key") != std::string::npos && mount.ends_with(":ssh_key")) << mount;
    EXPECT_FALSE(mount.ends_with(":")) << "a whole volume: " << mount;
  }
}

TEST_P(Compose, MountsOfZenith) {
  if (!zenith(name_)) return;
  const std::string key = "jupyterhub-slurm-ssh-zenith-client-key-" + name_;
  EXPECT_THAT(mounts_of(environment_, "zenith-client"),
              ElementsAre("/etc/zenith/client.yaml ro jupyterhub-slurm-zenith-client-config-" + name_ + ":client.yaml",
                          "/etc/zenith/ssh_key ro " + key + ":ssh_key", "/etc/zenith/ssh_key.pub ro " + key + ":ssh_key.pub"));
}

TEST_P(Compose, ModesOfSecrets) {
  for (const Value& volume : doc::list_at(pod_of(environment_), "spec.volumes")) {
    if (volume.find("secret") == nullptr) {
      EXPECT_EQ(shown_at(volume, "persistentVolumeClaim.readOnly"), "false");
      continue;
    }
    const bool public_hosts = shown_at(volume, "secret.secretName").find("known-hosts") != std::string::npos;
    EXPECT_EQ(*doc::at_path(volume, "secret.defaultMode"), Value(public_hosts ? 0644 : 0600)) << shown_at(volume, "name");
    EXPECT_EQ(shown_at(volume, "secret.optional"), "false");
  }
}

TEST_P(Compose, EveryVolumeIsMountedAndEveryMountHasAVolume) {
  std::set<std::string> volumes;
  std::set<std::string> mounted;
  for (const Value& volume : doc::list_at(pod_of(environment_), "spec.volumes")) volumes.insert(shown_at(volume, "name"));
  for (const Value& of : doc::list_at(pod_of(environment_), "spec.containers")) {
    for (const Value& mount : doc::list_at(of, "volumeMounts")) mounted.insert(shown_at(mount, "name"));
  }
  EXPECT_EQ(volumes, mounted);
}

TEST_P(Compose, GivesTheSameBytesAgain) {
  EXPECT_EQ(doc::emit_yaml(test::Environment(name_).objects), doc::emit_yaml(environment_.objects));
}

TEST_P(Compose, HoldsNoDeployConfig) {
  for (const Value& object : environment_.objects) EXPECT_NE(shown_at(object, "kind"), "ConfigMap");
}

INSTANTIATE_TEST_SUITE_P(, Compose, testing::ValuesIn(test::kEnvironments), [](const auto& param) { return param.param; });

TEST(ComposeAll, AuthenticationChangesNamesAndThePasswordOnly) {
  const test::Environment dummy_auth("dev_dummyauth");
  const test::Environment real_auth("dev_realauth");
  std::string text = doc::canonical_json(pod_of(dummy_auth));
  for (std::size_t at = 0; (at = text.find("dev_dummyauth", at)) != std::string::npos;) text.replace(at, 13, "dev_realauth");
  const std::string password =
      R"({"name":"DEPLOY_CONFIG_DUMMYAUTH_PASSWORD","valueFrom":{"configMapKeyRef":{"key":"dummyAuthPassword","name":"deploy-config","optional":false}}},)";
  const std::size_t at = text.find(password);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(text.erase(at, password.size()), doc::canonical_json(pod_of(real_auth)));
}

TEST(MakeSecret, HoldsTextAsText) {
  EXPECT_EQ(doc::emit_json(make_secret("s", {{"b", "x\n"}, {"a", ""}})),
            R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"immutable":true,"stringData":{"a":"","b":"x\n"}})");
}

TEST(MakeSecret, HoldsBytesInBase64) {
  EXPECT_EQ(doc::emit_json(make_secret("s", {{"b", "\xFF"}, {"a", "x"}})),
            R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"immutable":true,"data":{"a":"eA==","b":"/w=="}})");
}

TEST(SetLabel, KeepsOthers) {
  std::vector<Value> objects{doc::make_map({{"metadata", doc::make_map({{"labels", doc::make_map({{"a", "1"}})}})}}), Value(doc::Map())};
  set_label(objects, "b", "2");
  EXPECT_EQ(doc::emit_json(objects[0]), R"({"metadata":{"labels":{"a":"1","b":"2"}}})");
  EXPECT_EQ(doc::emit_json(objects[1]), R"({"metadata":{"labels":{"b":"2"}}})");
}

}  // namespace
}  // namespace manifest
