#include "envtool/base/render.h"

#include <gmock/gmock.h>

#include "envtool/base/strings.h"

namespace base {
namespace {

/// A diagnostic at the first place in `text` where `marked` stands.
Diagnostic at(Sources& sources, std::string text, std::string_view marked, std::string message = "bad") {
  const Source& source = sources.add("f.yaml", std::move(text));
  const auto begin = static_cast<std::uint32_t>(source.text.find(marked));
  return {Severity::error, std::move(message), {&source, begin, static_cast<std::uint32_t>(marked.size())}, {}, {}};
}

TEST(Render, ShowsPlaceNotesAndHints) {
  Sources sources;
  Diagnostic problem = at(sources, "a: 1\n\nimages:\n  hub: { contxt: images/hub }\n", "contxt",
                          "unknown field `contxt` in image `hub`");
  problem.notes = {"while loading environment `dev`"};
  problem.hints = {"did you mean `context`?"};
  EXPECT_EQ(render(problem),
            "error: unknown field `contxt` in image `hub`\n"
            " --> f.yaml:4:10\n"
            "  |\n"
            "4 |   hub: { contxt: images/hub }\n"
            "  |          ^^^^^^\n"
            "note: while loading environment `dev`\n"
            "hint: did you mean `context`?\n");
}

TEST(Render, TextWithSecretsIsOnlyPointedAt) {
  Sources sources;
  const Source& source = sources.add("deploy.yaml", "password: hunter2\n", Excerpts::withheld);
  EXPECT_EQ(render(Diagnostic{Severity::error, "bad", {&source, 10, 7}, {}, {}}), "error: bad\n --> deploy.yaml:1:11\n");
}

TEST(Render, OtherTextThanUtf8IsShownWithQuestionMarks) {
  Sources sources;
  EXPECT_EQ(render(at(sources, "a\xE9 b\xFF c\n", "c")), "error: bad\n --> f.yaml:1:7\n  |\n1 | a? b? c\n  |       ^\n");
}

TEST(Render, WithoutPlaceIsTheMessage) {
  EXPECT_EQ(render(Diagnostic{Severity::warning, "hm", {}, {}, {}}), "warning: hm\n");
}

TEST(Render, GutterGrowsWithTheLineNumber) {
  Sources sources;
  EXPECT_EQ(render(at(sources, std::string(99, '\n') + "x: y\n", "y")),
            "error: bad\n"
            "   --> f.yaml:100:4\n"
            "    |\n"
            "100 | x: y\n"
            "    |    ^\n");
}

TEST(Render, SeparatesProblemsByABlankLine) {
  const std::vector<Diagnostic> problems{{Severity::error, "one", {}, {}, {"h"}}, {Severity::warning, "two", {}, {}, {}}};
  EXPECT_EQ(render(problems), "error: one\nhint: h\n\nwarning: two\n");
  EXPECT_EQ(render(std::vector<Diagnostic>{}), "");
}

TEST(Render, CaretsStandUnderTabs) {
  Sources sources;
  EXPECT_EQ(render(at(sources, "\ta:\tbad", "bad")),
            "error: bad\n --> f.yaml:1:5\n  |\n1 |  a: bad\n  |     ^^^\n");
}

TEST(Render, CaretsCountCharacters) {
  Sources sources;
  EXPECT_EQ(render(at(sources, "\xC3\xA4\xC3\xB6: \xC3\xBC\xC3\xBC!", "\xC3\xBC\xC3\xBC")),
            "error: bad\n --> f.yaml:1:5\n  |\n1 | \xC3\xA4\xC3\xB6: \xC3\xBC\xC3\xBC!\n  |     ^^\n");
}

TEST(Render, DropsTheCarriageReturn) {
  Sources sources;
  EXPECT_EQ(render(at(sources, "a: 1\r\nb: 2\r\n", "2")),
            "error: bad\n --> f.yaml:2:4\n  |\n2 | b: 2\n  |    ^\n");
}

TEST(Render, MarksTheFirstLineOfALongSpan) {
  Sources sources;
  EXPECT_EQ(render(at(sources, "a: |\n  b\n", "|\n  b")), "error: bad\n --> f.yaml:1:4\n  |\n1 | a: |\n  |    ^\n");
}

TEST(Render, EndOfTextHasAPlaceAndNoExcerpt) {
  Sources sources;
  const Source& source = sources.add("f.yaml", "a: 1\n");
  EXPECT_EQ(render(Diagnostic{Severity::error, "bad", {&source, 5, 0}, {}, {}}), "error: bad\n --> f.yaml:2:1\n");
}

TEST(Render, PlaceBehindTheLastCharacter) {
  Sources sources;
  const Source& source = sources.add("f.yaml", "a: 1");
  EXPECT_EQ(render(Diagnostic{Severity::error, "bad", {&source, 4, 0}, {}, {}}),
            "error: bad\n --> f.yaml:1:5\n  |\n1 | a: 1\n  |     ^\n");
}

TEST(Render, EmptyTextHasAPlace) {
  Sources sources;
  const Source& source = sources.add("f.yaml", "");
  EXPECT_EQ(render(Diagnostic{Severity::error, "bad", {&source, 0, 0}, {}, {}}), "error: bad\n --> f.yaml:1:1\n");
}

TEST(Render, KeepsTerminalsSafe) {
  Sources sources;
  const std::string text = render(at(sources, "a: \x1b[31mred\x07 bad", "bad"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
}

TEST(Render, LongLinesStayReadable) {
  Sources sources;
  const std::string far = render(at(sources, std::string(5000, 'x') + "bad" + std::string(5000, 'y'), "bad"));
  EXPECT_LT(far.size(), 600U);
  EXPECT_THAT(far, testing::HasSubstr("f.yaml:1:5001\n"));
  const std::string near = render(at(sources, "bad" + std::string(5000, 'y'), "bad"));
  EXPECT_LT(near.size(), 600U);
  EXPECT_THAT(near, testing::HasSubstr("| ^^^\n"));
}

TEST(Render, LongLinesAreCutBetweenCharacters) {
  for (std::size_t lead = 150; lead < 165; ++lead) {
    Sources sources;
    std::string text = "bad" + std::string(lead, 'x');
    for (int i = 0; i < 20; ++i) text += "\xE2\x82\xAC";
    EXPECT_TRUE(is_utf8(render(at(sources, text, "bad")))) << lead;
  }
}

TEST(Render, ColorsWordsAndCarets) {
  Sources sources;
  Diagnostic problem = at(sources, "a: bad", "bad");
  problem.hints = {"h"};
  EXPECT_EQ(render(problem, Color::always),
            "\x1b[1;31merror\x1b[0m: bad\n --> f.yaml:1:4\n  |\n1 | a: bad\n  |    \x1b[1;31m^^^\x1b[0m\n"
            "\x1b[1;36mhint\x1b[0m: h\n");
}

}  // namespace
}  // namespace base
