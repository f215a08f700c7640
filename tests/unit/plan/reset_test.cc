#include "envtool/plan/reset.h"

#include <gmock/gmock.h>

#include "tests/support/errors.h"
#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::IsEmpty;

class VolumeReset : public testing::Test {
 protected:
  const test::Environment environment_{"dev_dummyauth"};
  Facts facts_ = settled_facts(environment_, fresh_facts(environment_.env));
};

TEST_F(VolumeReset, TakesThePodDownBefore) {
  const Plan plan = make_volume_reset(environment_.env, facts_, "slurm_root");
  EXPECT_THAT(deeds(plan), ElementsAre("pod: remove (it holds the volume)",
                                       "old volume slurm_root: remove (a new one is to take its place)",
                                       "volume slurm_root: create (it is filled as at first)"));
  EXPECT_THAT(plan.steps[0].needs, IsEmpty());
  EXPECT_THAT(plan.steps[1].needs, ElementsAre(0));
  EXPECT_THAT(plan.steps[2].needs, ElementsAre(1));
  EXPECT_EQ(plan.steps[2].key, facts_.volume("slurm_root_dev_dummyauth").key);
}

TEST_F(VolumeReset, OfWhatIsNotThereOnlyFills) {
  facts_.pod = PodState::absent;
  facts_.volumes.clear();
  EXPECT_THAT(deeds(make_volume_reset(environment_.env, facts_, "slurm_root")),
              ElementsAre("volume slurm_root: create (it is filled as at first)"));
}

TEST_F(VolumeReset, OfAnUnknownVolume) {
  EXPECT_EQ(error_of([&] { make_volume_reset(environment_.env, facts_, "slurm_rot"); }),
            "error: environment `dev_dummyauth` has no volume `slurm_rot`\nhint: did you mean `slurm_root`?\n");
  EXPECT_EQ(error_of([&] { make_volume_reset(environment_.env, facts_, "x"); }),
            "error: environment `dev_dummyauth` has no volume `x`\nhint: volumes here: jupyterhub_root, slurm_root, homes\n");
}

}  // namespace
}  // namespace plan
