#include "envtool/patch/apply.h"

#include <gmock/gmock.h>

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"

namespace patch {
namespace {

using doc::Value;
using testing::ElementsAre;
using testing::HasSubstr;

Value object(std::string_view kind, std::string_view name) {
  return doc::make_map({{"apiVersion", "v1"}, {"kind", kind}, {"metadata", doc::make_map({{"name", name}})}});
}

std::vector<Value> objects() { return {object("Pod", "a"), object("Service", "a"), object("Pod", "b")}; }

Patch patch_of(std::string_view text, PatchType type = PatchType::strategic) {
  Value content = doc::parse_json(text, "patch");
  Target target = target_of(content);
  return {std::move(target), std::move(content), type};
}

std::vector<std::string> marked(const std::vector<Value>& all) {
  std::vector<std::string> names;
  for (const Value& one : all) {
    if (one.find("mark") != nullptr) names.push_back(doc::at_path(one, "metadata.name")->as_string());
  }
  return names;
}

std::vector<base::Diagnostic> problems_of(const std::vector<Patch>& patches) {
  try {
    apply_patches(objects(), patches);
  } catch (const base::Error& error) {
    return error.diagnostics();
  }
  return {};
}

TEST(ApplyTest, PatchGoesToItsTargetOnly) {
  const auto result = apply_patches(objects(), {patch_of(R"({"kind":"Pod","metadata":{"name":"b"},"mark":1})")});
  EXPECT_THAT(marked(result), ElementsAre("b"));
}

TEST(ApplyTest, EmptyPartsOfATargetMatchAny) {
  const Value content = doc::make_map({{"mark", 1}});
  EXPECT_THAT(marked(apply_patches(objects(), {Patch{{"", "Pod", ""}, content}})), ElementsAre("a", "b"));
  EXPECT_THAT(marked(apply_patches(objects(), {Patch{{}, content}})), ElementsAre("a", "a", "b"));
  EXPECT_THAT(problems_of({Patch{{"apps/v1", "", ""}, content}}), testing::SizeIs(1));
}

TEST(ApplyTest, EveryTypeOfPatchApplies) {
  const Value operations = doc::parse_json(R"([{"op":"add","path":"/mark","value":1}])", "patch");
  const Patch json{{"", "Service", ""}, operations, PatchType::json};
  EXPECT_THAT(marked(apply_patches(objects(), {json})), ElementsAre("a"));
  EXPECT_THAT(marked(apply_patches(objects(), {patch_of(R"({"kind":"Service","mark":1})", PatchType::merge)})),
              ElementsAre("a"));
}

TEST(ApplyTest, LaterPatchesSeeEarlierOnes) {
  const auto result = apply_patches(objects(), {patch_of(R"({"kind":"Service","mark":1})"),
                                                patch_of(R"({"kind":"Service","mark":null})")});
  EXPECT_THAT(marked(result), testing::IsEmpty());
}

TEST(ApplyTest, DeletedObjectsGo) {
  const auto result = apply_patches(objects(), {patch_of(R"({"kind":"Pod","$patch":"delete"})")});
  ASSERT_THAT(result, testing::SizeIs(1));
  EXPECT_EQ(result.front(), object("Service", "a"));
}

TEST(ApplyTest, AllProblemsAreReportedAtOnce) {
  const base::Source source{"p.yaml", "kind: Pods\nmetadata: {name: a}\n"};
  const Value misspelt = doc::read_yaml(source);
  const auto problems =
      problems_of({Patch{target_of(misspelt), misspelt}, patch_of(R"({"kind":"Pod","spec":1,"$patch":"odd"})")});
  ASSERT_THAT(problems, testing::SizeIs(3));
  EXPECT_EQ(problems[0].message, "patch for `Pods/a` matches no object");
  EXPECT_EQ(base::to_string(problems[0].span), "p.yaml:1:1");
  EXPECT_THAT(problems[0].notes, ElementsAre("there are `Pod/a`, `Service/a` and `Pod/b`"));
  EXPECT_THAT(problems[0].hints, ElementsAre("did you mean `Pod/a`?"));
  EXPECT_THAT(problems[1].notes, ElementsAre("while patching `Pod/a`"));
  EXPECT_THAT(problems[2].notes, ElementsAre("while patching `Pod/b`"));
}

TEST(ApplyTest, NoObjectsAreSaidToBeNone) {
  try {
    apply_patches({}, {patch_of(R"({"kind":"Pod"})")});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.diagnostics().front().notes, ElementsAre("there are no objects"));
  }
}

TEST(ApplyTest, OneMistakeIsOneProblem) {
  const auto problems = problems_of({patch_of(R"({"kind":"Service","metadata":{"name":"a"},"$patch":"odd"})"),
                                     patch_of(R"({"kind":"Service","metadata":{"name":"a"},"mark":1})")});
  ASSERT_THAT(problems, testing::SizeIs(1));
  EXPECT_THAT(problems[0].notes, ElementsAre("while patching `Service/a`"));
}

TEST(ApplyTest, RenamedObjectsAreFoundByTheirNewName) {
  const Value operations = doc::parse_json(R"([{"op":"replace","path":"/metadata/name","value":"c"}])", "patch");
  const auto result = apply_patches(objects(), {Patch{{"", "Pod", "a"}, operations, PatchType::json},
                                                patch_of(R"({"kind":"Pod","metadata":{"name":"c"},"mark":1})")});
  EXPECT_THAT(marked(result), ElementsAre("c"));
}

TEST(ApplyTest, OfManyNamesOnlySomeAreTold) {
  std::vector<Value> many;
  for (int i = 0; i < 30; ++i) many.push_back(object("Pod", "p" + std::to_string(i)));
  try {
    apply_patches(many, {patch_of(R"({"kind":"Pod","metadata":{"name":"x"}})")});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.diagnostics().front().notes, ElementsAre(HasSubstr("`Pod/p18`, `Pod/p19` and 10 more")));
  }
}

TEST(ApplyTest, ResultMustStayAnObject) {
  const auto problems = problems_of({Patch{{"", "Service", ""}, doc::make_map({{"kind", nullptr}})}});
  ASSERT_THAT(problems, testing::SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("without `apiVersion` or `kind`"));
}

}  // namespace
}  // namespace patch
