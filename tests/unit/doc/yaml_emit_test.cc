#include <gmock/gmock.h>

#include "envtool/doc/yaml.h"

namespace doc {
namespace {

TEST(YamlEmit, LooksLikeKubectl) {
  const Value pod = make_map({{"apiVersion", "v1"},
                              {"metadata", make_map({{"name", "x"}, {"labels", Map()}})},
                              {"spec", make_map({{"containers", List{make_map({{"name", "a"}, {"args", List{"-c", List{1, "2"}}}}),
                                                                     make_map({{"name", "b"}})}},
                                                 {"empty", List()}})},
                              {"script", "x\n\ny\n"}});
  EXPECT_EQ(emit_yaml(pod), R"(apiVersion: v1
metadata:
  name: x
  labels: {}
spec:
  containers:
  - name: a
    args:
    - -c
    - - 1
      - "2"
  - name: b
  empty: []
script: |
  x

  y
)");
}

TEST(YamlEmit, Scalars) {
  const Value values = List{nullptr, true, false, 0, -7, 1.0, 1e22, "", "yes", "0644", "1e3", "12:30:45", "~", "a: b", "x"};
  EXPECT_EQ(emit_yaml(values),
            "- null\n- true\n- false\n- 0\n- -7\n- 1.0\n- 1.0e+22\n- \"\"\n- \"yes\"\n- \"0644\"\n- \"1e3\"\n- \"12:30:45\"\n"
            "- \"~\"\n- \"a: b\"\n- x\n");
}

struct StringCase {
  std::string_view name, text, yaml;
};

constexpr StringCase kStrings[] = {
    {"EndsWithOneNewline", "a\nb\n", "k: |\n  a\n  b\n"},
    {"EndsWithoutNewline", "a\nb", "k: |-\n  a\n  b\n"},
    {"EndsWithTwoNewlines", "a\n\n", "k: |+\n  a\n\n"},
    {"HoldsEmptyLines", "a\n\n\nb\n", "k: |\n  a\n\n\n  b\n"},
    {"BeginsWithSpace", " a\nb\n", "k: \" a\\nb\\n\"\n"},
    {"BeginsWithNewline", "\na\n", "k: \"\\na\\n\"\n"},
    {"NewlinesOnly", "\n\n", "k: \"\\n\\n\"\n"},
    {"HoldsTabs", "a\tb\n", "k: |\n  a\tb\n"},
    {"LineBeginsWithTab", "a\n\tb\n", "k: \"a\\n\\tb\\n\"\n"},
    {"HoldsCarriageReturn", "a\r\nb\r\n", "k: \"a\\r\\nb\\r\\n\"\n"},
    {"HoldsNextLine", "a\xC2\x85" "b\nc", "k: \"a\\x85b\\nc\"\n"},
    {"HoldsLineSeparator", "a\xE2\x80\xA8" "b\n", "k: \"a\\u2028b\\n\"\n"},
    {"HoldsByteOrderMark", "\xEF\xBB\xBF" "a", "k: \"\\uFEFFa\"\n"},
    {"HoldsUmlaut", "\xC3\xA4", "k: \"\xC3\xA4\"\n"},
    {"HoldsEscape", "\x1b[0m", "k: \"\\x1B[0m\"\n"},
    {"LooksLikeADocument", "---\na: 1\n...\n", "k: |\n  ---\n  a: 1\n  ...\n"},
    {"HoldsQuotes", "say \"x\": \\n", "k: \"say \\\"x\\\": \\\\n\"\n"},
};

class YamlString : public testing::TestWithParam<StringCase> {};

TEST_P(YamlString, KeepsItsBytes) {
  const StringCase& c = GetParam();
  const Value value = make_map({{"k", c.text}});
  EXPECT_EQ(emit_yaml(value), c.yaml);
  base::Sources sources;
  EXPECT_EQ(read_yaml(sources.add("t", emit_yaml(value))), value);
}

INSTANTIATE_TEST_SUITE_P(, YamlString, testing::ValuesIn(kStrings),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(YamlEmit, Documents) {
  EXPECT_EQ(emit_yaml(std::vector<Value>{make_map({{"a", 1}}), make_map({{"b", "x\n\n"}}), List{}}),
            "---\na: 1\n---\nb: |+\n  x\n\n---\n[]\n");
  EXPECT_EQ(emit_yaml(std::vector<Value>{}), "");
}

TEST(YamlEmit, RootScalarsAreNoMarkers) {
  for (const std::string_view text : {"a\nb\n", "---\na\n", "...\n---\n", "--- a", "... a", "---", "a"}) {
    base::Sources sources;
    const std::string yaml = emit_yaml(Value(text));
    EXPECT_EQ(read_yaml(sources.add("t", yaml)), Value(text)) << yaml;
  }
}

TEST(YamlEmit, KeysAreQuotedAsStrings) {
  EXPECT_EQ(emit_yaml(make_map({{"yes", 1}, {"0644", 2}, {"a: b", 3}, {"", 4}, {"x\ny", 5}, {"--- z", 6}, {"<<", 7}})),
            "\"yes\": 1\n\"0644\": 2\n\"a: b\": 3\n\"\": 4\n\"x\\ny\": 5\n\"--- z\": 6\n\"<<\": 7\n");
}

TEST(YamlEmit, AnnouncesLongKeys) {
  const std::string name(1100, 'k');
  const Value inner = make_map({{name, make_map({{"a", 1}})}, {name + "l", List{1}}, {name + "s", "text"}});
  const std::string text = emit_yaml(make_map({{"outer", inner}, {name + " ", 2}}));
  EXPECT_EQ(text, "outer:\n  ? " + name + "\n  :\n    a: 1\n  ? " + name + "l\n  :\n  - 1\n  ? " + name + "s\n  : text\n? \"" + name + " \"\n: 2\n");
  base::Sources sources;
  EXPECT_EQ(read_yaml(sources.add("long", text)), make_map({{"outer", inner}, {name + " ", 2}}));
}

TEST(YamlEmit, NestedCollectionsInLists) {
  EXPECT_EQ(emit_yaml(Value(List{Value(List{Value(List{1})}), make_map({{"a", List{make_map({{"b", Map()}})}}})})),
            "- - - 1\n- a:\n  - b: {}\n");
}

}  // namespace
}  // namespace doc
