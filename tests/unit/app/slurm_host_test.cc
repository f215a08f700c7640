#include "envtool/app/slurm_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/app/findings.h"

namespace app {
namespace {

using ssh::CommandResult;
using ssh::KnownHost;

const ssh::PublicKey& host_key() {
  static const ssh::PublicKey kKey = ssh::generate_ed25519("").public_key;
  return kKey;
}

const ssh::PublicKey& other_key() {
  static const ssh::PublicKey kKey = ssh::generate_ed25519("").public_key;
  return kKey;
}

SlurmHost some_host() {
  SlurmHost host;
  host.name = "login.site";
  host.private_key = "secret";
  host.public_key = "ssh-ed25519 AAAA hub\n";
  host.known_hosts_file = "deploy/prod/ssh_known_hosts";
  host.wrappers_bin = "/opt/w/bin";
  host.conda_prefix = "/opt/conda";
  host.hub_url = "http://hub.site:8081";
  return host;
}

/// As sudo 1.9 prints it.
constexpr const char* kSudo =
    "Matching Defaults entries for jupyterspawner on login:\n"
    "    env_reset, mail_badpass, use_pty, env_keep+=\"SLURMSPAWNER_JOB_ID JUPYTERHUB_* JPY_API_TOKEN USER HOME SHELL\"\n"
    "\n"
    "User jupyterspawner may run the following commands on login:\n"
    "    (%jupyterusers) NOPASSWD: /opt/w/bin/slurmspawner_sbatch\n"
    "    (%jupyterusers) NOPASSWD: /opt/w/bin/slurmspawner_squeue, /opt/w/bin/slurmspawner_scancel\n";

SlurmHostFacts sound_host() {
  SlurmHostFacts facts;
  facts.addresses = {"192.0.2.7"};
  facts.banner = "SSH-2.0-OpenSSH_9.2";
  facts.host_key = host_key();
  facts.known = {{3, KnownHost::Marker::none, host_key()}};
  facts.signed_in = true;
  facts.arrived = "arrived\n";
  facts.sudo = CommandResult{0, kSudo, ""};
  facts.wrappers = CommandResult{0, "", ""};
  facts.conda = CommandResult{0, "", ""};
  facts.hub = CommandResult{0, "", ""};
  return facts;
}

TEST(SlurmHost, ThatIsSoundHasNothingToMend) {
  for (const Finding& finding : judge_slurm_host(some_host(), sound_host(), Hub::runs)) {
    EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.evidence;
    EXPECT_EQ(finding.fix, "") << finding.check;
  }
}

TEST(SlurmHost, WithoutAnAnswerNothingElseIsJudged) {
  SlurmHostFacts facts;
  facts.resolve_problem = "cannot resolve `login.site`: Name or service not known";
  const std::vector<Finding> findings = judge_slurm_host(some_host(), facts, Hub::is_down);
  EXPECT_EQ(test::failures(findings), std::vector<std::string>{"host name"});
  for (std::size_t i = 1; i < findings.size(); ++i) EXPECT_EQ(findings[i].verdict, Verdict::skipped) << findings[i].check;
}

struct Case {
  std::string name;
  std::function<void(SlurmHostFacts&)> change;
  std::string check;
  std::string line;
  Hub hub = Hub::runs;
};

std::string name_of(const testing::TestParamInfo<Case>& of) { return of.param.name; }

class HostVerdicts : public testing::TestWithParam<Case> {};

TEST_P(HostVerdicts, OfOneChange) {
  SlurmHostFacts facts = sound_host();
  GetParam().change(facts);
  const std::vector<Finding> findings = judge_slurm_host(some_host(), facts, GetParam().hub);
  EXPECT_EQ(test::line_of(findings, GetParam().check), GetParam().line);
  EXPECT_EQ(!test::fix_of(findings, GetParam().check).empty(), GetParam().line.starts_with("fail") || GetParam().line.starts_with("warn"));
}

INSTANTIATE_TEST_SUITE_P(
    Access, HostVerdicts,
    testing::Values(
        Case{"NobodyAnswers", [](auto& f) { f.banner = "", f.host_key.reset(), f.connect_problem = "cannot connect to `login.site`: refused"; }, "ssh port",
             "fail ssh port: cannot connect to `login.site`: refused"},
        Case{"UnknownHost", [](auto& f) { f.known.clear(); }, "host key",
             "fail host key: the host shows " + host_key().fingerprint() + " (ssh-ed25519); `deploy/prod/ssh_known_hosts` says nothing of it"},
        Case{"OtherKey", [](auto& f) { f.known = {{3, KnownHost::Marker::none, other_key()}}; }, "host key",
             "fail host key: the host shows " + host_key().fingerprint() + " (ssh-ed25519); `deploy/prod/ssh_known_hosts` states " +
                 other_key().fingerprint() + " (ssh-ed25519, line 3)"},
        Case{"RevokedKey", [](auto& f) { f.known.push_back({4, KnownHost::Marker::revoked, host_key()}); }, "host key",
             "fail host key: the host shows " + host_key().fingerprint() + " (ssh-ed25519); `deploy/prod/ssh_known_hosts` states " +
                 host_key().fingerprint() + " (ssh-ed25519, line 3), " + host_key().fingerprint() + " (ssh-ed25519, line 4, revoked)"},
        Case{"KeyIsRefused", [](auto& f) { f.signed_in = false, f.sign_in_problem = "`login.site` refuses the key for user `jupyterspawner`"; },
             "client key", "fail client key: `login.site` refuses the key for user `jupyterspawner`"},
        Case{"KeyIsNotShownToStrangers", [](auto& f) { f.signed_in = false, f.known.clear(); }, "client key",
             "skipped client key: the host is not known to be the right one"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Rights, HostVerdicts,
    testing::Values(
        Case{"NoAcceptEnv", [](auto& f) { f.arrived = ""; }, "AcceptEnv",
             "fail AcceptEnv: a variable JUPYTERHUB_* does not arrive: servers would start without their token"},
        Case{"NoSudo", [](auto& f) { f.sudo = CommandResult{1, "", "sudo: a password is required\n"}; }, "sudo rules",
             "fail sudo rules: `jupyterspawner` may not run `/opt/w/bin/slurmspawner_sbatch`, `/opt/w/bin/slurmspawner_squeue` and "
             "`/opt/w/bin/slurmspawner_scancel` (`sudo -n -l`: sudo: a password is required)"},
        Case{"OneRuleIsMissing",
             [](auto& f) { f.sudo->out = "  (ALL) NOPASSWD: /opt/w/bin/slurmspawner_sbatch, /opt/w/bin/slurmspawner_scancel\n"; }, "sudo rules",
             "fail sudo rules: `jupyterspawner` may not run `/opt/w/bin/slurmspawner_squeue`"},
        Case{"OneRuleWantsAPassword", [](auto& f) { f.sudo->out = "  (ALL) NOPASSWD: /opt/w/bin/slurmspawner_sbatch\n  (ALL) "
                                                                  "/opt/w/bin/slurmspawner_squeue\n  (ALL) NOPASSWD: /opt/w/bin/slurmspawner_scancel\n"; },
             "sudo rules", "fail sudo rules: `jupyterspawner` may not run `/opt/w/bin/slurmspawner_squeue`"},
        Case{"EverythingIsAllowed", [](auto& f) { f.sudo->out = "  (ALL : ALL) NOPASSWD: ALL\n"; }, "sudo rules",
             "ok sudo rules: all three commands are allowed"},
        Case{"SudoDropsVariables", [](auto& f) { f.sudo->out = "  env_reset\n  (ALL) NOPASSWD: ALL\n"; }, "sudo env_keep",
             "fail sudo env_keep: sudo drops variables JUPYTERHUB_*: servers would start without their token"},
        Case{"NoWrapper", [](auto& f) { f.wrappers->out = "/opt/w/bin/slurmspawner_sbatch\n/opt/w/bin/slurmspawner_squeue\n"; }, "wrappers",
             "fail wrappers: not there: /opt/w/bin/slurmspawner_sbatch, /opt/w/bin/slurmspawner_squeue"},
        Case{"NoConda", [](auto& f) { f.conda->out = "/opt/conda/bin/activate\n"; }, "conda prefix",
             "fail conda prefix: not there: /opt/conda/bin/activate"},
        Case{"QuestionsFail", [](auto& f) { f.conda.reset(), f.question_problem = "a command on `login.site` gave no output in time"; }, "conda prefix",
             "skipped conda prefix: a command on `login.site` gave no output in time"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    WayBack, HostVerdicts,
    testing::Values(Case{"NoRoute", [](auto& f) { f.hub = CommandResult{124, "", ""}; }, "way back",
                         "fail way back: `http://hub.site:8081` can't be reached from there: no answer within 4 s"},
                    Case{"HubIsDown", [](auto& f) { f.hub = CommandResult{1, "bash: connect: Connection refused\n", ""}; }, "way back",
                         "skipped way back: `http://hub.site:8081` can't be reached from there: bash: connect: Connection refused; the hub does not run",
                         Hub::is_down},
                    Case{"HubIsDownBehindAFirewall", [](auto& f) { f.hub = CommandResult{124, "", ""}; }, "way back",
                         "warn way back: `http://hub.site:8081` can't be reached from there: no answer within 4 s; the hub does not run", Hub::is_down},
                    Case{"WrongPort", [](auto& f) { f.hub = CommandResult{1, "bash: connect: Connection refused\n", ""}; }, "way back",
                         "fail way back: `http://hub.site:8081` can't be reached from there: bash: connect: Connection refused"},
                    Case{"UnknownName", [](auto& f) { f.hub = CommandResult{1, "bash: hub.site: Name or service not known\n", ""}; }, "way back",
                         "fail way back: `http://hub.site:8081` can't be reached from there: bash: hub.site: Name or service not known", Hub::is_down}),
    name_of);

TEST(SlurmHost, TheFixForAStrangeKeyIsALineThatCanBePasted) {
  SlurmHostFacts facts = sound_host();
  facts.known.clear();
  const std::string fix = test::fix_of(judge_slurm_host(some_host(), facts, Hub::runs), "host key");
  const std::string line = fix.substr(fix.find("there: ") + 7);
  const std::vector<KnownHost> known = ssh::find_host(line, "login.site");
  ASSERT_EQ(known.size(), 1U);
  EXPECT_TRUE(ssh::same_key(known[0].key, host_key()));
}

TEST(SlurmHost, NoFindingHoldsThePrivateKey) {
  SlurmHostFacts facts = sound_host();
  facts.signed_in = false;
  facts.sign_in_problem = "refused";
  for (const Finding& finding : judge_slurm_host(some_host(), facts, Hub::runs)) {
    EXPECT_EQ((finding.evidence + finding.fix).find("secret"), std::string::npos) << finding.check;
  }
}

}  // namespace
}  // namespace app
