#include "envtool/spawn/template_text.h"

#include <gmock/gmock.h>

#include "tests/support/errors.h"
#include "tests/unit/spawn/configuration.h"

namespace spawn {
namespace {

using testing::HasSubstr;

TEST(DedentTest, TakesTheCommonMargin) {
  EXPECT_EQ(dedent("  a\n    b\n\n  c\n"), "a\n  b\n\nc\n");
  EXPECT_EQ(dedent("\n    a\n  b\n   "), "\n  a\nb\n");
  EXPECT_EQ(dedent("\ta\n  b"), "\ta\n  b");
  EXPECT_EQ(dedent(""), "");
}

/// The error of a resource template that stands in a file as `text`.
std::string error_of(const std::string& text) {
  return test::error_of([&] { rendered("resources:\n  10-x: " + text); });
}

TEST(TemplateTextTest, ErrorsPointIntoLiteralBlocks) {
  EXPECT_THAT(error_of("|\n    a: 1\n    b: {{ nobody }}\n"), HasSubstr("hub.yaml:4:11"));
  EXPECT_THAT(error_of("|\n\n    a: 1\n      b: {{ nobody }}\n"), HasSubstr("hub.yaml:5:13"));
  EXPECT_THAT(error_of("|2-\n      a: 1\n      b: {{ nobody }}\n"), HasSubstr("hub.yaml:4:13"));
  EXPECT_THAT(error_of("\"{{ nobody }}\""), HasSubstr("hub.yaml:2:9"));
}

TEST(TemplateTextTest, ErrorsOfRenderedTextShowIt) {
  const std::string error = error_of("|\n    a: [{{ key }}\n");
  EXPECT_THAT(error, HasSubstr(" --> resources.10-x at hub.yaml:2:9, rendered:1:18"));
  EXPECT_THAT(error, HasSubstr("1 | a: [jupyter-alice"));
}

}  // namespace
}  // namespace spawn
