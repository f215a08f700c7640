#include <fmt/format.h>
#include <gmock/gmock.h>

#include "envtool/doc/json.h"
#include "envtool/doc/yaml.h"
#include "envtool/doc/yaml_documents.h"
#include "tests/support/errors.h"

namespace doc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// A text that was read, with the source that its spans point to.
class YamlRead : public testing::Test {
 protected:
  Value read(std::string text) { return read_yaml(sources_.add("f.yaml", std::move(text))); }
  std::string json(std::string text) { return emit_json(read(std::move(text))); }
  std::string fails(std::string text, const ReadLimits& limits = {}) {
    return test::error_of([&] { read_yaml_all(sources_.add("f.yaml", std::move(text)), limits); });
  }
  static std::string marked(base::Span span) { return span.source->text.substr(span.begin, span.length); }

  base::Sources sources_;
};

TEST_F(YamlRead, Scalars) {
  EXPECT_EQ(json("{a: yes, b: 0644, c: 1e3, d: 12:30:45, e: ~, f: , g: null, h: \"yes\", i: '1', j: .5}"),
            R"({"a":"yes","b":420,"c":1000.0,"d":"12:30:45","e":null,"f":null,"g":null,"h":"yes","i":"1","j":0.5})");
}

struct TextCase {
  std::string_view name, yaml, json;
};

