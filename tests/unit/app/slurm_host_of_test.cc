#include <gtest/gtest.h>

#include "envtool/app/slurm_host.h"
#include "envtool/ssh/key.h"
#include "tests/support/temporary_folder.h"

namespace app {
namespace {

model::Secret secret(std::string name, std::string key, std::variant<model::KeyPairSecret, model::FileSecret, model::RandomSecret> source) {
  model::Secret made;
  made.name = std::move(name);
  made.key = std::move(key);
  made.source = std::move(source);
  return made;
}

const model::DeployValues kValues{{"sshHostname", "login.site"}, {"slurmSpawnerWrappersBin", "/opt/w/bin"}, {"condaPrefixDir", "/opt/conda"},
                                  {"hubConnectUrl", "http://hub.site:8081"}};

TEST(SlurmHostOf, AnEnvironmentWithKnownHostsComesFromItsDeployDirectory) {
  const test::TemporaryFolder folder;
  const ssh::KeyPair pair = ssh::generate_ed25519("hub");
  folder.write("ssh_client_key", pair.private_text);
  folder.write("known", "login.site " + pair.public_key.line());
  model::Env env;
  env.secrets = {secret("ssh-client-key", "", model::KeyPairSecret{"ssh_client_key", "", false}),
                 secret("ssh-known-hosts", "ssh_known_hosts", model::FileSecret{"known", ""})};
  const auto host = slurm_host_of(env, DeployDirectory(folder.path()), kValues);
  ASSERT_TRUE(host);
  EXPECT_EQ(host->name, "login.site");
  EXPECT_EQ(host->port, 22);
  EXPECT_EQ(host->private_key, pair.private_text);
  EXPECT_EQ(host->public_key, pair.public_key.line());
  EXPECT_EQ(host->known_hosts, "login.site " + pair.public_key.line());
  EXPECT_EQ(host->known_hosts_file, (folder / "known").string());
  EXPECT_EQ(host->hub_url, "http://hub.site:8081");
}

TEST(SlurmHostOf, FilesThatAreMissingLeaveTheRest) {
  const test::TemporaryFolder folder;
  model::Env env;
  env.secrets = {secret("ssh-known-hosts", "ssh_known_hosts", model::FileSecret{"known", ""})};
  const auto host = slurm_host_of(env, DeployDirectory(folder.path()), kValues);
  ASSERT_TRUE(host);
  EXPECT_EQ(host->known_hosts, "");
  EXPECT_EQ(host->private_key, "");
}

TEST(SlurmHostOf, AHostNameMayEndInAPort) {
  model::Env env;
  env.secrets = {secret("ssh-known-hosts", "ssh_known_hosts", model::FileSecret{"known", ""})};
  const auto host = slurm_host_of(env, DeployDirectory("/nowhere"), {{"sshHostname", "[2001:db8::1]:2222"}});
  ASSERT_TRUE(host);
  EXPECT_EQ(host->name, "2001:db8::1");
  EXPECT_EQ(host->port, 2222);
}

TEST(SlurmHostOf, SlurmInThePodHasNone) { EXPECT_FALSE(slurm_host_of({}, DeployDirectory("/nowhere"), kValues)); }

}  // namespace
}  // namespace app
