#include "envtool/base/strings.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <random>

namespace base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_view_literals;

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,b", ','), ElementsAre("a", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",,", ','), ElementsAre("", "", ""));
}

TEST(Words, AreSeparatedByAnyWhiteSpace) {
  EXPECT_THAT(words("  a\tb \n c\r\n"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(words(" \t\n"), IsEmpty());
  EXPECT_THAT(words(""), IsEmpty());
}

TEST(Join, PutsSeparatorsBetween) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join({"", ""}, "-"), "-");
}

TEST(Trim, TakesBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(QuotedList, ReadsAsASentence) {
  EXPECT_EQ(quoted_list({}), "");
  EXPECT_EQ(quoted_list({"a"}), "`a`");
  EXPECT_EQ(quoted_list({"a", "b"}), "`a` and `b`");
  EXPECT_EQ(quoted_list({"a", "b", "c"}), "`a`, `b` and `c`");
}

struct NearestCase {
  std::string word;
  std::optional<std::string> guess;
};

TEST(Nearest, FindsSlipsOfTheHand) {
  const std::vector<std::string> known{"context", "containerfile", "target", "base", "arguments"};
  const std::vector<NearestCase> cases{
      {"contxt", "context"},     {"contextt", "context"},  {"cnotext", "context"}, {"context", "context"},
      {"trget", "target"},       {"bsae", "base"},         {"argument", "arguments"},
      {"completely", std::nullopt}, {"zzzz", std::nullopt}, {"", std::nullopt},
      {std::string(100'000, 'x'), std::nullopt},
  };
  for (const NearestCase& c : cases) EXPECT_EQ(nearest(c.word, known), c.guess) << c.word.substr(0, 50);
}

TEST(Nearest, PrefersTheNearerThenTheEarlier) {
  EXPECT_EQ(nearest("abcdef", {"abcdxx", "abcdex"}), "abcdex");
  EXPECT_EQ(nearest("abc", {"abd", "abe"}), "abd");
  EXPECT_EQ(nearest("abc", {}), std::nullopt);
}

std::string output_of_shell(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), n);
  pclose(pipe);
  return out;
}

TEST(ShellQuote, LeavesPlainWordsBare) {
  for (const char* word : {"abc", "/usr/bin/podman", "a-b_c.d", "KEY=value", "user@host:22", "100%"}) {
    EXPECT_EQ(shell_quote(word), word);
  }
}

TEST(ShellQuote, ReadsBackInAShell) {
  std::vector<std::string> words{"", " ", "'", "''", "\"", "$HOME", "$(touch /tmp/x)", "`id`", "a\nb", "a\\nb", "*", "?", "~",
                                 "!x", "#", "a;b", "a&b", "|", "<>", "{a,b}", "[a]", "\xC3\xA4", "it's", "-n", "a\tb", "\\"};
  std::mt19937 random(1);
  for (int i = 0; i < 30; ++i) {
    std::string word;
    for (int n = 0; n < 20; ++n) word += static_cast<char>(1 + random() % 126);
    words.push_back(word);
  }
  std::string command = "printf '%s\\0'";
  std::string expected;
  for (const std::string& word : words) {
    command += ' ' + shell_quote(word);
    expected += word + '\0';
  }
  EXPECT_EQ(output_of_shell(command), expected);
}

TEST(ToHex, IsLowercase) { EXPECT_EQ(to_hex("\x00\x0F\xA5\xFF"sv), "000fa5ff"); }

// RFC 4648, section 10, and bytes that aren't text.
constexpr std::pair<std::string_view, std::string_view> kBase64[] = {
    {"", ""},           {"f", "Zg=="},          {"fo", "Zm8="},          {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xFE"sv, "+//+"}, {"\0"sv, "AA=="}, {"\0\0\0"sv, "AAAA"},
};

TEST(Base64, FollowsTheRfc) {
  for (const auto& [bytes, text] : kBase64) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes) << text;
  }
}

TEST(Base64, SkipsLineBreaks) {
  EXPECT_EQ(from_base64("Zm9v\nYmFy\n"), "foobar");
  EXPECT_EQ(from_base64("Zm9v\r\nYmE=\r\n"), "fooba");
}

TEST(Base64, RefusesAnythingElse) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zg==Zg==", "Zm9v Ymlr", "Zm9v!mFy", "Zm-_",
                                      " Zm9", "Zm9v    ", "Zm=v", "\xC3\xA4\xC3\xA4"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Base64, RoundTripsRandomBytes) {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random());
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
}

// RFC 3629; the refused ones after Markus Kuhn's classes: stray, short, overlong, surrogate, too large.
TEST(IsUtf8, TakesWellFormedSequences) {
  for (const std::string_view text :
       {""sv, "abc"sv, "\0"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv,
        "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "\xEF\xBB\xBF"sv}) {
    EXPECT_TRUE(is_utf8(text)) << to_hex(text);
  }
}

TEST(IsUtf8, RefusesAllElse) {
  for (const std::string_view text :
       {"\x80"sv, "\xBF"sv, "\xC2"sv, "\xC2x"sv, "\xE2\x82"sv, "\xE2\x82x"sv, "\xF0\x9F\x90"sv, "\xC0\x80"sv, "\xC1\xBF"sv,
        "\xE0\x80\xAF"sv, "\xE0\x9F\xBF"sv, "\xF0\x8F\xBF\xBF"sv, "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF4\x90\x80\x80"sv,
        "\xF5\x80\x80\x80"sv, "\xFE"sv, "\xFF"sv, "ok\xC3"sv, "\xC3\xA4\x80"sv}) {
    EXPECT_FALSE(is_utf8(text)) << to_hex(text);
  }
}

TEST(PercentEncode, KeepsWhatNeedsNoEncoding) {
  EXPECT_EQ(percent_encode("aZ09_.-~"), "aZ09_.-~");
  EXPECT_EQ(percent_encode("a b&\u00e9/@"), "a%20b%26%C3%A9%2F%40");
  EXPECT_EQ(percent_encode("a/b@c", "/@"), "a/b@c");
}

}  // namespace
}  // namespace base
