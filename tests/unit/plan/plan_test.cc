#include "envtool/plan/plan.h"

#include <gmock/gmock.h>

#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class MakePlan : public testing::Test {
 protected:
  Plan up(const Facts& facts) const { return make(environment_.env, facts, environment_.objects, Scope::up); }

  const test::Environment environment_{"dev_dummyauth"};
  const Facts fresh_ = fresh_facts(environment_.env);
  const Facts settled_ = settled_facts(environment_, fresh_);
};

TEST_F(MakePlan, FirstRunMakesEverything) {
  EXPECT_THAT(deeds(up(fresh_)),
              ElementsAre("repository bricsauthenticator: create (there is no clone)",
                          "repository slurmspawner_wrappers: create (there is no clone)",
                          "image jupyterhub_installed: create (it isn't there)",
                          "image brics_jupyterhub: create (it isn't there)", "image brics_slurm: create (it isn't there)",
                          "volume jupyterhub_root: create (it isn't there)", "volume slurm_root: create (it isn't there)",
                          "volume homes: create (it isn't there)",
                          "deploy-config: create (there is no deploy ConfigMap)",
                          "secret ssh-client-key: create (its files have to be prepared)",
                          "secret ssh-host-key: create (its files have to be prepared)",
                          "secret munge-key: create (its files have to be prepared)",
                          "secret-volume ssh-client-key: create (it isn't there)",
                          "secret-volume ssh-host-key: create (it isn't there)", "secret-volume munge-key: create (it isn't there)",
                          "manifest: create (it isn't there)", "pod: create (it isn't there)",
                          "ready hub: wait (the hub to answer)",
      "ready slurm: wait (the Slurm node to be idle)", "ready sshd: wait (sshd to answer)"));
}

TEST_F(MakePlan, AsksByCommandWhenTheRestIsReady) {
  const Plan plan = up(Facts{});
  const auto place = [&](std::string_view id) { return static_cast<std::size_t>(plan.find(id) - plan.steps.data()); };
  EXPECT_THAT(plan.find("ready hub")->needs, ElementsAre(place("pod")));
  EXPECT_THAT(plan.find("ready sshd")->needs, ElementsAre(place("pod"), place("ready hub")));
}

TEST_F(MakePlan, SecondRunDoesNothing) {
  const Plan plan = up(settled_);
  EXPECT_THAT(deeds(plan), IsEmpty());
  EXPECT_FALSE(plan.changes());
}

TEST_F(MakePlan, EveryEnvironmentSettles) {
  for (const std::string& name : test::kEnvironments) {
    for (const char* target : {"podman@4.3.1", "podman@4.4", "podman@5.4"}) {
      const test::Environment environment(name);
      Facts facts = fresh_facts(environment.env);
      facts.target = manifest::parse_target(target);
      const Plan plan = make(environment.env, settled_facts(environment, facts), environment.objects, Scope::up);
      EXPECT_THAT(deeds(plan), IsEmpty()) << name << " " << target;
    }
  }
}

TEST_F(MakePlan, NeedsPointBackwardsAndIdsAreUnique) {
  for (const std::string& name : test::kEnvironments) {
    const test::Environment environment(name);
    Facts facts = fresh_facts(environment.env);
    facts.choices["docker.io/library/debian:bookworm-slim"] = Choice::standin;
    facts.choices["quay.io/jupyterhub/jupyterhub:5.4.2"] = Choice::standin;
    facts.choices["docker.io/nathanhess/slurm:full-root"] = Choice::standin;
    const Plan plan = make(environment.env, facts, environment.objects, Scope::up);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      EXPECT_TRUE(ids.insert(plan.steps[i].id).second) << plan.steps[i].id;
      for (const std::size_t need : plan.steps[i].needs) EXPECT_LT(need, i) << plan.steps[i].id;
    }
  }
}

struct ChangeCase {
  std::string name;
  void (*change)(Facts&);
  std::vector<std::string> deeds;
};

