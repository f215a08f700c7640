#include <gmock/gmock.h>

#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Teardown : public testing::Test {
 protected:
  std::vector<std::string> down(const Facts& facts, Remove what) const { return deeds(make_teardown(environment_.env, facts, what)); }

  const test::Environment environment_{"dev_dummyauth"};
  const Facts settled_ = settled_facts(environment_, fresh_facts(environment_.env));
};

TEST_F(Teardown, OfNothingIsNothing) {
  EXPECT_THAT(down(fresh_facts(environment_.env), Remove::all), IsEmpty());
}

TEST_F(Teardown, OfThePodKeepsVolumesAndImages) {
  EXPECT_THAT(down(settled_, Remove::pod),
              ElementsAre("pod: remove (it is running)", "secret-volume ssh-client-key: remove (it holds a secret)",
                          "secret-volume ssh-host-key: remove (it holds a secret)",
                          "secret-volume munge-key: remove (it holds a secret)"));
}

TEST_F(Teardown, OfVolumesKeepsImages) {
  const auto found = down(settled_, Remove::volumes);
  EXPECT_THAT(found, testing::IsSupersetOf({"volume jupyterhub_root: remove (volumes are to go)",
                                            "volume slurm_root: remove (volumes are to go)"}));
  EXPECT_THAT(found, testing::Not(testing::Contains(testing::StartsWith("image"))));
}

TEST_F(Teardown, OfAllTakesImages) {
  EXPECT_THAT(down(settled_, Remove::all), testing::IsSupersetOf({"image brics_jupyterhub: remove (everything is to go)",
                                                                  "image brics_slurm: remove (everything is to go)"}));
}

TEST_F(Teardown, OfAllTakesWhatBuildsLeft) {
  Facts facts = fresh_facts(environment_.env);
  facts.unfinished_images = {"docker.io/library/e2f5-tmp:latest"};
  EXPECT_THAT(down(facts, Remove::volumes), IsEmpty());
  EXPECT_THAT(down(facts, Remove::all), ElementsAre("image docker.io/library/e2f5-tmp:latest: remove (its build was cut off)"));
}

TEST_F(Teardown, TakesSecretsThatPodmanKept) {
  Facts facts = fresh_facts(environment_.env);
  facts.podman_secrets = {"jupyterhub-slurm-ssh-client-key-dev_dummyauth", "jupyterhub-slurm-ssh-client-key-prod", "other"};
  EXPECT_THAT(down(facts, Remove::pod), ElementsAre("podman-secret ssh-client-key: remove (it is there)"));
}

TEST_F(Teardown, NeverTouchesOtherEnvironments) {
  Facts facts = settled_;
  facts.volumes["jupyterhub_root_prod"] = {true, "k"};
  facts.volumes["mine"] = {true, std::nullopt};
  facts.images["localhost/mine:latest"] = {true, std::nullopt};
  EXPECT_EQ(down(facts, Remove::all), down(settled_, Remove::all));
}

TEST_F(Teardown, ThePodGoesFirst) {
  const Plan plan = make_teardown(environment_.env, settled_, Remove::all);
  EXPECT_THAT(plan.steps[0].needs, IsEmpty());
  for (std::size_t i = 1; i < plan.steps.size(); ++i) EXPECT_THAT(plan.steps[i].needs, ElementsAre(0U)) << plan.steps[i].id;
}

TEST_F(Teardown, AStoppedPodGoesToo) {
  Facts facts = settled_;
  facts.pod = PodState::stopped;
  EXPECT_EQ(down(facts, Remove::pod)[0], "pod: remove (it is there)");
}

}  // namespace
}  // namespace plan
