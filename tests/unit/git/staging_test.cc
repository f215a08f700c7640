#include "envtool/git/staging.h"

#include <gtest/gtest.h>

#include "envtool/base/error.h"
#include "tests/unit/git/directory_fixture.h"

namespace git {
namespace {

namespace fs = std::filesystem;

TEST(StagedDirectory, AppearsWhenPublished) {
  TemporaryDirectory temporary;
  StagedDirectory staged(temporary.path("a/b"));
  std::ofstream(staged.path() / "file") << "x";
  EXPECT_FALSE(fs::exists(temporary.path("a/b")));
  staged.publish();
  EXPECT_EQ(temporary.text("a/b/file"), "x");
  EXPECT_FALSE(fs::exists(staged.path()));
}

TEST(StagedDirectory, LeavesNothingWhenItIsNot) {
  TemporaryDirectory temporary;
  { const StagedDirectory staged(temporary.path("a")); }
  EXPECT_EQ(temporary.count(), 0);
}

TEST(StagedDirectory, RefusesWhatExistsEvenEmpty) {
  TemporaryDirectory temporary;
  fs::create_directory(temporary.path("a"));
  EXPECT_THROW(StagedDirectory{temporary.path("a/")}, base::Error);
}

TEST(StagedDirectory, DoesNotReplaceWhatCameMeanwhile) {
  TemporaryDirectory temporary;
  StagedDirectory staged(temporary.path("a"));
  temporary.file("a/mine", "kept");
  EXPECT_THROW(staged.publish(), base::Error);
  EXPECT_EQ(temporary.text("a/mine"), "kept");
}

TEST(StagedDirectory, TakesOverWhatAKilledProcessLeft) {
  TemporaryDirectory temporary;
  temporary.file(".a.partial/old/file", "x");
  const StagedDirectory staged(temporary.path("a"));
  EXPECT_TRUE(fs::is_empty(staged.path()));
}

TEST(StagedDirectory, KeepsOthersOutWhileItIsAtWork) {
  TemporaryDirectory temporary;
  const StagedDirectory staged(temporary.path("a"));
  EXPECT_THROW(StagedDirectory{temporary.path("a")}, base::Error);
  EXPECT_TRUE(fs::exists(staged.path()));
}

}  // namespace
}  // namespace git