const ChangeCase kChanges[] = {
    {"Context", [](Facts& facts) { facts.contexts["brics_slurm"] = "changed"; },
     {"image brics_slurm: update (its context, arguments or base changed)",
      "pod: update (the manifest, an image or the deploy ConfigMap changed)", "ready hub: wait (the hub to answer)", "ready slurm: wait (the Slurm node to be idle)", "ready sshd: wait (sshd to answer)"}},
    {"Seed", [](Facts& facts) { facts.seeds["slurm_root"] = "changed"; },
     {"volume slurm_root: stale (what it is filled with changed)"}},
    {"Secret", [](Facts& facts) { facts.deploy_files["munge-key"] = "changed"; },
     {"secret-volume munge-key: update (the secret's files changed)",
      "manifest: update (the environment, its secrets or podman's version changed)",
      "pod: update (the manifest, an image or the deploy ConfigMap changed)", "ready hub: wait (the hub to answer)", "ready slurm: wait (the Slurm node to be idle)", "ready sshd: wait (sshd to answer)"}},
    {"DeployConfig", [](Facts& facts) { facts.deploy_files["deploy-config"] = "changed"; },
     {"pod: update (the manifest, an image or the deploy ConfigMap changed)", "ready hub: wait (the hub to answer)", "ready slurm: wait (the Slurm node to be idle)", "ready sshd: wait (sshd to answer)"}},
    {"LostManifest", [](Facts& facts) { facts.manifest_key.reset(); }, {"manifest: create (it isn't there)"}},
    {"StoppedPod", [](Facts& facts) { facts.pod = PodState::stopped; },
     {"pod: update (it is not running)", "ready hub: wait (the hub to answer)",
      "ready slurm: wait (the Slurm node to be idle)", "ready sshd: wait (sshd to answer)"}},
    {"LostPod",
     [](Facts& facts) {
       facts.pod = PodState::absent;
       facts.pod_key.reset();
     },
     {"pod: create (it isn't there)", "ready hub: wait (the hub to answer)",
      "ready slurm: wait (the Slurm node to be idle)", "ready sshd: wait (sshd to answer)"}},
    {"LostVolume", [](Facts& facts) { facts.volumes.erase("slurm_root_dev_dummyauth"); },
     {"volume slurm_root: create (it isn't there)"}},
    {"ForeignVolume", [](Facts& facts) { facts.volumes["slurm_root_dev_dummyauth"].key.reset(); },
     {"volume slurm_root: stale (it was not made by envtool)"}},
    {"LostClone", [](Facts& facts) { facts.repositories.erase("bricsauthenticator"); },
     {"repository bricsauthenticator: create (there is no clone)"}},
};

class ChangedFact : public testing::TestWithParam<ChangeCase> {};

TEST_P(ChangedFact, RedoesWhatDependsOnIt) {
  const test::Environment environment("dev_dummyauth");
  Facts facts = settled_facts(environment, fresh_facts(environment.env));
  GetParam().change(facts);
  EXPECT_EQ(deeds(make(environment.env, facts, environment.objects, Scope::up)), GetParam().deeds);
}

INSTANTIATE_TEST_SUITE_P(, ChangedFact, testing::ValuesIn(kChanges), [](const auto& param) { return param.param.name; });

TEST_F(MakePlan, AnotherNetworkMakesThePodAnew) {
  model::Env env = environment_.env;
  env.network = "cluster";
  const Plan plan = make(env, settled_, environment_.objects, Scope::up);
  EXPECT_EQ(std::get<PlayPod>(step_of(plan, "pod").payload).network, "cluster");
  EXPECT_EQ(step_of(plan, "pod").action, Action::update);
  EXPECT_EQ(step_of(plan, "manifest").action, Action::nothing);
}

TEST_F(MakePlan, StaleIsNoChange) {
  Facts facts = settled_;
  facts.seeds["slurm_root"] = "changed";
  EXPECT_FALSE(up(facts).changes());
}

TEST_F(MakePlan, AContextThatIsNotCompleteRebuilds) {
  Facts facts = settled_;
  facts.repositories.clear();
  facts.contexts.erase("brics_slurm");
  EXPECT_THAT(deeds(up(facts)), Contains("image brics_slurm: update (what it depends on is made in this run)"));
  EXPECT_EQ(step_of(up(facts), "pod").key, std::nullopt);
}

TEST_F(MakePlan, StandinsBringTheirImages) {
  Facts facts = fresh_;
  facts.choices["docker.io/nathanhess/slurm:full-root"] = Choice::standin;
  facts.choices["docker.io/library/debian:bookworm-slim"] = Choice::standin;
  const Plan plan = up(facts);
  EXPECT_THAT(deeds(plan), Contains("image slurm_base: create (it isn't there)"));
  EXPECT_THAT(deeds(plan), Contains("image debian: create (it isn't there)"));
  EXPECT_THAT(deeds(plan), Not(Contains("image jupyterhub_base: create (it isn't there)")));
  EXPECT_EQ(std::get<BuildImage>(step_of(plan, "image brics_slurm").payload).base, "localhost/envtool/slurm-base:full-root");
  EXPECT_EQ(std::get<BuildImage>(step_of(plan, "image slurm_base").payload).base, "localhost/envtool/debian:host");
  EXPECT_EQ(std::get<BuildImage>(step_of(plan, "image jupyterhub_installed").payload).base, "quay.io/jupyterhub/jupyterhub:5.4.2");
}

TEST_F(MakePlan, AnOwnBaseNeedsNoStandinToBeBuilt) {
  const Plan plan = up(fresh_);
  const Step& step = step_of(plan, "image brics_jupyterhub");
  EXPECT_EQ(std::get<BuildImage>(step.payload).base, "localhost/envtool/jupyterhub-installed:dev");
  EXPECT_EQ(plan.steps[step.needs.front()].id, "image jupyterhub_installed");
  Facts edited = settled_;
  edited.contexts["brics_jupyterhub"] = "changed";
  EXPECT_THAT(deeds(up(edited)), Not(Contains(testing::StartsWith("image jupyterhub_installed"))));
  Facts required = settled_;
  required.contexts["jupyterhub_installed"] = "changed";
  EXPECT_THAT(deeds(up(required)), testing::IsSupersetOf({"image jupyterhub_installed: update (its context, arguments or base changed)",
                                                          "image brics_jupyterhub: update (its context, arguments or base changed)"}));
}

