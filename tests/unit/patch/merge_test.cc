#include "envtool/patch/merge.h"

#include <gmock/gmock.h>

#include <ctime>

#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"

namespace patch {
namespace {

using doc::Value;

Value json(std::string_view text) { return doc::parse_json(text, "test"); }

struct MergeCase {
  std::string_view name, base, overlay, merged;
};

constexpr MergeCase kCases[] = {
    {"AddsAtTheEnd", R"({"b":1})", R"({"a":2})", R"({"b":1,"a":2})"},
    {"KeepsPlaceOfOldKeys", R"({"b":1,"a":2})", R"({"c":0,"a":3,"b":4})", R"({"b":4,"a":3,"c":0})"},
    {"MergesAtDepth", R"({"a":{"x":1,"y":{"z":1}}})", R"({"a":{"y":{"w":2}}})", R"({"a":{"x":1,"y":{"z":1,"w":2}}})"},
    {"ReplacesLists", R"({"a":[1,2,3]})", R"({"a":[4]})", R"({"a":[4]})"},
    {"NullDeletes", R"({"a":1,"b":2})", R"({"a":null})", R"({"b":2})"},
    {"NullDeletesNothing", R"({"b":2})", R"({"a":null})", R"({"b":2})"},
    {"NullInNewMapVanishes", R"({})", R"({"a":{"b":{"c":null}}})", R"({"a":{"b":{}}})"},
    {"NullInListStays", R"({})", R"({"a":[null,{"b":null}]})", R"({"a":[null,{"b":null}]})"},
    {"MapReplacesScalar", R"({"a":1})", R"({"a":{"b":2,"c":null}})", R"({"a":{"b":2}})"},
    {"ScalarReplacesMap", R"({"a":{"b":2}})", R"({"a":"x"})", R"({"a":"x"})"},
    {"ScalarReplacesRoot", R"({"a":1})", R"("x")", R"("x")"},
    {"ListReplacesRoot", R"({"a":1})", R"([1])", R"([1])"},
    {"MapReplacesListAtRoot", R"([1,2])", R"({"a":1})", R"({"a":1})"},
    {"EmptyMapChangesNothing", R"({"a":{"b":1}})", R"({"a":{}})", R"({"a":{"b":1}})"},
    {"NullStaysInBase", R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
};

class Merge : public testing::TestWithParam<MergeCase> {};

TEST_P(Merge, GivesExpectedText) {
  const MergeCase& c = GetParam();
  EXPECT_EQ(doc::emit_json(merge(json(c.base), json(c.overlay))), c.merged);
  EXPECT_EQ(doc::emit_json(json_merge_patch(json(c.base), json(c.overlay))), c.merged);
}

INSTANTIATE_TEST_SUITE_P(Table, Merge, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(MergeTest, EmptyLayerChangesNothingButAsMergePatchGivesNull) {
  EXPECT_EQ(merge(json(R"({"a":1})"), Value()), json(R"({"a":1})"));
  EXPECT_TRUE(json_merge_patch(json(R"({"a":1})"), Value()).is_null());
}

TEST(MergeTest, SpansFollowTheWinner) {
  const base::Source below{"below.yaml", "a: 1\nm:\n  x: 1\n  y: 2\n"};
  const base::Source above{"above.yaml", "# comment\nm:\n  y: 3\n"};
  const Value merged = merge(doc::read_yaml(below), doc::read_yaml(above));
  EXPECT_EQ(base::to_string(merged.find("a")->span()), "below.yaml:1:4");
  EXPECT_EQ(base::to_string(merged.find("m")->find("x")->span()), "below.yaml:3:6");
  EXPECT_EQ(base::to_string(merged.find("m")->find("y")->span()), "above.yaml:3:6");
  EXPECT_EQ(base::to_string(merged.as_map().begin()[0].key_span), "below.yaml:1:1");
  EXPECT_EQ(base::to_string(merged.as_map().begin()[1].key_span), "above.yaml:2:1");
}

TEST(MergeTest, ManyKeysAreMergedAndDeletedInOrder) {
  doc::Map base, overlay;
  for (int i = 0; i < 1000; ++i) base.append(std::to_string(i), i);
  for (int i = 999; i >= 0; i -= 2) overlay.append(std::to_string(i), nullptr);
  for (int i = 0; i < 1000; i += 4) overlay.append(std::to_string(i), -i);
  const Value merged = merge(Value(base), Value(overlay));
  ASSERT_EQ(merged.as_map().size(), 500U);
  for (int i = 0; i < 500; ++i) {
    const doc::Entry& entry = merged.as_map().begin()[i];
    EXPECT_EQ(entry.key, std::to_string(2 * i));
    EXPECT_EQ(entry.value.as_integer(), i % 2 == 0 ? -2 * i : 2 * i);
  }
}

TEST(MergeTest, LargeMapsTakeNoQuadraticTime) {
  doc::Map base, overlay;
  for (int i = 0; i < 100'000; ++i) base.append("key" + std::to_string(i), i);
  for (int i = 50'000; i < 150'000; ++i) overlay.append("key" + std::to_string(i), i);
  const std::clock_t start = std::clock();
  EXPECT_EQ(merge(Value(std::move(base)), Value(std::move(overlay))).as_map().size(), 150'000U);
  EXPECT_LT(std::clock() - start, 5 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace patch
