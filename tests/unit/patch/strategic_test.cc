#include "envtool/patch/strategic.h"

#include <gmock/gmock.h>

#include <ctime>
#include <functional>

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"

namespace patch {
namespace {

using doc::Value;
using testing::HasSubstr;

Value json(std::string_view text) { return doc::parse_json(text, "test"); }

/// A Pod with the given spec.
Value pod(std::string_view spec) {
  return doc::make_map({{"apiVersion", "v1"}, {"kind", "Pod"}, {"spec", json(spec)}});
}

/// What a patch makes of a Pod's spec.
std::string patched(std::string_view spec, std::string_view patch) {
  return doc::emit_json(*strategic_merge(pod(spec), doc::make_map({{"spec", json(patch)}})).find("spec"));
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

struct Case {
  std::string_view name, spec, patch, result;
};

constexpr Case kCases[] = {
    {"PatchedElementsComeFirst", R"({"containers":[{"name":"a"},{"name":"b"}]})",
     R"({"containers":[{"name":"c"}]})", R"({"containers":[{"name":"c"},{"name":"a"},{"name":"b"}]})"},
    {"ElementsInFrontOfAPatchedOneStay", R"({"containers":[{"name":"a"},{"name":"b"}]})",
     R"({"containers":[{"name":"b","tty":true},{"name":"c"}]})",
     R"({"containers":[{"name":"a"},{"name":"b","tty":true},{"name":"c"}]})"},
    {"ElementsMergeDeeply", R"({"containers":[{"name":"a","env":[{"name":"X","value":"1"}]}]})",
     R"({"containers":[{"name":"a","env":[{"name":"Y","value":"2"}]}]})",
     R"({"containers":[{"name":"a","env":[{"name":"Y","value":"2"},{"name":"X","value":"1"}]}]})"},
    {"NumbersAreMergeKeysToo", R"({"containers":[{"name":"a","ports":[{"containerPort":80}]}]})",
     R"({"containers":[{"name":"a","ports":[{"containerPort":80,"name":"http"}]}]})",
     R"({"containers":[{"name":"a","ports":[{"containerPort":80,"name":"http"}]}]})"},
    {"ListsWithoutKeyAreReplaced", R"({"tolerations":[{"key":"a"}]})", R"({"tolerations":[{"key":"b"}]})",
     R"({"tolerations":[{"key":"b"}]})"},
    {"ElementIsDeleted", R"({"volumes":[{"name":"v"}]})", R"({"volumes":[{"name":"v","$patch":"delete"}]})",
     R"({"volumes":[]})"},
    {"ReplaceInAnElementDropsIt", R"({"containers":[{"name":"a"}]})",
     R"({"containers":[{"name":"a","image":"x","$patch":"replace"}]})", R"({"containers":[]})"},
    {"ReplaceBesideElementsReplacesTheList", R"({"containers":[{"name":"a"}]})",
     R"({"containers":[{"$patch":"replace"},{"name":"b"}]})", R"({"containers":[{"name":"b"}]})"},
    {"MapIsReplaced", R"({"nodeSelector":{"a":"1"}})", R"({"nodeSelector":{"$patch":"replace","b":"2"}})",
     R"({"nodeSelector":{"b":"2"}})"},
    {"MapIsEmptied", R"({"nodeSelector":{"a":"1"}})", R"({"nodeSelector":{"$patch":"delete"}})",
     R"({"nodeSelector":{}})"},
    {"NullDeletes", R"({"nodeSelector":{"a":"1"},"hostname":"h"})", R"({"nodeSelector":null,"hostname":null})", "{}"},
    {"NullInNewMapVanishes", "{}", R"({"securityContext":{"runAsUser":null,"fsGroup":1}})",
     R"({"securityContext":{"fsGroup":1}})"},
    {"NullInNewElementStays", R"({"containers":[{"name":"a"}]})", R"({"containers":[{"name":"b","image":null}]})",
     R"({"containers":[{"name":"b","image":null},{"name":"a"}]})"},
    {"RetainKeysDropsTheRest", R"({"volumes":[{"name":"v","emptyDir":{}}]})",
     R"({"volumes":[{"name":"v","hostPath":{"path":"/x"},"$retainKeys":["name","hostPath"]}]})",
     R"({"volumes":[{"name":"v","hostPath":{"path":"/x"}}]})"},
    {"OrderIsSet", R"({"containers":[{"name":"a"},{"name":"b"}]})",
     R"({"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]})", R"({"containers":[{"name":"b"},{"name":"a"}]})"},
    {"OrderOfUnnamedElementsStays", R"({"containers":[{"name":"x"},{"name":"a"},{"name":"y"},{"name":"b"}]})",
     R"({"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]})",
     R"({"containers":[{"name":"x"},{"name":"y"},{"name":"b"},{"name":"a"}]})"},
    {"NewElementTakesTheRoomOfADeletedOne", R"({"containers":[{"name":"a"},{"name":"b"},{"name":"x"}]})",
     R"({"containers":[{"name":"a","$patch":"delete"},{"name":"n"}],)"
     R"("$setElementOrder/containers":[{"name":"b"},{"name":"n"}]})",
     R"({"containers":[{"name":"b"},{"name":"x"},{"name":"n"}]})"},
    {"UnknownFieldsAreKept", "{}", R"({"colour":"red","shades":[{"a":1}]})", R"({"colour":"red","shades":[{"a":1}]})"},
    {"OtherKindOfValueReplaces", R"({"containers":"none"})", R"({"containers":[{"name":"a"}]})",
     R"({"containers":[{"name":"a"}]})"},
    // Where kubectl leaves directives behind, or hangs on chance:
    {"NoDirectiveStaysInNewValues", "{}",
     R"({"securityContext":{"$retainKeys":["fsGroup"],"fsGroup":1},"volumes":[{"name":"v","$patch":"delete"}]})",
     R"({"securityContext":{"fsGroup":1},"volumes":[]})"},
    {"NoDirectiveStaysInReplacedLists", R"({"tolerations":[]})",
     R"({"tolerations":[{"$patch":"replace"},{"key":"k"}]})",
     R"({"tolerations":[{"key":"k"}]})"},
    {"EmptyOrderIsNone", R"({"containers":[{"name":"a"}]})",
     R"({"$setElementOrder/containers":[],"containers":[{"name":"b"},{"name":"c"}]})",
     R"({"containers":[{"name":"b"},{"name":"c"},{"name":"a"}]})"},
};

