// The files that `prod` and environments with Slurm outside take from their deploy directory: each is missed, and each is checked.
#include <gmock/gmock.h>

#include <filesystem>

#include "envtool/app/deploy_directory.h"
#include "envtool/base/render.h"
#include "envtool/ssh/hosts.h"
#include "tests/support/environments.h"
#include "tests/support/temporary_folder.h"

namespace app {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kFiles{"ssh_client_key",        "ssh_client_key.pub",        "ssh_known_hosts",
                                      "ssh_zenith_client_key", "ssh_zenith_client_key.pub", "zenith_client_config.yaml"};

class DeployFiles : public testing::Test {
 protected:
  DeployFiles() {
    for (const char* name : {"ssh_client_key", "ssh_zenith_client_key"}) {
      const ssh::KeyPair pair = ssh::generate_ed25519("test");
      folder_.write(name, pair.private_text);
      folder_.write(std::string(name) + ".pub", pair.public_key.line());
      fs::permissions(folder_ / name, fs::perms::owner_read | fs::perms::owner_write);
    }
    folder_.write("ssh_known_hosts", ssh::known_hosts_line({"login.site"}, host_key_));
    folder_.write("zenith_client_config.yaml", "serverAddress: zenith.test\n");
    fs::permissions(folder_ / "zenith_client_config.yaml", fs::perms::owner_read | fs::perms::owner_write);
  }

  std::string problems(const std::string& host = "login.site") const {
    base::Diagnostics found;
    base::Sources sources;
    const model::DeployValues values{{"sshHostname", host}};
    DeployDirectory(folder_.path()).check_files(environment_.env, &values, sources, found);
    return base::render(found.all());
  }

  const test::TemporaryFolder folder_;
  const test::Environment environment_{"prod"};
  const ssh::PublicKey host_key_ = ssh::generate_ed25519("").public_key;
};

TEST_F(DeployFiles, CompleteOnesAreGood) { EXPECT_EQ(problems(), ""); }

TEST_F(DeployFiles, EachMissingOneIsNamed) {
  for (const std::string& name : kFiles) {
    const fs::path aside = folder_ / "aside";
    fs::rename(folder_ / name, aside);
    EXPECT_THAT(problems(), HasSubstr("`" + (folder_ / name).string() + "` not found"));
    fs::rename(aside, folder_ / name);
  }
}

TEST_F(DeployFiles, AllMissingOnesAreNamedAtOnce) {
  for (const std::string& name : kFiles) fs::remove(folder_ / name);
  const std::string found = problems();
  for (const char* name : {"ssh_client_key", "ssh_known_hosts", "ssh_zenith_client_key", "zenith_client_config.yaml"}) {
    EXPECT_THAT(found, HasSubstr("`" + (folder_ / name).string() + "` not found"));
  }
}

TEST_F(DeployFiles, APairMustBelongTogether) {
  fs::copy_file(folder_ / "ssh_zenith_client_key.pub", folder_ / "ssh_client_key.pub", fs::copy_options::overwrite_existing);
  EXPECT_THAT(problems(), testing::AllOf(HasSubstr("error: "), HasSubstr((folder_ / "ssh_client_key").string())));
}

TEST_F(DeployFiles, ADamagedPublicKeyIsAnError) {
  folder_.write("ssh_client_key.pub", "ssh-ed25519 nonsense\n");
  EXPECT_THAT(problems(), HasSubstr("error: "));
}

TEST_F(DeployFiles, AKeyThatOthersCanReadIsWarnedOf) {
  fs::permissions(folder_ / "ssh_client_key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_THAT(problems(), HasSubstr("warning: other users can read the secret `" + (folder_ / "ssh_client_key").string() + "`"));
}

TEST_F(DeployFiles, TheSlurmHostMustBeKnown) {
  EXPECT_THAT(problems("elsewhere.site"), HasSubstr("`" + (folder_ / "ssh_known_hosts").string() + "` states no key for `elsewhere.site`"));
}

TEST_F(DeployFiles, APortIsPartOfTheHostsName) {
  EXPECT_THAT(problems("login.site:2222"), HasSubstr("states no key for `[login.site]:2222`"));
  folder_.write("ssh_known_hosts", ssh::known_hosts_line({"[login.site]:2222"}, host_key_));
  EXPECT_EQ(problems("login.site:2222"), "");
}

TEST_F(DeployFiles, ARevokedHostIsNotKnown) {
  folder_.write("ssh_known_hosts", "@revoked " + ssh::known_hosts_line({"login.site"}, host_key_));
  EXPECT_THAT(problems(), HasSubstr("states only revoked keys for `login.site`"));
}

}  // namespace
}  // namespace app
