#include "envtool/doc/value.h"

#include <gmock/gmock.h>

namespace doc {
namespace {

using testing::ElementsAre;

TEST(Map, KeepsOrderAndReplacesInPlace) {
  Map map;
  map.set("b", 1);
  map.set("a", 2);
  map.set("b", 3);
  map["c"] = 4;
  EXPECT_THAT(map.keys(), ElementsAre("b", "a", "c"));
  EXPECT_EQ(*map.find("b"), Value(3));
  EXPECT_TRUE(map.erase("b"));
  EXPECT_FALSE(map.erase("b"));
  EXPECT_THAT(map.keys(), ElementsAre("a", "c"));
  EXPECT_EQ(map.find("b"), nullptr);
}

TEST(Value, ComparesDataNotOrderNorPlace) {
  const base::Source source{"s", "text"};
  const Value a = make_map({{"x", 1}, {"y", make_map({{"p", "q"}, {"r", nullptr}})}});
  Value b = make_map({{"y", make_map({{"r", nullptr}, {"p", "q"}})}, {"x", 1}});
  b.set_span({&source, 1, 2});
  EXPECT_EQ(a, b);
}

TEST(Value, TellsKindsApart) {
  const Value values[] = {nullptr, false, 0, 0.0, "", List(), Map()};
  for (const Value& a : values) {
    for (const Value& b : values) EXPECT_EQ(a == b, &a == &b) << to_string(a.kind()) << " " << to_string(b.kind());
  }
}

TEST(Value, MapsOfEqualSizeDiffer) {
  EXPECT_FALSE(make_map({{"a", 1}, {"b", 2}}) == make_map({{"a", 1}, {"c", 2}}));
  EXPECT_FALSE(Value(List{1, 2}) == Value(List{2, 1}));
}

TEST(Value, NullBecomesWhatIsPutIn) {
  Value value;
  value["a"]["b"].push_back("x");
  EXPECT_EQ(value, make_map({{"a", make_map({{"b", List{"x"}}})}}));
}

TEST(Value, CopiesAreIndependent) {
  Value a = make_map({{"x", List{1}}});
  const Value b = a;
  a["x"].push_back(2);
  EXPECT_EQ(b, make_map({{"x", List{1}}}));
}

TEST(Paths, AreShownAsWritten) {
  EXPECT_EQ(join_path("", "spec"), "spec");
  EXPECT_EQ(join_path(join_path("spec", "containers"), std::size_t{2}), "spec.containers[2]");
  EXPECT_EQ(join_path("data", "a.b"), "data.\"a.b\"");
  EXPECT_EQ(join_path("labels", "app/name"), "labels.app/name");
  EXPECT_EQ(join_path("", ""), "\"\"");
}

TEST(Paths, AreSplitAtDots) {
  EXPECT_THAT(split_path("a.b.c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_path("data.jupyterhub_config\\.py"), ElementsAre("data", "jupyterhub_config.py"));
  EXPECT_THAT(split_path("a\\\\.b"), ElementsAre("a\\", "b"));
  EXPECT_THAT(split_path("a."), ElementsAre("a", ""));
}

TEST(Paths, FindNodes) {
  const Value root = make_map({{"spec", make_map({{"containers", List{make_map({{"image", "x"}})}}, {"a.b", 1}})}});
  EXPECT_EQ(*at_path(root, "spec.containers.0.image"), Value("x"));
  EXPECT_EQ(*at_path(root, "spec.a\\.b"), Value(1));
  for (const char* missing : {"spec.containers.1", "spec.containers.-1", "spec.containers.x", "spec.containers.0x", "nope",
                              "spec.containers.0.image.deeper", "spec.containers.99999999999999999999", ""}) {
    EXPECT_EQ(at_path(root, missing), nullptr) << missing;
  }
}

}  // namespace
}  // namespace doc