class Strategic : public testing::TestWithParam<Case> {};

TEST_P(Strategic, GivesExpectedSpec) {
  EXPECT_EQ(patched(GetParam().spec, GetParam().patch), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(Table, Strategic, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

constexpr Case kFailures[] = {
    {"NoMergeKey", R"({"containers":[{"name":"a"}]})", R"({"containers":[{"image":"x"}]})",
     "an element of `spec.containers` has no `name`, the key that this list merges by"},
    {"PlaceIsNamed", R"({"containers":[{"name":"a","env":[{"name":"X"}]}]})",
     R"({"containers":[{"name":"a","env":[{"value":"x"}]}]})",
     "an element of `spec.containers[a].env` has no `name`, the key that this list merges by"},
    {"UnknownDirective", R"({"nodeSelector":{}})", R"({"nodeSelector":{"$patch":"drop"}})",
     "unknown directive `$patch: drop` in `spec.nodeSelector`"},
    {"UnknownDirectiveInList", R"({"containers":[]})", R"({"containers":[{"name":"a","$patch":"drop"}]})",
     "unknown directive `$patch: drop` in `spec.containers`"},
    {"MergeDirectiveInList", R"({"containers":[]})", R"({"containers":[{"name":"a","$patch":"merge"}]})",
     "`$patch: merge` can't stand in a list (`spec.containers`)"},
    {"KeyNotRetained", R"({"nodeSelector":{"a":"1"}})", R"({"nodeSelector":{"$retainKeys":["a"],"b":"2"}})",
     "the patch of `spec.nodeSelector` sets `b`, which its `$retainKeys` leaves out"},
    {"RetainKeysIsNoList", R"({"nodeSelector":{}})", R"({"nodeSelector":{"$retainKeys":"a"}})",
     "`$retainKeys` of `spec.nodeSelector` must be a list of names"},
    {"OtherOrder", R"({"containers":[{"name":"a"}]})",
     R"({"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a"},{"name":"b"}]})",
     "elements of `spec.containers` are not in the order of `$setElementOrder/containers`"},
    {"OrderOfReplacedElementsWithoutKey", R"({"containers":[{"image":"x"}]})",
     R"({"$setElementOrder/containers":[{"name":"a"}],"containers":[{"$patch":"replace"},{"name":"a"}]})",
     "an element of `spec.containers` has no `name`, the key that this list merges by"},
    {"OrderOfNoList", R"({"containers":"x"})", R"({"$setElementOrder/containers":[{"name":"a"}]})",
     "`spec.containers` has `$setElementOrder` but is no list"},
    {"OrderIsNoList", R"({"containers":[]})", R"({"$setElementOrder/containers":1})",
     "`$setElementOrder/containers` must be a list, found integer"},
    {"DirectiveWithoutList", "{}", R"({"$setElementOrder":[1]})", "directive `$setElementOrder` names no list"},
    {"UnknownFieldOnBothSides", R"({"volumez":[]})", R"({"volumez":[]})",
     "can't merge `spec.volumez`: PodSpec has no such map or list"},
    {"ListForMap", R"({"nodeSelector":[]})", R"({"nodeSelector":[]})", "`spec.nodeSelector` must be a map, found list"},
    {"SeveralKinds", R"({"containers":[{"name":"a"}]})", R"({"containers":["b"]})",
     "elements of `spec.containers` are of several kinds: map and string"},
    {"ListsInLists", R"({"containers":[]})", R"({"containers":[[]]})",
     "lists in lists can't be merged in `spec.containers`"},
    {"NullElement", R"({"containers":[]})", R"({"containers":[null]})",
     "an element of `spec.containers` is null"},
    {"ScalarsInListOfMaps", R"({"containers":[]})", R"({"containers":["a"]})",
     "elements of `spec.containers` must be maps, found string"},
    {"MergeKeyIsAMap", R"({"containers":[]})", R"({"containers":[{"name":{}}]})",
     "merge key `name` of `spec.containers` must be a scalar"},
};

class StrategicFailure : public testing::TestWithParam<Case> {};

TEST_P(StrategicFailure, NamesTheProblem) {
  EXPECT_EQ(error_of([&] { patched(GetParam().spec, GetParam().patch); }), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(Table, StrategicFailure, testing::ValuesIn(kFailures),
                         [](const auto& row) { return std::string(row.param.name); });

Value finalizers(std::string_view patch) {
  Value object = pod("{}");
  object["metadata"] = json(R"({"finalizers":["a","b","c"]})");
  const Value merged = strategic_merge(std::move(object), doc::make_map({{"metadata", json(patch)}}));
  return *doc::at_path(merged, "metadata.finalizers");
}

TEST(StrategicTest, ListsOfScalarsAreSets) {
  EXPECT_EQ(finalizers(R"({"finalizers":["c","d"]})"), json(R"(["a","b","c","d"])"));
  EXPECT_EQ(finalizers(R"({"$deleteFromPrimitiveList/finalizers":["a","x"]})"), json(R"(["b","c"])"));
  EXPECT_EQ(finalizers(R"({"$setElementOrder/finalizers":["c","a"]})"), json(R"(["b","c","a"])"));
  EXPECT_EQ(finalizers(R"({"finalizers":["c"],"$deleteFromPrimitiveList/finalizers":["c"]})"),
            json(R"(["c","a","b"])"));
  const auto failure = [](std::string_view patch) { return error_of([&] { finalizers(patch); }); };
  EXPECT_THAT(failure(R"({"$deleteFromPrimitiveList/finalizers":[{}]})"), HasSubstr("several kinds"));
  EXPECT_THAT(failure(R"({"$deleteFromPrimitiveList/finalizers":"a"})"), HasSubstr("must be a list"));
}

TEST(StrategicTest, WholePatchMayReplaceOrDelete) {
  EXPECT_EQ(strategic_merge(pod("{}"), json(R"({"$patch":"replace","a":1})")), json(R"({"a":1})"));
  EXPECT_EQ(strategic_merge(pod("{}"), json(R"({"$patch":"delete"})")), json("{}"));
}

TEST(StrategicTest, UnknownKindsAreRefusedInKubectlsWords) {
  const auto refusal = [](std::string_view object) {
    return error_of([&] { strategic_merge(json(object), json("{}")); });
  };
  EXPECT_EQ(refusal(R"({"apiVersion":"core/v1","kind":"Pod"})"),
            "strategic merge patch is not supported for core/v1, Kind=Pod");
  EXPECT_EQ(refusal(R"({"apiVersion":"v1","kind":"Thing"})"),
            "strategic merge patch is not supported for /v1, Kind=Thing");
}

TEST(StrategicTest, OnlyMapsMerge) {
  EXPECT_THAT(error_of([] { strategic_merge(pod("{}"), json("[]")); }), HasSubstr("must be maps, found list"));
}

TEST(StrategicTest, SpansFollowTheWinnerAndErrorsPointAtThePatch) {
  const base::Source below{"pod.yaml",
                           "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: x\n"
                           "  hostname: h\n"};
  const base::Source above{"patch.yaml", "spec:\n  containers:\n  - name: a\n    image: y\n  - image: z\n"};
  const Value patch = doc::read_yaml(above);
  Value good = patch;
  good["spec"]["containers"].as_list().pop_back();
  const Value merged = strategic_merge(doc::read_yaml(below), good);
  const Value& container = merged.find("spec")->find("containers")->as_list().front();
  EXPECT_EQ(base::to_string(container.find("image")->span()), "patch.yaml:4:12");
  EXPECT_EQ(base::to_string(merged.find("spec")->find("hostname")->span()), "pod.yaml:7:13");
  try {
    strategic_merge(doc::read_yaml(below), patch);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(base::to_string(error.diagnostics().front().span), "patch.yaml:5:5");
  }
}

TEST(StrategicTest, SimilarFieldIsProposed) {
  try {
    patched(R"({"volums":[]})", R"({"volums":[]})");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.diagnostics().front().hints, testing::ElementsAre("did you mean `volumes`?"));
  }
}

TEST(StrategicTest, LongListsTakeNoQuadraticTime) {
  doc::List list, changes;
  for (int i = 0; i < 20'000; ++i) list.push_back(doc::make_map({{"name", "V" + std::to_string(i)}}));
  for (int i = 0; i < 20'000; i += 2) {
    changes.push_back(doc::make_map({{"name", "V" + std::to_string(i)}, {"value", "x"}}));
  }
  const auto spec = [](doc::List volumes) { return doc::make_map({{"volumes", std::move(volumes)}}); };
  Value object = pod("{}");
  object["spec"] = spec(list);
  const std::clock_t start = std::clock();
  const Value merged = strategic_merge(std::move(object), doc::make_map({{"spec", spec(changes)}}));
  EXPECT_LT(std::clock() - start, 5 * CLOCKS_PER_SEC);
  EXPECT_EQ(merged.find("spec")->find("volumes")->as_list().size(), 20'000U);
}

TEST(SchemaTest, KnowsTheBuiltInKinds) {
  for (const char* kind : {"Pod", "Service", "ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim"}) {
    EXPECT_TRUE(ListSchema::find("v1", kind)) << kind;
  }
  for (const char* kind : {"Deployment", "StatefulSet", "DaemonSet"}) EXPECT_TRUE(ListSchema::find("apps/v1", kind));
  for (const char* kind : {"Job", "CronJob"}) EXPECT_TRUE(ListSchema::find("batch/v1", kind));
  for (const char* kind : {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}) {
    EXPECT_TRUE(ListSchema::find("rbac.authorization.k8s.io/v1", kind));
  }
  for (const char* kind : {"Ingress", "NetworkPolicy"}) EXPECT_TRUE(ListSchema::find("networking.k8s.io/v1", kind));
  EXPECT_FALSE(ListSchema::find("core/v1", "Pod"));
  EXPECT_FALSE(ListSchema::find("", ""));
}

TEST(SchemaTest, DescribesFields) {
  const FieldSchema spec = *ListSchema::find("v1", "Pod")->field("spec");
  EXPECT_EQ(spec.below.name(), "PodSpec");
  EXPECT_EQ(spec.below.field("containers")->merge_key, "name");
  EXPECT_EQ(spec.below.field("containers")->shape, Shape::kMergedList);
  EXPECT_EQ(spec.below.field("tolerations")->shape, Shape::kList);
  EXPECT_FALSE(spec.below.field("hostname"));
  EXPECT_FALSE(spec.below.field("zzz"));
}

}  // namespace
}  // namespace patch