constexpr TextCase kTexts[] = {
    {"Nothing", "", "null"},
    {"CommentOnly", "# nothing\n", "null"},
    {"Json", R"({"a":1,"b":[true,null],"c":{"d":"x"}})", R"({"a":1,"b":[true,null],"c":{"d":"x"}})"},
    {"ListAtTheColumnOfItsKey", "a:\n- 1\n- 2\nb: 3\n", R"({"a":[1,2],"b":3})"},
    {"NestedLists", "- - 1\n  - 2\n- []\n", "[[1,2],[]]"},
    {"MapInList", "- a: 1\n  b: 2\n-\n  c: 3\n", R"([{"a":1,"b":2},{"c":3}])"},
    {"UrlIsAScalar", "a: http://x:80/y#z\n", R"({"a":"http://x:80/y#z"})"},
    {"ColonInKey", "a:b: c\n", R"({"a:b":"c"})"},
    {"HashNeedsASpace", "a: b#c # d\n", R"({"a":"b#c"})"},
    {"FoldedPlain", "a: b\n  c\n\n  d\n", R"({"a":"b c\nd"})"},
    {"Literal", "a: |\n  x\n   y\n\n  z\nb: 1\n", R"({"a":"x\n y\n\nz\n","b":1})"},
    {"LiteralStripped", "a: |-\n  x\n\n", R"({"a":"x"})"},
    {"LiteralKept", "a: |+\n  x\n\n\nb: 1\n", R"({"a":"x\n\n\n","b":1})"},
    {"LiteralWithIndent", "a: |2\n    x\n  y\n", R"({"a":"  x\ny\n"})"},
    {"Folded", "a: >\n  x\n  y\n\n  z\n", R"({"a":"x y\nz\n"})"},
    {"SingleQuoted", "a: 'it''s \\n'\n", R"({"a":"it's \\n"})"},
    {"DoubleQuoted", R"(a: "\t\x41\u00e4\U0001F433\"\\\n")", "{\"a\":\"\\tA\xC3\xA4\xF0\x9F\x90\xB3\\\"\\\\\\n\"}"},
    {"NamedEscapes", R"(a: "\N\_\L\P\xe4-\e")", "{\"a\":\"\xC2\x85\xC2\xA0\xE2\x80\xA8\xE2\x80\xA9\xC3\xA4-\\u001b\"}"},
    {"DoubleQuotedOverLines", "a: \"x\n  y\\\n  z\"\n", R"({"a":"x yz"})"},
    {"QuotedKeys", "\"a b\": 1\n'c': 2\n", R"({"a b":1,"c":2})"},
    {"NumbersAsKeys", "1: a\n0644: b\ntrue: c\nnull: d\n", R"({"1":"a","0644":"b","true":"c","null":"d"})"},
    {"ExplicitKey", "? a\n: 1\n? b\n", R"({"a":1,"b":null})"},
    {"KeysWithoutValues", "a:\n\"b\" :\nc: {d, e: }\n", R"({"a":null,"b":null,"c":{"d":null,"e":null}})"},
    {"Tags", "a: !!str 12\nb: !!int \"12\"\nc: ! 12\n", R"({"a":"12","b":12,"c":"12"})"},
    {"TagsOfBlocks", "- !!str |\n  x\n- &y !\n  2\n", R"(["x\n","2"])"},
    {"CollectionTags", "a: !!map {}\nb: !!seq []\n", R"({"a":{},"b":[]})"},
    {"Anchors", "a: &x {p: 1}\nb: *x\nc: [*x]\n", R"({"a":{"p":1},"b":{"p":1},"c":[{"p":1}]})"},
    {"AnchorsGivenAgain", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", R"({"a":1,"b":1,"c":2,"d":2})"},
    {"Merge", "b: &b {x: 1, y: 2}\na:\n  <<: *b\n  y: 3\n", R"({"b":{"x":1,"y":2},"a":{"y":3,"x":1}})"},
    {"MergeOfSeveral", "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n",
     R"({"a":{"x":1},"b":{"x":2,"y":2},"c":{"x":1,"y":2}})"},
    {"MergeBehindOwnKeys", "a: &a {x: 1}\nb: {x: 5, <<: *a}\n", R"({"a":{"x":1},"b":{"x":5}})"},
    {"CarriageReturns", "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: d\r\n", R"({"a":1,"b":"x\ny\n","c":"d"})"},
    {"ByteOrderMark", "\xEF\xBB\xBF" "a: 1\n", R"({"a":1})"},
    {"Umlauts", "\xC3\xA4: \xE2\x82\xAC\n", "{\"\xC3\xA4\":\"\xE2\x82\xAC\"}"},
    {"Directive", "%YAML 1.2\n---\na: 1\n", R"({"a":1})"},
    {"EndMarker", "a: 1\n...\n", R"({"a":1})"},
    {"TabBehindColon", "a:\t1\n", R"({"a":1})"},
    {"PercentInFlow", "a: [sinfo, --format=%T]\n", R"({"a":["sinfo","--format=%T"]})"},
    {"NoNewlineAtTheEnd", "a: |\n  x", R"({"a":"x"})"},
};

class YamlText : public testing::TestWithParam<TextCase> {};

TEST_P(YamlText, Means) {
  base::Sources sources;
  const TextCase& c = GetParam();
  EXPECT_EQ(emit_json(read_yaml(sources.add("f.yaml", std::string(c.yaml)))), c.json);
}

INSTANTIATE_TEST_SUITE_P(, YamlText, testing::ValuesIn(kTexts),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_F(YamlRead, SeveralDocuments) {
  const auto documents = read_yaml_all(sources_.add("f.yaml", "---\na: 1\n---\n# empty\n---\nb: 2\n...\n---\n[]\n"));
  ASSERT_THAT(documents, SizeIs(3));
  EXPECT_EQ(emit_json(documents[0]), R"({"a":1})");
  EXPECT_EQ(emit_json(documents[1]), R"({"b":2})");
  EXPECT_EQ(emit_json(documents[2]), "[]");
}

TEST_F(YamlRead, DocumentsOneByOne) {
  const base::Source& source = sources_.add("f.yaml", "a: 1\n---\n# empty\n---\nb: &x 2\n---\nc: *x\n");
  YamlDocuments documents(source);
  EXPECT_EQ(emit_json(*documents.next()), R"({"a":1})");
  EXPECT_EQ(emit_json(*documents.next()), R"({"b":2})");
  EXPECT_THAT(test::error_of([&] { documents.next(); }), HasSubstr("no anchor `&` before this has the name of this alias\n --> f.yaml:7:4\n"));
}

TEST_F(YamlRead, NothingComesBehindTheLastDocument) {
  YamlDocuments documents(sources_.add("f.yaml", "a: 1\n...\n"));
  EXPECT_TRUE(documents.next().has_value());
  EXPECT_FALSE(documents.next().has_value());
  EXPECT_FALSE(documents.next().has_value());
}

TEST_F(YamlRead, OneDocumentMeansOne) {
  EXPECT_EQ(test::error_of([&] { read("a: 1\n---\nb: 2\n"); }),
            "error: expected one YAML document, found several\n --> f.yaml:3:1\n  |\n3 | b: 2\n  | ^\n");
}

TEST_F(YamlRead, AnchorsEndWithTheirDocument) { EXPECT_THAT(fails("a: &x 1\n---\nb: *x\n"), HasSubstr("f.yaml:3:4\n")); }

TEST_F(YamlRead, SpansOfScalars) {
  const Value value = read("# \xC3\xA4\na:  word\nb: 'it''s'\nc: \"a\\\"b\" # x\nd: \"\"\ne: two words\nf: ~\ng: null\n"
                           "h: &h !!str 12\n");
  EXPECT_EQ(marked(value.find("a")->span()), "word");
  EXPECT_EQ(marked(value.find("b")->span()), "'it''s'");
  EXPECT_EQ(marked(value.find("c")->span()), "\"a\\\"b\"");
  EXPECT_EQ(marked(value.find("d")->span()), "\"\"");
  EXPECT_EQ(marked(value.find("e")->span()), "two words");
  EXPECT_EQ(marked(value.find("f")->span()), "~");
  EXPECT_EQ(marked(value.find("g")->span()), "null");
  EXPECT_EQ(marked(value.find("h")->span()), "12");
}

TEST_F(YamlRead, SpansOfKeysAndCollections) {
  const Value value = read("spec:\n  list: [1, {a: b}]\n  text: |\n    x\n");
  EXPECT_EQ(marked(value.as_map().begin()->key_span), "spec");
  const Value& spec = *value.find("spec");
  EXPECT_EQ(to_string(spec.span()), "f.yaml:2:3");
  EXPECT_EQ(to_string(spec.find("list")->span()), "f.yaml:2:9");
  EXPECT_EQ(to_string(spec.find("list")->as_list()[1].span()), "f.yaml:2:13");
  EXPECT_EQ(to_string(spec.find("text")->span()), "f.yaml:3:9");
}

TEST_F(YamlRead, SpansBehindAByteOrderMark) {
  const Value value = read("\xEF\xBB\xBF" "a: word\n");
  EXPECT_EQ(marked(value.find("a")->span()), "word");
  EXPECT_EQ(marked(value.as_map().begin()->key_span), "a");
}

TEST_F(YamlRead, SpansOfValuesThatAreMissing) {
  const Value value = read("a:\nb: &x\nc: []\n");
  EXPECT_EQ(to_string(value.find("a")->span()), "f.yaml:1:3");
  EXPECT_EQ(to_string(value.find("b")->span()), "f.yaml:2:6");
}

TEST_F(YamlRead, SpansBehindCharactersOfSeveralBytes) {
  const Value value = read("\xC3\xA4: \xE2\x82\xAC word\nb: \"\xF0\x9F\x90\xB3\"\n");
  EXPECT_EQ(marked(value.find("\xC3\xA4")->span()), "\xE2\x82\xAC word");
  EXPECT_EQ(marked(value.find("b")->span()), "\"\xF0\x9F\x90\xB3\"");
  EXPECT_THAT(fails("\xC3\xA4: '\xC3\xA4\nb: \xE2\x82\xAC\n"), HasSubstr("never closed\n --> f.yaml:1:4\n"));
}

TEST_F(YamlRead, SpansWithCarriageReturns) {
  const Value value = read("a: 1\r\nb: |\r\n  t\r\nc: word\r\n");
  EXPECT_EQ(marked(value.find("c")->span()), "word");
  EXPECT_EQ(to_string(value.find("c")->span()), "f.yaml:4:4");
}

TEST_F(YamlRead, DuplicateKey) {
  EXPECT_EQ(fails("a: 1\nb:\n  x: 1\n  \"x\": 2\n"),
            "error: duplicate key `x`\n --> f.yaml:4:3\n  |\n4 |   \"x\": 2\n  |   ^^^\nnote: it stands at f.yaml:3:3 before\n");
}

TEST_F(YamlRead, DuplicateKeyInFlow) { EXPECT_THAT(fails("{a: 1, a: 2}"), HasSubstr("duplicate key `a`\n --> f.yaml:1:8\n")); }

TEST_F(YamlRead, TabAsIndentation) {
  EXPECT_EQ(fails("a:\n\tb: 1\n"), "error: a tab can't indent YAML: use spaces\n --> f.yaml:2:1\n  |\n2 |  b: 1\n  | ^\n");
}

TEST_F(YamlRead, UnknownAlias) { EXPECT_THAT(fails("a: *nope\n"), HasSubstr("f.yaml:1:4\n")); }

TEST_F(YamlRead, AliasInsideItsOwnNode) {
  EXPECT_THAT(fails("a: &x [*x]\n"), HasSubstr("alias stands inside the node that it names\n --> f.yaml:1:8\n"));
}

TEST_F(YamlRead, UnknownTags) {
  EXPECT_THAT(fails("a: !vault x\n"), HasSubstr("unknown tag `!vault`\n --> f.yaml:1:4\n"));
  EXPECT_THAT(fails("a: !vault [x]\n"), HasSubstr("unknown tag `!vault`\n --> f.yaml:1:4\n"));
  EXPECT_THAT(fails("a: !!set {x}\n"), HasSubstr("unknown tag `tag:yaml.org,2002:set`\n"));
}

TEST_F(YamlRead, KeysMustBeScalars) {
  EXPECT_THAT(fails("? [a]\n: 1\n"), HasSubstr("keys must be scalars\n --> f.yaml:1:3\n"));
  EXPECT_THAT(fails("{[a]: 1}\n"), HasSubstr("keys must be scalars\n --> f.yaml:1:2\n"));
}

TEST_F(YamlRead, MergeTakesMaps) {
  EXPECT_THAT(fails("a: {<<: [1]}\n"), HasSubstr("`<<` takes a map or a list of maps\n --> f.yaml:1:10\n"));
  EXPECT_THAT(fails("a: {<<: 1}\n"), HasSubstr("`<<` takes a map or a list of maps\n --> f.yaml:1:9\n"));
}

TEST_F(YamlRead, SyntaxErrorsHaveAPlace) {
  const std::pair<std::string, std::string> cases[] = {
      {"a: b: c\n", "f.yaml:1:5"},         {"a: [1,\n", "f.yaml:2:1"},       {"a: \"x\n", "f.yaml:1:4"},         {"a: [1, 2\nb: 3\n", "f.yaml:"}, {"a: }\n", "f.yaml:1:4"},
      {"a: 1\n  b: 2\n", "f.yaml:2:4"}, {"- a\nb: 1\n", "f.yaml:2:1"}, {"a: |\nword\n", "f.yaml:2:1"}, {"a: 1\nb\nc: 2\n", "f.yaml:2:1"}, {"a: \"\\q\"\n", "f.yaml:1:"},
  };
  for (const auto& [text, place] : cases) {
    EXPECT_THAT(fails(text), testing::AllOf(testing::StartsWith("error: not valid YAML: "), HasSubstr(" --> " + place))) << text;
  }
}

TEST_F(YamlRead, ControlCharactersAreRefused) {
  for (const char c : {'\x01', '\x04', '\x07', '\x1b', '\x7f'}) {
    const std::string text = std::string("a: 1\nb: x") + c + "y\n";
    EXPECT_THAT(fails(text), HasSubstr("control character"));
    EXPECT_THAT(fails(text), HasSubstr("f.yaml:2:5\n"));
  }
  EXPECT_THAT(fails(std::string("a: x\0y\n", 7)), HasSubstr("control character"));
}

TEST_F(YamlRead, CharactersThatNoReaderTakesAreRefused) {
  EXPECT_THAT(fails("a: 1\nb: \xC2\x80\n"), HasSubstr("the character U+0080 can't stand in YAML\n --> f.yaml:2:4\n"));
  EXPECT_THAT(fails("a: \xEF\xBF\xBF\n"), HasSubstr("the character U+FFFF can't stand in YAML\n --> f.yaml:1:4\n"));
}

TEST_F(YamlRead, OtherEncodingsAreRefused) {
  EXPECT_EQ(fails("a: \xFF\n"), "error: not UTF-8 text\n --> f.yaml:1:4\n  |\n1 | a: ?\n  |    ^\n");
  EXPECT_EQ(fails("\xFF\xFE" "a"), "error: not UTF-8 text\n --> f.yaml:1:1\n  |\n1 | ??a\n  | ^\n");
  EXPECT_NE(fails(std::string("a\0:\0 \0b\0", 8)), "no error");
}

TEST_F(YamlRead, DeepNesting) {
  EXPECT_THAT(fails(std::string(201, '[') + std::string(201, ']')), HasSubstr("nested deeper than 200 levels"));
  EXPECT_NE(fails(std::string(100'000, '[')), "no error");
  std::string block;
  for (int i = 0; i < 300; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(fails(block), HasSubstr("nested deeper than 200 levels"));
  EXPECT_EQ(fails(std::string(200, '[') + std::string(200, ']')), "no error");
}

TEST_F(YamlRead, AliasesCannotExplode) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    text += fmt::format("a{0}: &a{0} [", i);
    for (int n = 0; n < 10; ++n) text += fmt::format("{}*a{}", n > 0 ? ", " : "", i - 1);
    text += "]\n";
  }
  EXPECT_THAT(fails(text, {.nodes = 50'000}), HasSubstr("more than 50000 values"));
}

TEST_F(YamlRead, AnchorsInAnchorsCannotExplode) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += fmt::format("&a{} [", i);
  for (int i = 0; i < 10'000; ++i) text += "x,";
  text += std::string(150, ']');
  EXPECT_THAT(fails(text, {.nodes = 100'000}), HasSubstr("more than 100000 values"));
}

TEST_F(YamlRead, LargeTextsAreRefused) {
  EXPECT_EQ(fails(std::string((1U << 20U) + 1, '#'), {.bytes = 1U << 20U}), "error: `f.yaml` is larger than 1 MiB\n");
}

}  // namespace
}  // namespace doc
