#include "envtool/model/argfile.h"

#include <gmock/gmock.h>

#include "envtool/base/render.h"

namespace model {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Argfile, IsTakenLiterally) {
  const base::Source source("argfile.conf",
                            "# comment\n\n  # indented comment\nX=$(touch /tmp/pwn)\nQ=\"quoted\"\nEMPTY=\nE=a=b\nS= spaces \nR=cr\r\n"
                            "T=${HOME} `id` \\n # no comment\n_a1=x");
  base::Diagnostics problems;
  EXPECT_THAT(parse_argfile(source, problems),
              ElementsAre(Pair("E", "a=b"), Pair("EMPTY", ""), Pair("Q", "\"quoted\""), Pair("R", "cr"), Pair("S", " spaces "),
                          Pair("T", "${HOME} `id` \\n # no comment"), Pair("X", "$(touch /tmp/pwn)"), Pair("_a1", "x")));
  EXPECT_EQ(base::render(problems.all()), "");
}

TEST(Argfile, ReportsEveryBadLine) {
  const base::Source source("argfile.conf", "A=1\nno equals\n=x\n1A=x\nA-B=x\nexport C=1\nA=2\n");
  base::Diagnostics problems;
  EXPECT_THAT(parse_argfile(source, problems), ElementsAre(Pair("A", "1")));
  std::vector<std::string> found;
  for (const base::Diagnostic& problem : problems.all()) found.push_back(to_string(problem.span) + " " + problem.message);
  EXPECT_THAT(found, ElementsAre("argfile.conf:2:1 expected a line of the form NAME=VALUE",
                                 "argfile.conf:3:1 expected a line of the form NAME=VALUE",
                                 "argfile.conf:4:1 expected a line of the form NAME=VALUE",
                                 "argfile.conf:5:1 expected a line of the form NAME=VALUE",
                                 "argfile.conf:6:1 expected a line of the form NAME=VALUE",
                                 "argfile.conf:7:1 build argument `A` is given twice"));
}

TEST(Argfile, RefusesWhatNoArgumentCanHold) {
  const base::Source source("argfile.conf", std::string("A=\xFF\nB=a\0b\nC=1\n", 13));
  base::Diagnostics problems;
  EXPECT_THAT(parse_argfile(source, problems), ElementsAre(Pair("C", "1")));
  EXPECT_EQ(base::render(problems.all()), "error: not UTF-8 text\n --> argfile.conf:1:1\n  |\n1 | A=?\n  | ^^^\n\nerror: not UTF-8 text\n --> argfile.conf:2:1\n  |\n2 | B=a b\n  | ^^^^^\n");
}

}  // namespace
}  // namespace model
