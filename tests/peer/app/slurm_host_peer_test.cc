// The questions to a Slurm host against a real sshd, real accounts and a real sudo: each hop is broken on purpose, and must be named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "envtool/app/slurm_host.h"
#include "tests/peer/app/slurm_host.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/app/findings.h"

namespace app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Finding> examine(const SlurmHost& host) { return judge_slurm_host(host, probe_slurm_host(host), Hub::runs); }

class RealSlurmHost : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "an account for the test can only be made by root";
  }

  /// The failures after one change of what is on the host, or of what the hub was told of it.
  std::vector<std::string> failures(const peer::SlurmHostFiles& files, const std::function<void(SlurmHost&)>& change = {}) {
    const test::TemporaryFolder folder;
    const peer::SlurmHostServer server(folder.path(), files);
    SlurmHost host = server.description();
    if (change) change(host);
    findings_ = examine(host);
    return test::failures(findings_);
  }

  std::string line(const std::string& check) const { return test::line_of(findings_, check); }

  std::vector<Finding> findings_;
};

TEST_F(RealSlurmHost, ThatIsSound) {
  EXPECT_THAT(failures({}), IsEmpty());
  for (const Finding& finding : findings_) EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.evidence;
  EXPECT_THAT(line("ssh port"), HasSubstr("SSH-2.0-OpenSSH"));
}

TEST_F(RealSlurmHost, IsAskedForTheKeyThatIsKnown) {
  const test::TemporaryFolder folder;
  const peer::SlurmHostServer server(folder.path(), {});
  SlurmHost host = server.description();
  host.known_hosts = ssh::known_hosts_line({ssh::host_name(host.name, host.port)}, server.host_key("rsa"));
  EXPECT_THAT(test::failures(examine(host)), IsEmpty());
}

TEST_F(RealSlurmHost, WithAnotherKeyShowsBothFingerprints) {
  const test::TemporaryFolder folder;
  const peer::SlurmHostServer server(folder.path(), {});
  SlurmHost host = server.description();
  const ssh::PublicKey other = ssh::generate_ed25519("").public_key;
  host.known_hosts = ssh::known_hosts_line({ssh::host_name(host.name, host.port)}, other);
  const std::vector<Finding> findings = examine(host);
  EXPECT_THAT(test::failures(findings), ElementsAre("host key"));
  EXPECT_THAT(test::line_of(findings, "host key"), AllOf(HasSubstr(server.host_key("ed25519").fingerprint()), HasSubstr(other.fingerprint())));
}

TEST_F(RealSlurmHost, ThatNobodyKnows) {
  EXPECT_THAT(failures({}, [](SlurmHost& host) { host.known_hosts = ""; }), ElementsAre("host key"));
}

TEST_F(RealSlurmHost, ThatRefusesTheKey) {
  EXPECT_THAT(failures({}, [](SlurmHost& host) { host.private_key = ssh::generate_ed25519("").private_text; }), ElementsAre("client key"));
}

TEST_F(RealSlurmHost, ThatLetsNoVariableIn) { EXPECT_THAT(failures({.accept_env = ""}), ElementsAre("AcceptEnv")); }

TEST_F(RealSlurmHost, WithARuleTooFew) {
  EXPECT_THAT(failures({.allowed = {"slurmspawner_sbatch", "slurmspawner_squeue"}}), ElementsAre("sudo rules"));
  EXPECT_THAT(line("sudo rules"), AllOf(HasSubstr("slurmspawner_scancel"), testing::Not(HasSubstr("slurmspawner_sbatch"))));
}

TEST_F(RealSlurmHost, WithoutAnyRule) {
  EXPECT_THAT(failures({.allowed = {}}), ElementsAre("sudo rules"));
  EXPECT_THAT(line("sudo rules"), HasSubstr("sudo -n -l"));
}

TEST_F(RealSlurmHost, WhoseSudoDropsVariables) { EXPECT_THAT(failures({.env_keep = ""}), ElementsAre("sudo env_keep")); }

TEST_F(RealSlurmHost, WithoutAWrapper) {
  EXPECT_THAT(failures({.wrappers = {"slurmspawner_sbatch", "slurmspawner_scancel"}}), ElementsAre("wrappers"));
  EXPECT_THAT(line("wrappers"), HasSubstr("/slurmspawner_squeue"));
}

TEST_F(RealSlurmHost, WithoutTheCondaEnvironment) {
  EXPECT_THAT(failures({.conda = {"bin/activate"}}), ElementsAre("conda prefix"));
  EXPECT_THAT(line("conda prefix"), HasSubstr("/envs/jupyter-user-env"));
}

TEST_F(RealSlurmHost, ThatCannotReachTheHub) {
  EXPECT_THAT(failures({}, [](SlurmHost& host) { host.hub_url = "http://127.0.0.1:" + std::to_string(peer::free_port()); }), ElementsAre("way back"));
  EXPECT_THAT(line("way back"), HasSubstr("Connection refused"));
}

TEST_F(RealSlurmHost, ThatCannotResolveTheHub) {
  EXPECT_THAT(failures({}, [](SlurmHost& host) { host.hub_url = "http://no-such-hub.invalid:8081"; }), ElementsAre("way back"));
}

TEST(SlurmHostByName, ThatDoesNotExist) {
  SlurmHost host;
  host.name = "no-such-host.invalid";
  EXPECT_THAT(test::failures(examine(host)), ElementsAre("host name"));
}

TEST(SlurmHostByName, WhereNobodyListens) {
  SlurmHost host;
  host.name = "127.0.0.1";
  host.port = peer::free_port();
  EXPECT_THAT(test::failures(examine(host)), ElementsAre("ssh port"));
}

}  // namespace
}  // namespace app
