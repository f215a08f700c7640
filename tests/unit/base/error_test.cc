#include "envtool/base/error.h"

#include <gmock/gmock.h>

namespace base {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(Error, CarriesHintsAndNotes) {
  try {
    throw Error("no clone").hint("run it again").note("the disk is full");
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no clone");
    ASSERT_THAT(error.diagnostics(), SizeIs(1));
    EXPECT_THAT(error.diagnostics()[0].hints, ElementsAre("run it again"));
    EXPECT_THAT(error.diagnostics()[0].notes, ElementsAre("the disk is full"));
  }
}

TEST(Error, IsNeverEmpty) { EXPECT_THAT(Error(std::vector<Diagnostic>{}).diagnostics(), SizeIs(1)); }

TEST(WithContext, NotesInnermostFirst) {
  try {
    with_context("loading `a`", [] { with_context("reading `b`", []() -> void { throw Error("bad"); }); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.diagnostics()[0].notes, ElementsAre("while reading `b`", "while loading `a`"));
  }
}

TEST(WithContext, NotesEveryProblem) {
  try {
    with_context("checking", []() -> void {
      Diagnostics problems;
      problems.error("one");
      problems.warning("two");
      problems.throw_if_errors();
    });
    FAIL();
  } catch (const Error& error) {
    for (const Diagnostic& problem : error.diagnostics()) EXPECT_THAT(problem.notes, ElementsAre("while checking"));
  }
}

TEST(WithContext, ReturnsWhatTheWorkReturns) {
  int value = 3;
  int& same = with_context("counting", [&value]() -> int& { return value; });
  EXPECT_EQ(&same, &value);
}

TEST(WithContext, LetsForeignErrorsPass) {
  EXPECT_THROW(with_context("x", []() -> void { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST(Diagnostics, WarningsAloneAreNoFailure) {
  Diagnostics problems;
  problems.warning("hm");
  EXPECT_FALSE(problems.has_errors());
  EXPECT_NO_THROW(problems.throw_if_errors());
}

TEST(Diagnostics, ThrowEverythingInOrder) {
  Diagnostics problems;
  problems.warning("first");
  problems.error("second").hints.push_back("h");
  problems.add(Error("third"));
  try {
    problems.throw_if_errors();
    FAIL();
  } catch (const Error& error) {
    ASSERT_THAT(error.diagnostics(), SizeIs(3));
    EXPECT_EQ(error.diagnostics()[0].message, "first");
    EXPECT_EQ(error.diagnostics()[1].message, "second");
    EXPECT_EQ(error.diagnostics()[2].message, "third");
  }
}

}  // namespace
}  // namespace base
