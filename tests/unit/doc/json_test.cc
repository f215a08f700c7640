#include "envtool/doc/json.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/support/errors.h"

namespace doc {
namespace {

std::string reading_fails(std::string_view text) {
  return test::error_of([&] { parse_json(text, "reply"); });
}

TEST(ParseJson, ReadsEveryKind) {
  const Value value = parse_json(R"( {"n":null,"t":true,"f":false,"i":-3,"r":1.5,"s":"x","l":[1,[]],"m":{}} )", "t");
  EXPECT_EQ(value, make_map({{"n", nullptr},
                             {"t", true},
                             {"f", false},
                             {"i", -3},
                             {"r", 1.5},
                             {"s", "x"},
                             {"l", List{1, List()}},
                             {"m", Map()}}));
}

TEST(ParseJson, ReadsScalars) {
  EXPECT_EQ(parse_json("\"\\u00e4\\ud83d\\udc33\\n\\u0000\"", "t"), Value(std::string("\xC3\xA4\xF0\x9F\x90\xB3\n\0", 8)));
  EXPECT_EQ(parse_json("9223372036854775807", "t"), Value(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(parse_json("9223372036854775808", "t"), Value(9223372036854775808.0));
  EXPECT_EQ(parse_json("-9223372036854775808", "t"), Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(parse_json("-9223372036854775809", "t"), Value(-9223372036854775808.0));
  EXPECT_EQ(parse_json("-0", "t"), Value(0));
  EXPECT_EQ(parse_json("1e3", "t"), Value(1000.0));
  EXPECT_EQ(parse_json("0.1", "t"), Value(0.1));
  EXPECT_EQ(parse_json("0e0071", "t"), Value(0.0));
  EXPECT_EQ(parse_json("1e-999", "t"), Value(0.0));
  EXPECT_EQ(parse_json("123456789012345678901234567890", "t"), Value(123456789012345678901234567890.0));
  EXPECT_EQ(parse_json("null", "t"), Value());
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  EXPECT_EQ(emit_json(parse_json(R"({"b":1,"a":2,"c":{"z":1,"y":2}})", "t")), R"({"b":1,"a":2,"c":{"z":1,"y":2}})");
}

TEST(ParseJson, NamesTheTextAndThePlace) {
  EXPECT_EQ(reading_fails("{\"a\":}"), "error: reply: not valid JSON at byte 6\n");
  EXPECT_EQ(reading_fails("{\"a\":1} x"), "error: reply: not valid JSON at byte 9\n");
}

TEST(ParseJson, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", "  ", "{", "[1,]", "{a:1}", "'a'", "01", "1.", "NaN", "\"\t\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc33\"", "{\"\\ud41d\\udc33\":1}",
                                      "\"\xff\"", "[1]]", "1e999", "-1e999", "tru", "/*c*/1", "\"a"}) {
    EXPECT_THAT(reading_fails(text), testing::StartsWith("error: reply: not valid JSON")) << text;
  }
}

TEST(ParseJson, RefusesAKeyGivenTwice) {
  EXPECT_EQ(reading_fails(R"({"a":1,"b":{"a":1},"a":2})"), "error: reply: duplicate key `a`\n");
}

TEST(ParseJson, SurvivesDeepNesting) {
  EXPECT_EQ(reading_fails(std::string(100'000, '[')), "error: reply: nested deeper than 1000 levels\n");
}

TEST(ParseJson, LeavesAMemberOut) {
  const std::string text = R"({"items":[{"m":{"a":1,"x":[{"x":{"y":[1]}},2],"b":3}},{"m":{"x":"one"}},{"x":4}],"m":{"x":5}})";
  EXPECT_EQ(emit_json(parse_json_without({"items", "", "m", "x"}, text, "text")), R"({"items":[{"m":{"a":1,"b":3}},{"m":{}},{"x":4}],"m":{"x":5}})");
  EXPECT_EQ(emit_json(parse_json_without({"items"}, text, "text")), R"({"m":{"x":5}})");
  EXPECT_EQ(emit_json(parse_json_without({}, text, "text")), text);
}

TEST(EmitJson, EscapesControlCharactersOnly) {
  EXPECT_EQ(emit_json(Value(std::string("\"\\/\b\f\n\r\t\x01\x7F\xC3\xA4\0", 13))),
            "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\x7F\xC3\xA4\\u0000\"");
}

TEST(EmitJson, IndentsByTwo) {
  EXPECT_EQ(emit_json(make_map({{"a", List{1, make_map({{"b", 2}})}}, {"c", List()}, {"d", Map()}}), JsonStyle::indented),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}\n");
}

TEST(EmitJson, RealsStayReals) {
  EXPECT_EQ(emit_json(List{1.0, 0.1, 1e300, -0.5}), "[1.0,0.1,1e+300,-0.5]");
  EXPECT_EQ(emit_json(Value(std::numeric_limits<double>::infinity())), "null");
}

TEST(CanonicalJson, DoesNotDependOnTheOrderOfKeys) {
  const Value a = make_map({{"b", 1}, {"a", make_map({{"y", 1}, {"x", List{make_map({{"q", 1}, {"p", 2}})}}})}});
  const Value b = make_map({{"a", make_map({{"x", List{make_map({{"p", 2}, {"q", 1}})}}, {"y", 1}})}, {"b", 1}});
  EXPECT_EQ(canonical_json(a), R"({"a":{"x":[{"p":2,"q":1}],"y":1},"b":1})");
  EXPECT_EQ(canonical_json(a), canonical_json(b));
}

TEST(CanonicalJson, SortsByBytes) {
  EXPECT_EQ(canonical_json(make_map({{"\xC3\xA4", 1}, {"z", 2}, {"Z", 3}, {"", 4}, {"a.b", 5}, {"a", 6}})),
            "{\"\":4,\"Z\":3,\"a\":6,\"a.b\":5,\"z\":2,\"\xC3\xA4\":1}");
}

TEST(CanonicalJson, TellsTypesApart) {
  EXPECT_NE(canonical_json(Value("1")), canonical_json(Value(1)));
  EXPECT_NE(canonical_json(Value(1.0)), canonical_json(Value(1)));
  EXPECT_NE(canonical_json(Value()), canonical_json(Value("null")));
}

}  // namespace
}  // namespace doc
