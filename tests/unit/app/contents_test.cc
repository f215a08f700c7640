#include "envtool/app/contents.h"

#include <gtest/gtest.h>

#include "envtool/archive/digest.h"
#include "tests/support/temporary_folder.h"

namespace app {
namespace {

class ContextLayers : public testing::Test {
 protected:
  ContextLayers() {
    env_.repositories.push_back({"code", "https://example/code.git", "", "clone", "", "", {}});
    write("image/Containerfile", "FROM scratch");
    write("clone/.git/HEAD", "ref: refs/heads/main");
    write("clone/pyproject.toml", "[project]");
    write("clone/src/code.py", "one = 1");
  }

  void write(const std::string& path, const std::string& text) { folder_.write(path, text); }
  std::string digest(const model::RepositoryCopy& copy) {
    model::Build build;
    build.context = "image";
    build.containerfile = "Containerfile";
    build.repositories["code"] = copy;
    archive::FileDigestCache nothing_known;
    return archive::digest(context_layers({folder_.path()}, env_, build, {}, View::identity), nothing_known);
  }

  const test::TemporaryFolder folder_;
  model::Env env_;
};

TEST_F(ContextLayers, TakeOfACloneWhatIsAskedFor) {
  const model::RepositoryCopy all{"_dev_build_data/code", {}};
  const model::RepositoryCopy some{"_dev_build_data/code", {".git", "pyproject.toml"}};
  const std::string all_before = digest(all);
  const std::string some_before = digest(some);
  EXPECT_NE(all_before, some_before);
  write("clone/src/code.py", "two = 2");
  EXPECT_NE(digest(all), all_before);
  EXPECT_EQ(digest(some), some_before);
  write("clone/.git/HEAD", "ref: refs/heads/other");
  EXPECT_NE(digest(some), some_before);
}

TEST_F(ContextLayers, LeaveOutWhatGitWritesWhenItOnlyLooks) {
  const model::RepositoryCopy some{"_dev_build_data/code", {".git"}};
  const std::string before = digest(some);
  write("clone/.git/index", "looked at");
  EXPECT_EQ(digest(some), before);
}

TEST_F(ContextLayers, TakeReferencesForTheHistory) {
  for (const model::RepositoryCopy& copy : {model::RepositoryCopy{"code", {".git"}}, model::RepositoryCopy{"code", {}}}) {
    const std::string before = digest(copy);
    write("clone/.git/objects/pack/pack-" + std::to_string(copy.only.size()) + ".pack", "packed anew");
    EXPECT_EQ(digest(copy), before);
    write("clone/.git/refs/tags/v" + std::to_string(copy.only.size()), "0123456789012345678901234567890123456789");
    EXPECT_NE(digest(copy), before);
  }
}

}  // namespace
}  // namespace app
