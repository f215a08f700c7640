// Ignore files against moby's patternmatcher, and archives against Go's archive/tar: what podman itself reads with.
// IGNORE_CASES and IGNORE_SEED choose how many random cases, and which.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "envtool/archive/pattern.h"
#include "envtool/archive/tar.h"
#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "tests/peer/archive/programs.h"
#include "tests/unit/archive/tree_fixture.h"

namespace archive {
namespace {

/// The Go program beside this file, built once for all tests.
const std::string& go_program() {
  static const TemporaryTree work;
  static const std::string program = [] {
    const std::string path = work.path("peer").native();
    peer::run({"go", "build", "-mod=mod", "-o", path, "."}, "", "tests/peer/archive/go");
    return path;
  }();
  return program;
}

unsigned number_from(const char* variable, unsigned otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::stoul(text));
}

struct Question {
  std::string ignore;
  std::string path;
};

/// Random ignore files and paths over an alphabet so small that many of them meet.
class Questions {
 public:
  explicit Questions(unsigned seed) : random_(seed) {}

  Question next() {
    Question question;
    for (unsigned i = 0; i <= below(3); ++i) question.ignore += line() + "\n";
    for (unsigned i = 0; i <= below(3); ++i) question.path += (i == 0 ? "" : "/") + name();
    return question;
  }

 private:
  unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }
  std::string one_of(const std::vector<std::string>& choices) {
    return choices[below(static_cast<unsigned>(choices.size()))];
  }
  std::string name() { return one_of({"a", "b", "ab", "a.c", "b*", "\xC3\xA4", "a b"}); }
  std::string piece() {
    return one_of({"a", "b", "*", "**", "?", "[ab]", "[^a]", "a*", "*b", "a.c", "\\*", "\xC3\xA4", "[a-b]?", "..", "."});
  }
  /// `..` right behind `!` is the one difference that is meant.
  std::string line() {
    std::string text = one_of({"", "", "", "!a/", "!", "/", "! ", "#", " "});
    const bool negated = text == "!" || text == "! ";
    if (negated) text += one_of({"a", "*", "**", "[ab]"}) + "/";
    for (unsigned i = 0; i <= below(3); ++i) text += (i == 0 ? "" : "/") + piece();
    return text + one_of({"", "", "", "/", " ", "\r"});
  }

  std::mt19937 random_;
};

std::string our_answer(const Question& question) {
  try {
    return IgnoreList::parse(question.ignore).ignores(question.path) ? "true" : "false";
  } catch (const base::Error&) {
    return "error";
  }
}

std::string json(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') quoted += '\\';
    quoted += c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  }
  return quoted + "\"";
}

TEST(Patternmatcher, AgreesOnRandomIgnoreFiles) {
  Questions source(number_from("IGNORE_SEED", 1));
  std::vector<Question> questions(number_from("IGNORE_CASES", 20'000));
  std::string input;
  for (Question& question : questions) {
    question = source.next();
    input += "{\"ignore\":" + json(question.ignore) + ",\"path\":" + json(question.path) + "}\n";
  }
  const std::vector<std::string> answers = base::split(peer::run({go_program(), "match"}, input), '\n');
  ASSERT_EQ(answers.size(), questions.size() + 1);
  int differences = 0;
  for (std::size_t i = 0; i < questions.size() && differences < 20; ++i) {
    if (our_answer(questions[i]) == answers[i]) continue;
    ++differences;
    ADD_FAILURE() << json(questions[i].ignore) << " on " << json(questions[i].path) << ": the peer says " << answers[i];
  }
}

TEST(GoArchiveTar, ReadsEveryEntry) {
  const std::string deep = std::string(150, 'd') + "/" + std::string(150, 'f') + "\xC3\xA4";
  const Owner slurm{"slurm", 64030, "users", 100};
  std::string bytes;
  write_tar({File{deep, "12345", 0600, slurm}, Symlink{"s", std::string(130, 't'), {}}, Directory{"", 0700, {}}}, {9},
            [&](std::string_view block) { bytes += block; });
  EXPECT_EQ(peer::run({go_program(), "list"}, bytes),
            "5 700 root:0 root:0 0 9 ./ -> \n"
            "5 755 slurm:64030 users:100 0 9 ./" + std::string(150, 'd') + "/ -> \n"
            "0 600 slurm:64030 users:100 5 9 ./" + deep + " -> \n"
            "2 777 root:0 root:0 0 9 ./s -> " + std::string(130, 't') + "\n");
}

}  // namespace
}  // namespace archive
