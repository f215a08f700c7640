#include "envtool/patch/json_patch.h"

#include <gmock/gmock.h>

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "envtool/patch/pointer.h"

namespace patch {
namespace {

using doc::Value;

Value json(std::string_view text) { return doc::parse_json(text, "test"); }

/// The patched document, or the message of the error.
std::string outcome(std::string_view document, std::string_view patch) {
  try {
    return doc::emit_json(json_patch(json(document), json(patch)));
  } catch (const base::Error& error) {
    return error.what();
  }
}

struct Case {
  std::string_view name, document, patch, outcome;
};

// The first ones are the examples of RFC 6902, appendix A.
constexpr Case kCases[] = {
    {"A1AddMember", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
     R"({"foo":"bar","baz":"qux"})"},
    {"A2AddElement", R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
     R"({"foo":["bar","qux","baz"]})"},
    {"A3RemoveMember", R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
    {"A4RemoveElement", R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])",
     R"({"foo":["bar","baz"]})"},
    {"A5Replace", R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
     R"({"baz":"boo","foo":"bar"})"},
    {"A6MoveMember", R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
     R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
     R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
    {"A7MoveElement", R"({"foo":["all","grass","cows","eat"]})", R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
     R"({"foo":["all","cows","eat","grass"]})"},
    {"A8Test", R"({"baz":"qux","foo":["a",2,"c"]})",
     R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
     R"({"baz":"qux","foo":["a",2,"c"]})"},
    {"A9TestFails", R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])",
     "operation 0 (`test /baz`): the value is not the expected one"},
    {"A10AddNested", R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
     R"({"foo":"bar","child":{"grandchild":{}}})"},
    {"A11UnknownMembersAreIgnored", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])",
     R"({"foo":"bar","baz":"qux"})"},
    {"A12AddBelowNothing", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])",
     "operation 0 (`add /baz/bat`): there is no value at `/baz`"},
    {"A14TildeEscapes", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
    {"A15StringIsNoNumber", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])",
     "operation 0 (`test /~01`): the value is not the expected one"},
    {"A16AddAtTheEnd", R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
     R"({"foo":["bar",["abc","def"]]})"},
    {"Copy", R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/c/d","value":2}])",
     R"({"a":{"b":1},"c":{"b":1,"d":2}})"},
    {"MoveToItselfChangesNothing", R"({"a":1})", R"([{"op":"move","from":"/a","path":"/a"}])", R"({"a":1})"},
    {"WholeDocument", R"({"a":1})", R"([{"op":"replace","path":"","value":[1]},{"op":"test","path":"","value":[1.0]}])",
     "[1]"},
    {"EmptyKey", R"({"":1})", R"([{"op":"replace","path":"/","value":2}])", R"({"":2})"},
    {"NullIsAValue", R"({"a":1})",
     R"([{"op":"replace","path":"/a","value":null},{"op":"test","path":"/a","value":null}])",
     R"({"a":null})"},
    {"KeyOrderDoesNotCount", R"({"a":{"x":1,"y":2}})", R"([{"op":"test","path":"/a","value":{"y":2,"x":1.0}}])",
     R"({"a":{"x":1,"y":2}})"},
    {"IndexBeyondTheEnd", R"({"a":[1]})", R"([{"op":"add","path":"/a/2","value":0}])",
     "operation 0 (`add /a/2`): index 2 is beyond the list's 1 elements"},
    {"IndexWithLeadingZero", R"({"a":[1,2]})", R"([{"op":"add","path":"/a/01","value":0}])",
     "operation 0 (`add /a/01`): `01` is no index of a list"},
    {"EndOfListHoldsNothing", R"({"a":[1]})", R"([{"op":"remove","path":"/a/-"}])",
     "operation 0 (`remove /a/-`): there is no value at `/a/-`"},
    {"ScalarHoldsNothing", R"({"a":1})", R"([{"op":"add","path":"/a/b","value":0}])",
     "operation 0 (`add /a/b`): a scalar holds no values"},
    {"MoveIntoItself", R"({"a":{"b":{}}})", R"([{"op":"move","from":"/a","path":"/a/b/c"}])",
     "operation 0 (`move /a/b/c`): `/a` can't be moved into itself"},
    {"LaterOperationIsNamed", R"({"a":1})", R"([{"op":"test","path":"/a","value":1},{"op":"remove","path":"/b"}])",
     "operation 1 (`remove /b`): there is no value at `/b`"},
    {"RemoveAll", R"({"a":1})", R"([{"op":"remove","path":""}])",
     "operation 0 (`remove `): the whole document can't be removed"},
    {"UnknownOperation", "{}", R"([{"op":"frob","path":"/a"}])",
     "operation 0 (`frob /a`): `op` must be `add`, `remove`, `replace`, `move`, `copy` or `test`"},
    {"NoValue", "{}", R"([{"op":"add","path":"/a"}])", "operation 0 (`add /a`): `value` is missing"},
    {"NoPath", "{}", R"([{"op":"add"}])", "operation 0 (`add `): `path` is missing"},
    {"NoOperation", "{}", R"([{"path":"/a"}])", "operation 0 (`? `): `op` is missing"},
    {"PathIsNoPointer", "{}", R"([{"op":"add","path":"a","value":1}])",
     "operation 0 (`add `): JSON pointer `a` must begin with `/`"},
    {"NoMap", "{}", R"([1])", "operation 0 (`? `): an operation must be a map, found integer"},
    {"NoList", "{}", R"({})", "a JSON patch must be a list of operations, found map"},
};

class JsonPatch : public testing::TestWithParam<Case> {};

TEST_P(JsonPatch, GivesExpectedOutcome) {
  EXPECT_EQ(outcome(GetParam().document, GetParam().patch), GetParam().outcome);
}

INSTANTIATE_TEST_SUITE_P(Table, JsonPatch, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(JsonPatchTest, ErrorsPointAtTheOperation) {
  const base::Source source{"patch.yaml", "- {op: test, path: /a, value: 1}\n- {op: remove, path: /b}\n"};
  try {
    json_patch(json(R"({"a":1})"), doc::read_yaml(source));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(base::to_string(error.diagnostics().front().span), "patch.yaml:2:3");
  }
}

TEST(PointerTest, ReadsAndWritesEscapes) {
  EXPECT_THAT(parse_pointer("/a~1b/m~0n//c d"), testing::ElementsAre("a/b", "m~n", "", "c d"));
  EXPECT_THAT(parse_pointer(""), testing::IsEmpty());
  EXPECT_EQ(to_string(parse_pointer("/a~1b/m~0n//c d")), "/a~1b/m~0n//c d");
  for (const char* wrong : {"a", "/~", "/~2", "/a~"}) EXPECT_THROW(parse_pointer(wrong), base::Error) << wrong;
}

TEST(PointerTest, FindsValues) {
  const Value document = json(R"({"a":[{"b":7}]})");
  EXPECT_EQ(*find(document, parse_pointer("/a/0/b")), Value(7));
  EXPECT_EQ(find(document, parse_pointer("/a/1/b")), nullptr);
  EXPECT_EQ(find(document, parse_pointer("/a/0/b/c")), nullptr);
  EXPECT_EQ(find(document, parse_pointer("/a/99999999999999999999")), nullptr);
}

}  // namespace
}  // namespace patch
