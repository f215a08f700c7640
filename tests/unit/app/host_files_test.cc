#include "envtool/app/host_files.h"

#include <gmock/gmock.h>

#include "envtool/app/project.h"
#include "envtool/ssh/key.h"
#include "tests/support/temporary_folder.h"

namespace app {
namespace {

using testing::HasSubstr;

class HostFiles : public testing::Test {
 protected:
  std::string text(const std::string& path, const std::vector<std::string>& from = {}) const {
    const model::DeployValues values{{"slurmSpawnerWrappersBin", "/opt/wrappers/bin"}};
    for (const HostFileText& file : render_host_files(environment_, DeployDirectory(folder_.path()), values, from)) {
      if (file.path == path) return file.text;
    }
    return "no such file";
  }

  const test::TemporaryFolder folder_;
  base::Sources sources_;
  const Environment environment_ = load_environment(find_project(std::nullopt, fs::current_path()), {"prod", {}, {}}, sources_);
};

TEST_F(HostFiles, SudoersNamesTheWrappersOfThisDeployment) {
  EXPECT_THAT(text("/etc/sudoers.d/jupyterspawner"),
              HasSubstr("\njupyterspawner ALL=(%jupyterusers) NOPASSWD: /opt/wrappers/bin/slurmspawner_sbatch\n"
                        "jupyterspawner ALL=(%jupyterusers) NOPASSWD: /opt/wrappers/bin/slurmspawner_squeue\n"
                        "jupyterspawner ALL=(%jupyterusers) NOPASSWD: /opt/wrappers/bin/slurmspawner_scancel\n"));
}

TEST_F(HostFiles, SshdLetsTheVariablesInForOneAccountOnly) {
  EXPECT_THAT(text("/etc/ssh/sshd_config.d/jupyterspawner.conf"), HasSubstr("Match User jupyterspawner\n    AcceptEnv JUPYTERHUB_* JPY_API_TOKEN\n"));
}

TEST_F(HostFiles, TheClientsKeyMayComeFromTheNamedAddressesOnly) {
  const ssh::PublicKey key = ssh::generate_ed25519("hub").public_key;
  folder_.write("ssh_client_key.pub", key.line());
  constexpr const char* kPath = "/home/jupyterspawner/.ssh/authorized_keys";
  EXPECT_EQ(text(kPath), key.line());
  EXPECT_EQ(text(kPath, {"192.0.2.1", "198.51.100.0/24"}), "from=\"192.0.2.1,198.51.100.0/24\" " + key.line());
}

TEST_F(HostFiles, WithoutAKeyTheFileSaysHowToMakeOne) {
  EXPECT_THAT(text("/home/jupyterspawner/.ssh/authorized_keys"), HasSubstr("envtool keys make prod"));
}

}  // namespace
}  // namespace app
