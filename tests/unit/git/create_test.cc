#include "envtool/git/create.h"

#include <gtest/gtest.h>

#include "envtool/base/error.h"
#include "envtool/git/inspect.h"
#include "tests/unit/git/directory_fixture.h"

namespace git {
namespace {

TEST(CreateFromTree, MakesARepositoryThatIsCleanAndTagged) {
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  const std::string commit = create_from_tree({temporary.path("tree"), temporary.path("repo"), "v0.7.0", "Import"});
  const auto found = std::get<Repository>(inspect(temporary.path("repo")));
  EXPECT_EQ(found.commit, commit);
  EXPECT_EQ(found.branch, "main");
  EXPECT_EQ(found.described, "v0.7.0");
  EXPECT_EQ(found.origin, std::nullopt);
  EXPECT_FALSE(found.dirty);
  EXPECT_EQ(temporary.text("repo/link"), "answer = 42\n");
  EXPECT_TRUE(std::filesystem::exists(temporary.path("repo/module.pyc")));
}

TEST(CreateFromTree, EqualTreesGiveEqualCommits) {
  TemporaryDirectory one;
  fill_package(one, "tree");
  TemporaryDirectory other;
  fill_package(other, "tree");
  std::filesystem::permissions(other.path("tree/run"), std::filesystem::perms(0700));
  other.file("tree/other.pyc", "ignored");
  EXPECT_EQ(create_from_tree({one.path("tree"), one.path("repo"), "v1", "Import"}),
            create_from_tree({other.path("tree"), other.path("repo"), "v1", "Import"}));
}

TEST(CreateFromTree, LeavesTheRepositoryOfTheTreeBehind) {
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  temporary.file("tree/.git", "gitdir: /somewhere/else\n");
  create_from_tree({temporary.path("tree"), temporary.path("repo"), "", "Import"});
  EXPECT_EQ(std::get<Repository>(inspect(temporary.path("repo"))).described, std::nullopt);
}

TEST(CreateFromTree, RefusesWhatExistsAndWhatDoesNot) {
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  temporary.file("repo/mine", "kept");
  EXPECT_THROW(create_from_tree({temporary.path("tree"), temporary.path("repo"), "", "m"}), base::Error);
  EXPECT_EQ(temporary.text("repo/mine"), "kept");
  EXPECT_THROW(create_from_tree({temporary.path("none"), temporary.path("new"), "", "m"}), base::Error);
  EXPECT_THROW(create_from_tree({temporary.path("tree"), temporary.path("new"), "bad..tag", "m"}), base::Error);
  EXPECT_EQ(temporary.count(), 2);
}

}  // namespace
}  // namespace git
