#include "envtool/plan/rotation.h"

#include <gmock/gmock.h>

#include "tests/support/errors.h"
#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::SizeIs;

class Rotation : public testing::Test {
 protected:
  Plan rotate(const std::vector<std::string>& names) const {
    return make_rotation(environment_.env, facts_, environment_.objects, rotatable_secrets(environment_.env, names));
  }

  const test::Environment environment_{"dev_dummyauth"};
  Facts facts_ = settled_facts(environment_, fresh_facts(environment_.env));
};

TEST_F(Rotation, RestartsOnlyWhatMountsTheSecret) {
  EXPECT_THAT(deeds(rotate({"munge-key"})),
              ElementsAre("keys: update (new files for `munge-key`)", "secret-volume munge-key: update (it holds the old files)",
                          "manifest: update (it holds the old files)", "container slurm: update (it uses the old files)",
                          "ready slurm: wait (the Slurm node to be idle)", "ready sshd: wait (sshd to answer)",
                          "ready hub: wait (the hub to answer)", "running keys: update (the pod has the new files)"));
}

// podman stops a pod when none of its containers runs.
TEST_F(Rotation, RestartsContainersOneByOneWhenEveryVolumeIsFull) {
  const Plan plan = rotate({});
  const auto needs_of = [&](const char* id) {
    std::vector<std::string> needs;
    for (const std::size_t need : plan.find(id)->needs) needs.push_back(plan.steps[need].id);
    return needs;
  };
  const std::vector<std::string> files{"secret-volume ssh-client-key", "secret-volume ssh-host-key", "secret-volume munge-key", "manifest"};
  EXPECT_THAT(needs_of("container jupyterhub"), ElementsAreArray(files));
  std::vector<std::string> and_the_other = files;
  and_the_other.push_back("container jupyterhub");
  EXPECT_THAT(needs_of("container slurm"), ElementsAreArray(and_the_other));
}

TEST_F(Rotation, OfAPodThatDoesNotRunOnlyMakesFiles) {
  facts_.pod = PodState::stopped;
  EXPECT_THAT(deeds(rotate({"ssh-client-key"})), ElementsAre("keys: update (new files for `ssh-client-key`)"));
}

TEST_F(Rotation, WherePodmanMountsSecretsItselfOnlyMakesFiles) {
  facts_.target = manifest::parse_target("podman@5.4");
  EXPECT_THAT(rotate({}).steps, SizeIs(1));
}

TEST_F(Rotation, LeavesOtherDifferencesToBeSeen) {
  facts_.contexts["brics_slurm"] = "changed";
  EXPECT_EQ(rotate({}).find("running keys"), nullptr);
  EXPECT_NE(rotate({}).find("container slurm"), nullptr);
}

TEST(RotatableSecrets, AreThoseThatEnvtoolMakes) {
  const test::Environment dev("dev_dummyauth");
  EXPECT_THAT(rotatable_secrets(dev.env, {}), SizeIs(3));
  EXPECT_EQ(error_of([&] { rotatable_secrets(dev.env, {"ssh-client-kee"}); }),
            "error: environment `dev_dummyauth` has no secret `ssh-client-kee`\nhint: did you mean `ssh-client-key`?\n");
  const test::Environment prod("prod");
  EXPECT_EQ(error_of([&] { rotatable_secrets(prod.env, {}); }), "error: environment `prod` has no keys that envtool made\n");
  EXPECT_THAT(error_of([&] { rotatable_secrets(prod.env, {"ssh-client-key"}); }),
              testing::StartsWith("error: secret `ssh-client-key` is made from files that envtool can't generate\n"));
}

TEST(ContainersWith, AreFoundByWhatTheyMount) {
  const test::Environment environment("dev_realauth_zenithclient");
  const auto containers = [&](const char* secret) {
    return containers_with(environment.objects, {std::string("jupyterhub-slurm-") + secret + "-dev_realauth_zenithclient"});
  };
  EXPECT_THAT(containers("ssh-client-key"), ElementsAre("jupyterhub", "slurm"));
  EXPECT_THAT(containers("munge-key"), ElementsAre("slurm"));
  EXPECT_THAT(containers("zenith-client-config"), ElementsAre("zenith-client"));
  EXPECT_THAT(containers("nothing"), IsEmpty());
}

}  // namespace
}  // namespace plan
