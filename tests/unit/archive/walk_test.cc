#include "envtool/archive/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envtool/base/error.h"
#include "tests/unit/archive/tree_fixture.h"

namespace archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Entry> entries(const std::vector<Layer>& layers) {
  std::vector<Entry> all;
  walk(layers, [&](const Entry& entry) { all.push_back(entry); });
  return all;
}

std::vector<std::string> paths(const std::vector<Layer>& layers) {
  std::vector<std::string> all;
  walk(layers, [&](const Entry& entry) { all.push_back(entry.path); });
  return all;
}

Entry entry_at(const std::vector<Layer>& layers, const std::string& path) {
  for (Entry& entry : entries(layers)) {
    if (entry.path == path) return entry;
  }
  throw std::runtime_error("no entry " + path);
}

std::string content_at(const std::vector<Layer>& layers, const std::string& path) {
  std::string content;
  std::string buffer;
  walk(layers, [&](const Entry& entry) {
    if (entry.path == path) read_content(entry, buffer, [&](std::string_view bytes) { content += bytes; });
  });
  return content;
}

std::string failure(const std::vector<Layer>& layers) {
  try {
    entries(layers);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

Tree tree_of(const TemporaryTree& temporary) {
  Tree tree;
  tree.directory = temporary.root();
  return tree;
}

TEST(Walk, SortsByBytesAndDropsPlaceholders) {
  TemporaryTree temporary;
  temporary.file("b", "");
  temporary.file("a/z", "");
  temporary.file("a.txt", "");
  temporary.file("B", "");
  temporary.file("empty/.gitkeep", "");
  EXPECT_THAT(paths({tree_of(temporary)}), ElementsAre("", "B", "a", "a/z", "a.txt", "b", "empty"));
}

TEST(Walk, ModesComeFromTheOwnersExecuteBitAlone) {
  TemporaryTree temporary;
  temporary.file("plain", "", 0664);
  temporary.file("script", "", 0700);
  temporary.file("odd", "", 0611);
  ::chmod(temporary.path("odd").c_str(), 04611);
  const std::vector<Layer> layers{tree_of(temporary)};
  EXPECT_EQ(entry_at(layers, "").mode, 0755U);
  EXPECT_EQ(entry_at(layers, "plain").mode, 0644U);
  EXPECT_EQ(entry_at(layers, "script").mode, 0755U);
  EXPECT_EQ(entry_at(layers, "odd").mode, 0644U);
}

TEST(Walk, RulesChangeModeAndOwnerOfWhatTheyMatch) {
  TemporaryTree temporary;
  temporary.file("var/log/a.log", "");
  temporary.file("key", "");
  Tree tree = tree_of(temporary);
  tree.rules = {{"var/log/*.log", 0640, {}}, {"key", 0600, Owner{"u", 7, "g", 8}}, {"var", 0750, {}}};
  EXPECT_EQ(entry_at({tree}, "var/log/a.log").mode, 0640U);
  EXPECT_EQ(entry_at({tree}, "key").mode, 0600U);
  EXPECT_EQ(entry_at({tree}, "key").owner, (Owner{"u", 7, "g", 8}));
  EXPECT_EQ(entry_at({tree}, "var").mode, 0750U);
  EXPECT_EQ(entry_at({tree}, "var/log").mode, 0755U);
}

TEST(Walk, LaterLayersReplaceFilesAndMergeDirectories) {
  TemporaryTree lower;
  lower.file("etc/a", "lower");
  lower.file("etc/b", "lower");
  TemporaryTree upper;
  upper.file("b", "upper");
  Tree mounted = tree_of(upper);
  mounted.prefix = "/etc/";
  const std::vector<Layer> layers{tree_of(lower), mounted, File{"etc/c", "made", 0600, {}}};
  EXPECT_THAT(paths(layers), ElementsAre("", "etc", "etc/a", "etc/b", "etc/c"));
  EXPECT_EQ(content_at(layers, "etc/a"), "lower");
  EXPECT_EQ(content_at(layers, "etc/b"), "upper");
  EXPECT_EQ(content_at(layers, "etc/c"), "made");
  EXPECT_EQ(entry_at(layers, "etc/c").mode, 0600U);
}

TEST(Walk, ALaterTreeReplacesAFileMadeInMemory) {
  TemporaryTree upper;
  upper.file("a", "disk");
  EXPECT_EQ(content_at({File{"a", "memory", 0644, {}}, tree_of(upper)}, "a"), "disk");
  EXPECT_EQ(content_at({tree_of(upper), File{"a", "memory", 0644, {}}}, "a"), "memory");
}

TEST(Walk, MakesTheDirectoriesOnTheWay) {
  const Owner slurm{"slurm", 64030, "slurm", 64030};
  const std::vector<Layer> layers{File{"var/lib/x", "1", 0644, slurm}, Directory{"", 0700, slurm}};
  EXPECT_THAT(paths(layers), ElementsAre("", "var", "var/lib", "var/lib/x"));
  EXPECT_EQ(entry_at(layers, "var/lib").owner, slurm);
  EXPECT_EQ(entry_at(layers, "").mode, 0700U);
}

TEST(Walk, LaterDirectoryLayersSetModeAndOwner) {
  TemporaryTree temporary;
  temporary.directory("srv");
  const Directory layer{"srv", 01777, {"u", 1, "g", 2}};
  EXPECT_EQ(entry_at({tree_of(temporary), layer}, "srv").mode, 01777U);
  EXPECT_EQ(entry_at({layer, tree_of(temporary)}, "srv").mode, 0755U);
}

TEST(Walk, ADirectoryAndAFileOfOneNameClash) {
  TemporaryTree temporary;
  temporary.file("a/b", "");
  EXPECT_THAT(failure({tree_of(temporary), File{"a", "", 0644, {}}}),
              HasSubstr("`a` is a directory in one layer and not in another"));
  EXPECT_THAT(failure({File{"x", "", 0644, {}}, File{"x/y", "", 0644, {}}}), HasSubstr("`x` is a directory"));
}

TEST(Walk, IgnoredPathsAreLeftOutAndExceptionsBringTheirParentsBack) {
  TemporaryTree temporary;
  temporary.file("keep", "");
  temporary.file("out/a", "");
  temporary.file("out/b/c", "");
  temporary.file("gone/x", "");
  Tree tree = tree_of(temporary);
  tree.ignore = IgnoreList::parse("out\ngone\n!out/b/c\n");
  EXPECT_THAT(paths({tree}), ElementsAre("", "keep", "out", "out/b", "out/b/c"));
}

TEST(Walk, ARepositoryInASubtreeKeepsItsGitDirectory) {
  TemporaryTree temporary;
  temporary.file(".git/HEAD", "");
  temporary.file("dev/.git/HEAD", "");
  Tree tree = tree_of(temporary);
  tree.ignore = context_defaults();
  EXPECT_THAT(paths({tree}), ElementsAre("", "dev", "dev/.git", "dev/.git/HEAD"));
}

TEST(Walk, LinksStayLinksAndMustStayInside) {
  TemporaryTree temporary;
  temporary.file("d/file", "");
  temporary.link("d/inside", "../d/file");
  EXPECT_EQ(entry_at({tree_of(temporary)}, "d/inside").target, "../d/file");
  temporary.link("d/outside", "../../etc/passwd");
  EXPECT_THAT(failure({tree_of(temporary)}), HasSubstr("d/outside` leaves its tree: it points to `../../etc/passwd`"));
}

TEST(Walk, LinksThatLeaveInOtherWaysAreFoundToo) {
  TemporaryTree absolute;
  absolute.link("a", "/etc/passwd");
  EXPECT_THAT(failure({tree_of(absolute)}), HasSubstr("leaves its tree"));
  TemporaryTree indirect;
  indirect.directory("d/e");
  indirect.link("d/e/top", "../..");
  indirect.link("way", "d/e/top/../other");
  EXPECT_THAT(failure({tree_of(indirect)}), HasSubstr("way` leaves its tree"));
}

TEST(Walk, NothingButFilesDirectoriesAndLinksIsAccepted) {
  TemporaryTree temporary;
  ASSERT_EQ(::mkfifo(temporary.path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(failure({tree_of(temporary)}), HasSubstr("pipe`: expected a file, a directory or a symlink"));
}

TEST(Walk, NamesWhatCannotBeRead) {
  Tree missing;
  missing.directory = "/nonexistent/tree";
  EXPECT_EQ(failure({missing}), "cannot read `/nonexistent/tree`: No such file or directory");
}

TEST(Walk, RefusesPathsThatLeadOut) {
  EXPECT_EQ(failure({File{"../x", "", 0644, {}}}), "`../x` leads out of the archive");
}

TEST(CheckTree, ReportsEverythingAtOnce) {
  const TemporaryTree tree;
  tree.file("a/good", "x");
  tree.link("a/fine", "good");
  tree.link("a/out", "../../x");
  tree.link("b", "/etc/passwd");
  ASSERT_EQ(::mkfifo(tree.path("pipe").c_str(), 0600), 0);
  Tree layer;
  layer.directory = tree.root();
  base::Diagnostics problems;
  check_tree(layer, problems);
  std::vector<std::string> found;
  for (const base::Diagnostic& problem : problems.all()) found.push_back(problem.message);
  EXPECT_THAT(found, ElementsAre("symlink `" + tree.path("a/out").native() + "` leaves its tree: it points to `../../x`",
                                 "symlink `" + tree.path("b").native() + "` leaves its tree: it points to `/etc/passwd`",
                                 "cannot archive `" + tree.path("pipe").native() + "`: expected a file, a directory or a symlink"));
}

}  // namespace
}  // namespace archive
