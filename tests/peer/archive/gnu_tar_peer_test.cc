// What write_tar writes, read by GNU tar; what GNU tar writes, read by us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "envtool/archive/read.h"
#include "envtool/archive/snapshot.h"
#include "envtool/archive/tar.h"
#include "tests/peer/archive/programs.h"
#include "tests/unit/archive/tree_fixture.h"

namespace archive {
namespace {

/// A tree with everything that has to survive.
void fill(const TemporaryTree& tree) {
  tree.file("etc/app/config.py", "c = get_config()\n", 0664);
  tree.file("bin/start", "#!/bin/sh\n", 0775);
  tree.file("var/log/.gitkeep", "");
  tree.file("empty", "");
  tree.file("block", std::string(512, 'b'));
  tree.file("big", std::string(3'000'001, 'x'));
  tree.file("with space/\xC3\xBC", "utf-8");
  tree.file(std::string(120, 'l') + "/" + std::string(120, 'n'), "long");
  tree.link("link", "etc/app/config.py");
  tree.link("long", std::string(150, 't'));
}

void save(const TemporaryTree& to, const std::vector<Layer>& layers) {
  save_stream(to.path("a.tar"), [&](const Sink& sink) { write_tar(layers, {1700000000}, sink); });
}

Tree tree_of(const TemporaryTree& temporary) {
  Tree tree;
  tree.directory = temporary.root();
  return tree;
}

TEST(GnuTar, ExtractsTheSameTree) {
  TemporaryTree tree;
  fill(tree);
  TemporaryTree work;
  save(work, {tree_of(tree)});
  work.directory("out");
  peer::run({"tar", "-xpf", work.path("a.tar").native(), "-C", work.path("out").native(), "--no-same-owner"});
  const auto outcome = peer::attempt({"diff", "-r", "--no-dereference", tree.root().native(), work.path("out").native()});
  EXPECT_EQ(outcome.out, "Only in " + tree.path("var/log").native() + ": .gitkeep\n");
  const auto mode = [&](const char* name) {
    return static_cast<unsigned>(std::filesystem::status(work.path(name)).permissions());
  };
  EXPECT_EQ(mode("out/bin/start"), 0755U);
  EXPECT_EQ(mode("out/etc/app/config.py"), 0644U);
  EXPECT_EQ(mode("out/etc"), 0755U);
}

TEST(GnuTar, ListsOwnersModesAndTimes) {
  TemporaryTree work;
  const Owner slurm{"slurm", 64030, "slurm", 64030};
  save(work, {File{"var/log/sshd.log", "", 0640, slurm}, Directory{"", 0755, slurm}});
  const std::string archive = work.path("a.tar").native();
  EXPECT_EQ(peer::run({"env", "TZ=UTC", "tar", "-tvf", archive, "--numeric-owner"}),
            "drwxr-xr-x 64030/64030       0 2023-11-14 22:13 ./\n"
            "drwxr-xr-x 64030/64030       0 2023-11-14 22:13 ./var/\n"
            "drwxr-xr-x 64030/64030       0 2023-11-14 22:13 ./var/log/\n"
            "-rw-r----- 64030/64030       0 2023-11-14 22:13 ./var/log/sshd.log\n");
  EXPECT_THAT(peer::run({"tar", "-tvf", archive}), testing::HasSubstr(" slurm/slurm "));
}

TEST(GnuTar, WritesTheSameSetOfEntries) {
  TemporaryTree tree;
  fill(tree);
  TemporaryTree work;
  save(work, {tree_of(tree)});
  peer::run({"tar", "-C", tree.root().native(), "--create", "--exclude", ".gitkeep", "--owner", "slurm:64030", "--group",
             "slurm:64030", "--file", work.path("gnu.tar").native(), "."});
  const auto names = [&](const char* name) {
    std::set<std::string> found;
    for (const Listed& entry : list(file_source(work.path(name)))) found.insert(entry.path + "|" + entry.target);
    return found;
  };
  EXPECT_EQ(names("a.tar"), names("gnu.tar"));
  EXPECT_EQ(list(file_source(work.path("gnu.tar"))).front().owner, (Owner{"slurm", 64030, "slurm", 64030}));
}

TEST(GnuTar, ArchivesOfEveryFormatCanBeUnpacked) {
  TemporaryTree tree;
  fill(tree);
  for (const char* format : {"gnu", "pax", "oldgnu"}) {
    TemporaryTree work;
    work.directory("out");
    peer::run({"tar", "-C", tree.root().native(), "--create", "--gzip", std::string("--format=") + format, "--file",
               work.path("a.tgz").native(), "."});
    extract(file_source(work.path("a.tgz")), work.path("out"));
    EXPECT_EQ(peer::run({"diff", "-r", "--no-dereference", tree.root().native(), work.path("out").native()}), "");
  }
}

}  // namespace
}  // namespace archive
