#include "envtool/archive/pattern.h"

#include <gtest/gtest.h>

#include "envtool/base/error.h"

namespace archive {
namespace {

struct PatternCase {
  const char* pattern;
  const char* path;
  bool matches;
};

TEST(Pattern, MatchesWholePaths) {
  const PatternCase cases[] = {
      {"a", "a", true},
      {"a", "ab", false},
      {"a", "a/b", false},
      {"*.log", "x.log", true},
      {"*.log", "d/x.log", false},
      {"**/*.log", "x.log", true},
      {"**/*.log", "d/e/x.log", true},
      {"a/**", "a/b/c", true},
      {"a/**", "a", false},
      {"a/**/z", "a/z", true},
      {"a/**/z", "a/b/c/z", true},
      {"?", "x", true},
      {"?", "/", false},
      {"?", "\xC3\xA4", true},
      {"[a-c]x", "bx", true},
      {"[^a-c]x", "bx", false},
      {"[^a-c]x", "dx", true},
      {"\\*", "*", true},
      {"\\*", "x", false},
      {"a.b", "axb", false},
      {"**", "any/thing", true},
  };
  for (const PatternCase& c : cases) {
    EXPECT_EQ(Pattern(c.pattern).matches(c.path), c.matches) << c.pattern << " on " << c.path;
  }
}

TEST(Pattern, RefusesUnfinishedClassesAndEscapes) {
  for (const char* text : {"[", "[a", "[]", "[a-", "[-a]", "a\\"}) {
    EXPECT_THROW(Pattern{text}, base::Error) << text;
  }
}

struct IgnoreCase {
  const char* text;
  const char* path;
  bool ignored;
};

TEST(IgnoreList, LastMatchDecidesAndDirectoriesCoverWhatIsBelow) {
  const IgnoreCase cases[] = {
      {"# a\n", "# a", false},
      {"a\n", "a/b/c", true},
      {"/a/\n", "a/b", true},
      {"  a  \r\n", "a", true},
      {"a\n!a/keep\n", "a/keep", false},
      {"a\n!a/keep\n", "a/keep/x", false},
      {"a\n!a/keep\n", "a/other", true},
      {"!a/keep\na\n", "a/keep", true},
      {"*\n!src\n", "src/x.c", false},
      {"*\n!src\n", "doc/x", true},
      {"*/x\n", "x", false},
      {"*/x\n", "d/x/y", true},
      {"./a//b/../c\n", "a/c", true},
      {"! a\n", "a", false},
      {"\xEF\xBB\xBF" "a\n", "a", true},
      {"", "a", false},
  };
  for (const IgnoreCase& c : cases) {
    EXPECT_EQ(IgnoreList::parse(c.text).ignores(c.path), c.ignored) << c.text << " on " << c.path;
  }
}

struct BelowCase {
  const char* text;
  const char* directory;
  bool may_be_wanted;
};

TEST(IgnoreList, TellsWhichIgnoredDirectoriesMayHoldExceptions) {
  const BelowCase cases[] = {
      {"a\n", "a", false},
      {"a\n!b\n", "a", false},
      {"a\n!a/keep\n", "a", true},
      {"a\n!a/keep\n", "a/other", false},
      {"a\n!a/b/keep\n", "a/b", true},
      {"!a/keep\na\n", "a", false},
      {"*\n!src/*.c\n", "src/deep", true},
      {"*\n!src/**\n", "lib", false},
      {"a\n!a*/keep\n", "a", true},
      {"a\n!a*/keep\n", "ab", true},
      {"a\n!*.c\n", "a", true},
      {"a\n!**/keep\n", "a/b", true},
      {"a\n!a\n", "a/b", false},
      {"ab\n!a\n", "ab", false},
      {"!.git\n.git/objects\n", ".git/objects", false},
  };
  for (const BelowCase& c : cases) {
    const IgnoreList list = IgnoreList::parse(c.text);
    IgnoreList::Marks marks;
    const std::string_view directory = c.directory;
    for (std::size_t end = directory.find('/'); end != std::string_view::npos; end = directory.find('/', end + 1)) {
      list.ignores(directory.substr(0, end), marks);
    }
    list.ignores(directory, marks);
    EXPECT_EQ(list.may_want_below(directory, marks), c.may_be_wanted) << c.text << " below " << c.directory;
  }
}

TEST(Pattern, ManyWildcardsTakeNoExponentialTime) {
  std::string stars;
  std::string depths;
  std::string path;
  for (int i = 0; i < 100; ++i) {
    stars += "*a";
    depths += "**/a/";
    path += "a/";
  }
  EXPECT_FALSE(Pattern(stars + "b").matches(std::string(300, 'a')));
  EXPECT_TRUE(Pattern(stars).matches(std::string(300, 'a')));
  EXPECT_FALSE(Pattern(depths + "b").matches(path + path + "c"));
  EXPECT_TRUE(Pattern(depths + "c").matches(path + path + "c"));
}

TEST(Pattern, ARunOfStarsNeedsNoStack) {
  EXPECT_TRUE(Pattern(std::string(1'000'000, '*') + "/b").matches("a/b"));
  EXPECT_FALSE(Pattern(std::string(1'000'000, '*') + "/b").matches("a/c"));
}

TEST(IgnoreList, TakesAnyPath) {
  const IgnoreList list = IgnoreList::parse("a\n");
  for (const char* path : {"", "/", "//", "/b", "b//"}) EXPECT_FALSE(list.ignores(path)) << path;
  EXPECT_TRUE(list.ignores("a/"));
}

TEST(IgnoreList, NamesTheLineThatItCannotRead) {
  try {
    IgnoreList::parse("a\n[\n");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), "unfinished class in pattern `[`");
    EXPECT_EQ(error.diagnostics().front().notes.front(), "while reading line 2 of the ignore file");
  }
  EXPECT_THROW(IgnoreList::parse("!\n"), base::Error);
}

TEST(ContextDefaults, LeaveOutTheRepositoryAndKeysButNotThoseOfSubtrees) {
  const IgnoreList list = context_defaults();
  for (const char* path : {".git/config", "id_ed25519", "a/id_rsa", "deploy/ssh_client_key", "x/tls.key"}) {
    EXPECT_TRUE(list.ignores(path)) << path;
  }
  for (const char* path : {"sub/.git/config", "id_ed25519.pub", "ssh_client_key.pub", "ca.pem"}) {
    EXPECT_FALSE(list.ignores(path)) << path;
  }
}

TEST(ContextDefaults, GiveWayToAnExplicitWish) {
  IgnoreList list = context_defaults();
  list.append(IgnoreList::parse("!tests/id_rsa\n"));
  EXPECT_FALSE(list.ignores("tests/id_rsa"));
  EXPECT_TRUE(list.ignores("id_rsa"));
}

}  // namespace
}  // namespace archive
