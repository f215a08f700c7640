// The order in which a definition names things is no part of it: the same steps, keys and needs come out.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "envtool/plan/plan.h"
#include "tests/support/environments.h"
#include "tests/support/random_values.h"
#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

constexpr unsigned kCases = 40;

/// What a step comes to, without its place in the plan.
struct Essence {
  std::optional<Key> key;
  Action action = Action::nothing;
  std::set<std::string> needs;
  friend bool operator==(const Essence&, const Essence&) = default;
};

std::map<std::string, Essence> essence_of(const Plan& plan) {
  std::map<std::string, Essence> steps;
  for (const Step& step : plan.steps) {
    Essence& essence = steps[step.id] = {step.key, step.action, {}};
    for (const std::size_t need : step.needs) essence.needs.insert(plan.steps[need].id);
  }
  return steps;
}

Plan plan_of(const doc::Value& definition, const std::string& name, base::Sources& sources) {
  base::Diagnostics problems;
  const model::Env env = model::decode(definition, name, {}, problems);
  problems.throw_if_errors();
  const std::string manifest = env.manifest.template_path;
  Facts facts = fresh_facts(env);
  facts.target = manifest::parse_target("podman@5.4");
  for (const model::Secret& secret : env.secrets) facts.deploy_files[secret.name] = "files of " + secret.name;
  facts.deploy_files["deploy-config"] = "the deploy ConfigMap";
  return make(env, facts, manifest::compose(env, sources.add(manifest, sys::read_file(manifest)), sources), Scope::up);
}

TEST(PlanProperty, DoesNotDependOnTheOrderOfKeys) {
  for (const std::string& name : test::kEnvironments) {
    base::Sources sources;
    const doc::Value definition = model::load_layers(sources, "envs/" + name + "/env.yaml",
                                                     [](const std::string& file) { return sys::read_file_if_exists(file); });
    const auto expected = essence_of(plan_of(definition, name, sources));
    for (unsigned seed = 0; seed < kCases; ++seed) {
      const doc::Value shuffled = test::RandomValues(seed).shuffled(definition);
      ASSERT_EQ(essence_of(plan_of(shuffled, name, sources)), expected) << name << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace plan
