#include "envtool/plan/switch.h"

#include <gmock/gmock.h>

#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lines(const std::vector<SwitchStep>& steps) {
  std::vector<std::string> lines;
  for (const SwitchStep& step : steps) {
    lines.push_back(std::string(to_string(step.moment)) + " " + step.id + ": " + std::string(to_string(step.action)) + " (" + step.reason + ")");
  }
  return lines;
}

std::vector<std::string> names(const std::vector<model::Secret>& secrets) {
  std::vector<std::string> names;
  for (const model::Secret& secret : secrets) names.push_back(secret.name);
  return names;
}

/// From one that is up to one that was never made.
class Switch : public testing::Test {
 protected:
  std::vector<std::string> steps(Data data = Data::leave) const {
    const Plan plan = make(to_.env, facts_, to_.objects, Scope::up);
    return lines(make_switch({from_.env, from_facts_, to_.env, plan, data}));
  }

  const test::Environment from_{"dev_dummyauth"};
  const test::Environment to_{"dev_realauth"};
  Facts from_facts_ = settled_facts(from_, fresh_facts(from_.env));
  Facts facts_ = fresh_facts(to_.env);
};

TEST_F(Switch, DoesAllButThePodWhileTheFirstOneRuns) {
  for (const std::string& line : steps()) {
    const bool needs_the_ports = line.find(" pod ") != std::string::npos || line.find(" ready ") != std::string::npos;
    EXPECT_THAT(line, StartsWith(needs_the_ports ? "between " : "before "));
  }
}

TEST_F(Switch, StopsTheFirstOneBeforeTheSecondOneStarts) {
  std::vector<std::string> pods = steps();
  std::erase_if(pods, [](const std::string& line) { return line.find(" pod ") == std::string::npos; });
  EXPECT_THAT(pods, ElementsAre("between pod jupyterhub-slurm-dev_dummyauth: remove (it makes room; its volumes and secrets stay)",
                                "between pod jupyterhub-slurm-dev_realauth: create (it isn't there)"));
}

TEST_F(Switch, MakesThePodBeforehandAndStartsItLater) {
  const Plan plan = make(to_.env, facts_, to_.objects, Scope::up);
  const Plan before = up_to_start(plan);
  EXPECT_EQ(std::get<PlayPod>(before.steps.back().payload).start, Start::later);
  const Plan after = from_start_on(plan);
  EXPECT_EQ(before.steps.size() + after.steps.size(), plan.steps.size());
  for (const Step& step : after.steps) {
    EXPECT_TRUE(std::holds_alternative<WaitReady>(step.payload) && step.action == Action::wait) << step.id;
    const bool is_command = step.id != "ready hub";
    EXPECT_THAT(step.needs, is_command ? std::vector<std::size_t>{0} : std::vector<std::size_t>{}) << step.id;
  }
}

TEST_F(Switch, StopsNothingThatIsNotThere) {
  from_facts_.pod = PodState::absent;
  EXPECT_THAT(steps(), Not(Contains(HasSubstr("makes room"))));
}

TEST_F(Switch, TakesOverKeys) {
  EXPECT_THAT(steps(), Contains("before secret ssh-client-key: create (`dev_dummyauth` has it already: it is taken from there)"));
  from_facts_.deploy_files.clear();
  EXPECT_THAT(steps(), Contains("before secret ssh-client-key: create (its files have to be prepared)"));
}

TEST_F(Switch, LeavesDataUnlessAsked) {
  EXPECT_THAT(steps(), Not(Contains(HasSubstr(" data "))));
  EXPECT_THAT(steps(Data::take_along), testing::IsSupersetOf({"between data slurm_root: update (what `dev_dummyauth` has in it is laid over what is there)",
                                                              "between data homes: update (what `dev_dummyauth` has in it is laid over what is there)"}));
}

TEST_F(Switch, HasNothingToDoBeforeWhenAllIsThere) {
  facts_ = settled_facts(to_, facts_);
  facts_.pod = PodState::absent;
  for (const std::string& line : steps()) {
    if (line.starts_with("between ")) continue;
    EXPECT_THAT(line, HasSubstr(": nothing ("));
  }
}

TEST(SharedSecrets, AreThoseThatBothMake) {
  const test::Environment dummy("dev_dummyauth");
  const test::Environment real("dev_realauth");
  const test::Environment external("dev_dummyauth_extslurm");
  EXPECT_THAT(names(shared_secrets(dummy.env, real.env)), testing::UnorderedElementsAre("ssh-client-key", "ssh-host-key", "munge-key"));
  EXPECT_THAT(shared_secrets(dummy.env, external.env), IsEmpty()) << "a host outside has its own";
  EXPECT_THAT(shared_secrets(external.env, dummy.env), IsEmpty());
}

TEST(DataVolumes, AreNamedByTheDefinitionAndInBoth) {
  const test::Environment dummy("dev_dummyauth");
  const test::Environment real("dev_realauth");
  const test::Environment external("dev_dummyauth_extslurm");
  EXPECT_THAT(data_volumes(dummy.env, real.env), ElementsAre("slurm_root", "homes"));
  EXPECT_THAT(data_volumes(external.env, dummy.env), IsEmpty());
  EXPECT_THAT(data_volumes(dummy.env, external.env), IsEmpty());
}

}  // namespace
}  // namespace plan
