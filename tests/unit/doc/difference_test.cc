#include "envtool/doc/difference.h"

#include <gmock/gmock.h>

#include "envtool/doc/json.h"

namespace doc {
namespace {

using testing::ElementsAre;

/// `path: left -> right` for each difference of two JSON texts; `-` where there is nothing.
std::vector<std::string> compared(const std::string& left, const std::string& right) {
  const Value a = parse_json(left, "left");
  const Value b = parse_json(right, "right");
  const auto shown = [](const Value* value) { return value == nullptr ? "-" : emit_json(*value); };
  std::vector<std::string> lines;
  for (const Difference& found : differences(a, b)) lines.push_back(found.path + ": " + shown(found.left) + " -> " + shown(found.right));
  return lines;
}

TEST(Differences, EqualTreesHaveNone) { EXPECT_THAT(compared(R"({"a":1,"b":[{}]})", R"({"b":[{}],"a":1})"), ElementsAre()); }

TEST(Differences, AreLeaves) {
  EXPECT_THAT(compared(R"({"a":{"b":1,"c":2},"d":[1,2]})", R"({"a":{"b":1,"c":3},"d":[1]})"),
              ElementsAre("a.c: 2 -> 3", "d[1]: 2 -> -"));
}

TEST(Differences, WhatOneSideLacksIsOnePlace) {
  EXPECT_THAT(compared(R"({"a":{"b":{"c":1}}})", R"({"d":[1,2]})"), ElementsAre(R"(a: {"b":{"c":1}} -> -)", "d: - -> [1,2]"));
}

TEST(Differences, NamedItemsArePairedByName) {
  EXPECT_THAT(compared(R"([{"name":"x","v":1},{"name":"y","v":1}])", R"([{"name":"z"},{"name":"y","v":2},{"name":"x","v":1}])"),
              ElementsAre("[name=y].v: 1 -> 2", R"([name=z]: - -> {"name":"z"})"));
}

TEST(Differences, ItemsWithTheSameNameArePairedByIndex) {
  EXPECT_THAT(compared(R"([{"name":"x"},{"name":"x"}])", R"([{"name":"x"},{"name":"y"}])"), ElementsAre(R"([1].name: "x" -> "y")"));
}

TEST(Differences, AreFoundAgainByTheirPaths) {
  const Value value = parse_json(R"({"a.b":{"c":[1,{"d":2}]},"e":[{"name":"x","v":1},{"name":"y","v":2}]})", "test");
  const Value empty = parse_json("{}", "test");
  for (const Difference& one : differences(empty, value)) EXPECT_EQ(find_difference(value, one.path), one.right) << one.path;
  EXPECT_EQ(find_difference(value, R"("a.b".c[1].d)")->as_integer(), 2);
  EXPECT_EQ(find_difference(value, "e[name=y].v")->as_integer(), 2);
  EXPECT_EQ(find_difference(value, "e[name=z]"), nullptr);
}

TEST(Differences, AnotherKindDiffersAsAWhole) {
  EXPECT_THAT(compared(R"({"a":{"b":1}})", R"({"a":[1]})"), ElementsAre(R"(a: {"b":1} -> [1])"));
}

}  // namespace
}  // namespace doc
