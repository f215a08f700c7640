#include "envtool/git/inspect.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "envtool/base/error.h"
#include "envtool/git/create.h"
#include "tests/unit/git/directory_fixture.h"

namespace git {
namespace {

TEST(Inspect, TellsWhatIsNoRepository) {
  TemporaryDirectory temporary;
  std::filesystem::create_directory(temporary.path("empty"));
  temporary.file("plain/file", "");
  EXPECT_TRUE(std::holds_alternative<Missing>(inspect(temporary.path("missing"))));
  EXPECT_TRUE(std::holds_alternative<Empty>(inspect(temporary.path("empty"))));
  EXPECT_TRUE(std::holds_alternative<NoRepository>(inspect(temporary.path("plain"))));
  EXPECT_TRUE(std::holds_alternative<NoRepository>(inspect(temporary.path("plain/file"))));
}

TEST(Inspect, DoesNotTakeTheRepositoryAboveForItsOwn) {
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  create_from_tree({temporary.path("tree"), temporary.path("repo"), "", "m"});
  EXPECT_TRUE(std::holds_alternative<NoRepository>(inspect(temporary.path("repo/src"))));
}

TEST(Inspect, TellsRepositoriesApartWithoutLookingInside) {
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  create_from_tree({temporary.path("tree"), temporary.path("repo"), "v1", "m"});
  temporary.file("linked/.git", "gitdir: ../repo/.git\n");
  temporary.file("half/.git/HEAD", "ref: refs/heads/main\n");
  std::filesystem::create_directory(temporary.path("empty"));
  EXPECT_TRUE(is_repository(temporary.path("repo")));
  EXPECT_TRUE(is_repository(temporary.path("linked")));
  for (const char* none : {"half", "empty", "missing", "tree", "repo/src"}) EXPECT_FALSE(is_repository(temporary.path(none))) << none;
}

TEST(Inspect, SeesEveryKindOfChange) {
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  create_from_tree({temporary.path("tree"), temporary.path("repo"), "v1", "m"});
  const auto dirty = [&] { return std::get<Repository>(inspect(temporary.path("repo"))).dirty; };
  EXPECT_FALSE(dirty());
  temporary.file("repo/ignored.pyc", "");
  EXPECT_FALSE(dirty());
  temporary.file("repo/new", "");
  EXPECT_TRUE(dirty());
  std::filesystem::remove(temporary.path("repo/new"));
  EXPECT_FALSE(dirty());
  temporary.file("repo/src/module.py", "answer = 43\n");
  EXPECT_TRUE(dirty());
}

TEST(Inspect, ReadsRepositoriesOfOtherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  create_from_tree({temporary.path("tree"), temporary.path("repo"), "v1", "m"});
  ASSERT_EQ(::lchown(temporary.path("repo").c_str(), 12345, 12345), 0);
  ASSERT_EQ(::lchown(temporary.path("repo/.git").c_str(), 12345, 12345), 0);
  EXPECT_EQ(std::get<Repository>(inspect(temporary.path("repo"))).described, "v1");
}

TEST(Inspect, DamageIsAnErrorThatNamesThePlace) {
  TemporaryDirectory temporary;
  fill_package(temporary, "tree");
  create_from_tree({temporary.path("tree"), temporary.path("repo"), "v1", "m"});
  temporary.file("repo/.git/config", "[core\n");
  try {
    inspect(temporary.path("repo"));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(error.diagnostics().front().notes.front().find(temporary.path("repo").native()), std::string::npos);
  }
}

}  // namespace
}  // namespace git
