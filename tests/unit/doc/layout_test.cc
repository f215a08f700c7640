#include "envtool/doc/layout.h"

#include <gmock/gmock.h>

#include "envtool/base/error.h"
#include "tests/support/random_values.h"

namespace doc {
namespace {

std::string laid_out(const std::string& text) { return lay_out_yaml(base::Source("x.yaml", text)); }

struct Case {
  std::string name;
  std::string before;
  std::string after;
};

const std::vector<Case> kCases{
    {"Empty", "", ""},
    {"OnlyComments", "\n\n# a\n\n\n# b\n\n", "# a\n\n# b\n"},
    {"Maps", "a:\n    b:\n       c:   1\n    d: 2\n", "a:\n  b:\n    c: 1\n  d: 2\n"},
    {"IndentedAsAWhole", "   a: 1\n   b:\n      c: 2\n", "a: 1\nb:\n  c: 2\n"},
    {"ListsStandAtTheirKey", "a:\n    - b\n    -   c\nd: 1\n", "a:\n- b\n- c\nd: 1\n"},
    {"MapsInLists", "a:\n  -   b: 1\n      c: 2\n  - d:\n      - e\n", "a:\n- b: 1\n  c: 2\n- d:\n  - e\n"},
    {"ListsInLists", "-   - a\n    - b\n-\n    - c\n", "- - a\n  - b\n-\n  - c\n"},
    {"ItemsBelowTheirDash", "a:\n  -\n     b: 1\n     c: 2\n", "a:\n-\n  b: 1\n  c: 2\n"},
    {"ValuesBelowTheirKey", "a:\n      word\n      more\nb: 1\n", "a:\n  word\n  more\nb: 1\n"},
    {"CommentsGoWithWhatIsBelow", "a:\n    # one\n    b: 1   # two\n    # three\n# four\nc: 2\n",
     "a:\n  # one\n  b: 1   # two\n  # three\n# four\nc: 2\n"},
    {"CommentsInLists", "a:\n    # one\n    - b\n\n    # two\n    - c\n", "a:\n# one\n- b\n\n# two\n- c\n"},
    {"CommentsBehindKeys", "a:   # one\n   b: 1\n-x: 2\n", "a:   # one\n  b: 1\n-x: 2\n"},
    {"BlankLines", "\n\na: 1\n\n\n\nb: 2\n\n", "a: 1\n\nb: 2\n"},
    {"BlanksAndCarriageReturns", "\xEF\xBB\xBF" "a: 1  \r\nb: x y\t\r\n", "a: 1\nb: x y\n"},
    {"LiteralText", "a:\n    b: |\n          x\n            y\n\n          # no comment\n    c: 1\n",
     "a:\n  b: |\n    x\n      y\n\n    # no comment\n  c: 1\n"},
    {"LiteralTextKeepsItsBlanks", "a: |\n   x  \n     \n   y\n", "a: |\n  x  \n    \n  y\n"},
    {"LiteralTextAtTheEnd", "a: |+\n    x\n\n\nb: |-\n    y\n\n\nc: >\n    z", "a: |+\n  x\n\n\nb: |-\n  y\n\nc: >\n  z"},
    {"IndentedLiteralText", "a:\n    b: |1\n       x\n      y\n", "a:\n  b: |1\n     x\n    y\n"},
    {"TextBeforeAComment", "a:\n    b: |\n        x\n    # y\n    c: 1\n", "a:\n  b: |\n    x\n  # y\n  c: 1\n"},
    {"LiteralTextInLists", "- |\n     a\n-    key: >-\n          b\n     other: 1\n", "- |\n  a\n- key: >-\n    b\n  other: 1\n"},
    {"QuotedLines", "a:\n    b: \"x\n       y\n\n       z\\\n       \"\n    c: 'it''s\n  it'\n",
     "a:\n  b: \"x\n    y\n\n    z\\\n    \"\n  c: 'it''s\n    it'\n"},
    {"PlainLines", "a:\n    b: x\n       y\n\n       - z\n    c: 1\n", "a:\n  b: x\n    y\n\n    - z\n  c: 1\n"},
    {"Brackets", "a:\n    b: { c: 1,\n         d: [x, 'y ]',\n      ]   # z ]\n    }\n    e: 1\n",
     "a:\n  b: { c: 1,\n       d: [x, 'y ]',\n    ]   # z ]\n  }\n  e: 1\n"},
    {"KeysWithColonsAndQuotes", "\"a: b\"  :   1\n'c #d': 2\ne:f: g:h\nhttp://x: y\n",
     "\"a: b\": 1\n'c #d': 2\ne:f: g:h\nhttp://x: y\n"},
    {"AnchorsAndMerges", "a: &x\n    b: 1\nc:\n    <<: *x\n    d: &y !!str 2\n    e: *y\n", "a: &x\n  b: 1\nc:\n  <<: *x\n  d: &y !!str 2\n  e: *y\n"},
    {"Documents", "%YAML 1.2\n---\na:\n   b: 1\n...\n---   # two\nc:\n   - d\n--- |\n     e\n", "%YAML 1.2\n---\na:\n  b: 1\n...\n--- # two\nc:\n- d\n--- |\n  e\n"},
    {"NoValues", "a:\nb:\n    c:\n    d:\n", "a:\nb:\n  c:\n  d:\n"},
};

TEST(YamlLayout, IsNormalAndStays) {
  for (const auto& [name, before, after] : kCases) {
    SCOPED_TRACE(name);
    EXPECT_EQ(laid_out(before), after);
    EXPECT_EQ(laid_out(after), after);
  }
}

TEST(YamlLayout, IsThatOfWhatIsWritten) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    test::RandomValues random(seed);
    const std::string written = emit_yaml(std::vector<Value>{random.map(4), random.map(3)});
    ASSERT_EQ(laid_out(written), written) << seed;
  }
}

TEST(YamlLayout, OfExplicitKeysIsRefused) {
  base::Sources sources;
  try {
    lay_out_yaml(sources.add("x.yaml", "a: 1\n? b\n: 2\n"));
    FAIL() << "nothing was refused";
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), "keys after `? ` can't be laid out");
    EXPECT_EQ(to_string(error.diagnostics().front().span), "x.yaml:2:1");
  }
}

TEST(YamlLayout, OfWhatIsNoYamlIsRefused) { EXPECT_THROW(laid_out("a: [\n"), base::Error); }

}  // namespace
}  // namespace doc
