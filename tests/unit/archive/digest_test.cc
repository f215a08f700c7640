#include "envtool/archive/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/archive/tree_fixture.h"

namespace archive {
namespace {

Tree tree_of(const TemporaryTree& temporary) {
  Tree tree;
  tree.directory = temporary.root();
  return tree;
}

TEST(Digest, ChangesWithEverythingThatTheArchiveHolds) {
  const Owner other{"u", 1, "g", 1};
  const std::vector<std::vector<Layer>> variants{
      {File{"a", "x", 0644, {}}},         {File{"b", "x", 0644, {}}},    {File{"a", "y", 0644, {}}},
      {File{"a", "x", 0600, {}}},         {File{"a", "x", 0644, other}}, {Symlink{"a", "x", {}}},
      {Symlink{"a", "y", {}}},            {Directory{"a", 0755, {}}},    {File{"a", "x", 0644, {}}, File{"b", "", 0644, {}}},
      {File{"a/b", "x", 0644, {}}},
  };
  std::set<std::string> digests;
  for (const auto& layers : variants) digests.insert(digest(layers));
  EXPECT_EQ(digests.size(), variants.size());
}

TEST(Digest, IsTheSameForFilesOnDiskAndInMemory) {
  TemporaryTree temporary;
  temporary.file("d/a", "content");
  EXPECT_EQ(digest({tree_of(temporary)}), digest({File{"d/a", "content", 0644, {}}}));
}

TEST(Digest, HasAFixedForm) {
  EXPECT_EQ(digest({File{"a", "x", 0644, {}}}), digest({File{"a", "x", 0644, {}}}));
  EXPECT_EQ(digest({}).size(), 64U);
}

TEST(Digest, WithACacheIsTheSame) {
  TemporaryTree temporary;
  temporary.file("a", "1");
  temporary.file("b", "2");
  FileDigestCache cache(std::chrono::nanoseconds(0));
  const std::string plain = digest({tree_of(temporary)});
  EXPECT_EQ(digest({tree_of(temporary)}, cache), plain);
  FileDigestCache again = FileDigestCache::parse(cache.text());
  EXPECT_EQ(digest({tree_of(temporary)}, again), plain);
  EXPECT_EQ(again.text(), cache.text());
}

TEST(FileDigestCache, AnswersOnlyForTheVeryStateThatWasRead) {
  const Stamp stamp{1, 2, 3, 4, 5};
  const std::string sha(64, 'a');
  FileDigestCache cache;
  cache.add("/f", stamp, sha);
  EXPECT_EQ(cache.find("/f", stamp), sha);
  EXPECT_EQ(cache.find("/g", stamp), std::nullopt);
  for (const Stamp& other : {Stamp{9, 2, 3, 4, 5}, Stamp{1, 9, 3, 4, 5}, Stamp{1, 2, 9, 4, 5}, Stamp{1, 2, 3, 9, 5},
                             Stamp{1, 2, 3, 4, 9}}) {
    EXPECT_EQ(cache.find("/f", other), std::nullopt);
  }
}

TEST(FileDigestCache, DoesNotRememberWhatMayStillChangeUnseen) {
  TemporaryTree temporary;
  temporary.file("a", "1");
  FileDigestCache cache;
  digest({tree_of(temporary)}, cache);
  EXPECT_EQ(cache.text(), "");
}

TEST(FileDigestCache, ForgetsWhatWasNotAskedForAndWhatItCannotRead) {
  const std::string sha(64, 'a');
  FileDigestCache cache = FileDigestCache::parse("garbage\n" + sha + " 1 2 3 4\n" + sha + " 1 2 3 4 5 /with space\n" +
                                                 sha + " 1 2 3 4 5 /unused\n");
  EXPECT_EQ(cache.find("/with space", {1, 2, 3, 4, 5}), sha);
  EXPECT_EQ(cache.text(), sha + " 1 2 3 4 5 /with space\n");
}

}  // namespace
}  // namespace archive
