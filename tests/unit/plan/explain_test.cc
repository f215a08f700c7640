#include "envtool/plan/explain.h"

#include <gmock/gmock.h>

#include "envtool/doc/json.h"
#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> lines(const doc::Value& inputs) {
  std::vector<std::string> out;
  for (const Input& input : flatten(inputs)) out.push_back(input.path + "=" + input.value);
  return out;
}

TEST(Explain, FlattensInTheOrderOfTheTree) {
  EXPECT_THAT(lines(doc::parse_json(R"({"b":{"y":"text","x":1},"a":[true,{"k":null}],"empty":{},"none":[]})", "test")),
              ElementsAre("b.y=text", "b.x=1", "a[0]=true", "a[1].k=null", "empty={}", "none=[]"));
}

TEST(Explain, NamesEachChangedInputOnce) {
  const doc::Value before = doc::parse_json(R"({"arguments":{"A":"1","B":"2"},"context":"x","packages":["p"]})", "test");
  const doc::Value after = doc::parse_json(R"({"arguments":{"A":"2","B":"3"},"context":"x","packages":["q"]})", "test");
  EXPECT_THAT(changed_inputs(doc::differences(before, after)), ElementsAre("arguments", "packages"));
  EXPECT_THAT(changed_inputs(doc::differences(before, before)), IsEmpty());
}

TEST(Explain, EveryKeyIsTheDigestOfItsInputs) {
  const test::Environment environment("dev_dummyauth");
  const Facts facts = settled_facts(environment, fresh_facts(environment.env));
  for (const Step& step : make(environment.env, facts, environment.objects, Scope::up).steps) {
    if (!step.key) continue;
    EXPECT_FALSE(step.inputs.is_null()) << step.id;
    EXPECT_EQ(step.found, step.key) << step.id;
    const std::string kind = step.id.starts_with("secret-volume") ? "secret" : step.id.substr(0, step.id.find(' '));
    EXPECT_EQ(make_key(kind, step.inputs), *step.key) << step.id;
  }
}

}  // namespace
}  // namespace plan