TEST_F(MakePlan, AStandinForARepositoryIsSaid) {
  Facts facts = fresh_;
  facts.choices["https://github.com/isambard-sc/bricsauthenticator.git"] = Choice::standin;
  EXPECT_THAT(deeds(up(facts)), Contains("repository bricsauthenticator: create "
                                         "(https://github.com/isambard-sc/bricsauthenticator.git can't be reached: its stand-in is used)"));
}

TEST_F(MakePlan, ABaseThatChangesRebuildsWhatStandsOnIt) {
  Facts facts = fresh_;
  facts.choices["docker.io/nathanhess/slurm:full-root"] = Choice::standin;
  facts = settled_facts(environment_, facts);
  ASSERT_THAT(deeds(up(facts)), IsEmpty());
  facts.contexts["slurm_base"] = "changed";
  const auto found = deeds(up(facts));
  EXPECT_THAT(found, Contains("image slurm_base: update (its context, arguments or base changed)"));
  EXPECT_THAT(found, Contains("image brics_slurm: update (its context, arguments or base changed)"));
  EXPECT_THAT(found, Not(Contains(testing::StartsWith("image brics_jupyterhub"))));
}

TEST_F(MakePlan, ProductionClonesAndBuildsOneImageOnly) {
  const test::Environment prod("prod");
  const auto found = deeds(make(prod.env, fresh_facts(prod.env), prod.objects, Scope::build));
  EXPECT_THAT(found, ElementsAre("image brics_jupyterhub: create (it isn't there)", "volume jupyterhub_root: create (it isn't there)"));
}

TEST_F(MakePlan, TheManifestWaitsForAllThatThePodsKeyCounts) {
  const Plan plan = up(fresh_);
  std::vector<std::string> waits_for;
  for (const std::size_t need : step_of(plan, "manifest").needs) waits_for.push_back(plan.steps[need].id);
  EXPECT_THAT(waits_for, testing::IsSupersetOf({"deploy-config", "image brics_jupyterhub", "image brics_slurm", "secret ssh-client-key",
                                                "secret-volume munge-key", "volume slurm_root"}));
}

TEST_F(MakePlan, ScopesEndWhereTheySay) {
  std::vector<std::string> build, render;
  for (const Step& step : make(environment_.env, fresh_, environment_.objects, Scope::build).steps) build.push_back(step.id);
  for (const Step& step : make(environment_.env, fresh_, environment_.objects, Scope::render).steps) render.push_back(step.id);
  EXPECT_THAT(build, ElementsAre("repository bricsauthenticator", "repository slurmspawner_wrappers", "image jupyterhub_installed",
                                 "image brics_jupyterhub", "image brics_slurm", "volume jupyterhub_root", "volume slurm_root", "volume homes"));
  EXPECT_THAT(render, ElementsAre("deploy-config", "secret ssh-client-key", "secret ssh-host-key", "secret munge-key",
                                  "secret-volume ssh-client-key", "secret-volume ssh-host-key", "secret-volume munge-key", "manifest"));
}

TEST_F(MakePlan, NewerPodmanNeedsNoVolumesForSecrets) {
  Facts facts = fresh_;
  facts.target = manifest::parse_target("podman@5.4");
  for (const Step& step : up(facts).steps) EXPECT_FALSE(step.id.starts_with("secret-volume")) << step.id;
}

TEST_F(MakePlan, AnotherPodmanWritesAnotherManifest) {
  Facts facts = settled_;
  facts.target = manifest::parse_target("podman@5.4");
  EXPECT_THAT(deeds(up(facts)), Contains("manifest: update (the environment, its secrets or podman's version changed)"));
}

TEST(MakeStep, MakesEachStepAsThePlanHasIt) {
  for (const char* name : {"dev_dummyauth", "dev_realauth_zenithclient", "prod"}) {
    const test::Environment environment(name);
    for (const Facts& facts : {fresh_facts(environment.env), settled_facts(environment, fresh_facts(environment.env))}) {
      for (const Step& step : make(environment.env, facts, environment.objects, Scope::up).steps) {
        const std::optional<Step> alone = make_step(environment.env, facts, environment.objects, step.payload);
        EXPECT_EQ(alone ? alone->key : std::nullopt, step.key) << step.id;
        EXPECT_EQ(alone ? alone->inputs : doc::Value(), step.inputs) << step.id;
        EXPECT_EQ(alone ? alone->id : step.id, step.id);
      }
    }
  }
}

}  // namespace
}  // namespace plan
