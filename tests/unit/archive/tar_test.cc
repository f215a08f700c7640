#include "envtool/archive/tar.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>

#include "envtool/archive/read.h"
#include "envtool/archive/snapshot.h"
#include "envtool/base/error.h"
#include "tests/unit/archive/tree_fixture.h"

namespace archive {
namespace {

using testing::HasSubstr;

std::string tar_of(const std::vector<Layer>& layers, std::int64_t mtime = 0) {
  std::string bytes;
  write_tar(layers, {mtime}, [&](std::string_view block) { bytes += block; });
  return bytes;
}

Tree tree_of(const TemporaryTree& temporary) {
  Tree tree;
  tree.directory = temporary.root();
  return tree;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(WriteTar, HoldsWhatTheLayersSay) {
  const Owner slurm{"slurm", 64030, "users", 100};
  const std::string bytes = tar_of({File{"var/log/sshd.log", "line\n", 0640, slurm}, Symlink{"now", "var/log", {}}}, 7);
  const std::vector<Listed> expected{
      {"", Kind::directory, 0755, slurm, 0, 7, ""},
      {"now", Kind::symlink, 0777, {}, 0, 7, "var/log"},
      {"var", Kind::directory, 0755, slurm, 0, 7, ""},
      {"var/log", Kind::directory, 0755, slurm, 0, 7, ""},
      {"var/log/sshd.log", Kind::file, 0640, slurm, 5, 7, ""},
  };
  std::vector<Listed> found = list(bytes_source(bytes));
  ASSERT_FALSE(found.empty());
  found.front().owner = slurm;  // the root belongs to the first layer that needs it
  EXPECT_EQ(found, expected);
}

TEST(WriteTar, NamesBeginWithDotSlash) {
  const std::string bytes = tar_of({File{"a", "", 0644, {}}});
  EXPECT_EQ(bytes.substr(0, 3), std::string("./\0", 3));
  EXPECT_EQ(bytes.substr(512, 4), std::string("./a\0", 4));
}

TEST(WriteTar, BytesDoNotDependOnUmaskTimesOrOrderOfCreation) {
  TemporaryTree one;
  one.file("x/a", "1", 0664);
  one.file("x/b", "2", 0775);
  TemporaryTree other;
  other.file("x/b", "2", 0755);
  other.file("x/a", "1", 0600);
  ::chmod(other.path("x").c_str(), 0700);
  std::filesystem::last_write_time(other.path("x/a"), std::filesystem::file_time_type());
  EXPECT_EQ(tar_of({tree_of(one)}), tar_of({tree_of(other)}));
}

TEST(WriteTar, LongNamesAndLinksAndForeignBytesSurvive) {
  const std::string deep = std::string(150, 'd') + "/" + std::string(200, 'f') + "-\xC3\xA4-\xFF";
  const std::string bytes = tar_of({File{deep, "x", 0644, {}}, Symlink{"link", std::string(180, 't'), {}}});
  const std::vector<Listed> found = list(bytes_source(bytes));
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[2].path, deep);
  EXPECT_EQ(found[3].target, std::string(180, 't'));
}

TEST(WriteTar, GivesTheSinkLargeBlocks) {
  std::vector<std::size_t> sizes;
  write_tar({File{"a", std::string(1'000'000, 'x'), 0644, {}}, File{"b", "y", 0644, {}}}, {},
            [&](std::string_view block) { sizes.push_back(block.size()); });
  sizes.pop_back();
  EXPECT_THAT(sizes, testing::Each(testing::Ge(64U * 1024)));
}

TEST(WriteTar, StopsWhenTheSinkThrows) {
  const std::vector<Layer> layers{File{"a", std::string(1'000'000, 'x'), 0644, {}}};
  EXPECT_THROW(write_tar(layers, {}, [](std::string_view) { throw std::runtime_error("full"); }), std::runtime_error);
}

TEST(WriteTar, AFileThatGoesAwayWhileItIsReadIsNamed) {
  TemporaryTree temporary;
  temporary.file("a", std::string(900'000, 'x'));
  temporary.file("b", "x");
  try {
    write_tar({tree_of(temporary)}, {}, [&](std::string_view) { std::filesystem::resize_file(temporary.path("a"), 1); });
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("a` became shorter while it was read"));
  }
}

TEST(ReadTar, GivesTheContent) {
  const std::string bytes = tar_of({File{"a", "hello", 0644, {}}, File{"b", std::string(700'000, 'z'), 0644, {}}});
  std::vector<std::string> contents;
  read_tar(bytes_source(bytes), [&](const Listed& entry, const auto& content) {
    if (entry.kind != Kind::file) return;
    content([&, text = &contents.emplace_back()](std::string_view piece) { *text += piece; });
  });
  EXPECT_EQ(contents, (std::vector<std::string>{"hello", std::string(700'000, 'z')}));
}

TEST(ReadTar, DamageIsAnError) {
  std::string bytes = tar_of({File{"a", std::string(5000, 'x'), 0644, {}}});
  EXPECT_THROW(list(bytes_source(std::string_view(bytes).substr(0, 3000))), base::Error);
  bytes[512 + 150] ^= 1;
  EXPECT_THROW(list(bytes_source(bytes)), base::Error);
}

TEST(ReadTar, StartsNoProgramForFormatsOfOthers) {
  const std::string grzip = std::string("GRZipII\0\2\4:)", 12) + std::string(600, 'x');
  EXPECT_THROW(list(bytes_source(grzip)), base::Error);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "there is a child";
}

TEST(Extract, RestoresTreeModesAndLinks) {
  TemporaryTree target;
  const std::string bytes =
      tar_of({File{"d/script", "#!", 0755, {}}, File{"d/key", "k", 0600, {}}, Symlink{"l", "d/key", {}}});
  extract(bytes_source(bytes), target.root());
  EXPECT_EQ(text_of(target.path("d/script")), "#!");
  EXPECT_EQ(std::filesystem::status(target.path("d/key")).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::filesystem::read_symlink(target.path("l")), "d/key");
}

TEST(Extract, DoesNotWriteThroughALinkThatLeadsOut) {
  TemporaryTree outside;
  TemporaryTree target;
  target.link("way", outside.root().native());
  const std::string bytes = tar_of({File{"way/file", "x", 0644, {}}});
  try {
    extract(bytes_source(bytes), target.root());
  } catch (const base::Error&) {
  }
  EXPECT_FALSE(std::filesystem::exists(outside.path("file")));
}

/// A header of the plain tar format: `0` is an empty file, `1` a hard link.
std::string tar_header(char type, std::string_view name, std::string_view target = {}) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, "00000000000");
  header.replace(136, 11, "00000000000");
  header.replace(148, 8, 8, ' ');
  header[156] = type;
  header.replace(157, target.size(), target);
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 7, fmt::format("{:06o}", sum) + '\0');
  return header;
}

TEST(Extract, HardLinksPointAtEntriesOfTheArchive) {
  TemporaryTree target;
  const std::string bytes = tar_of({File{"a", "x", 0644, {}}});
  extract(bytes_source(bytes.substr(0, 3 * 512) + tar_header('1', "./b", "./a") + std::string(1024, '\0')), target.root());
  EXPECT_EQ(text_of(target.path("b")), "x");
  EXPECT_TRUE(std::filesystem::equivalent(target.path("a"), target.path("b")));
}

TEST(Extract, HardLinksDoNotLeadOut) {
  TemporaryTree outside;
  outside.file("secret", "s");
  for (const std::string& way : {outside.path("secret").native(), std::string("../secret"), std::string("a/../../secret")}) {
    TemporaryTree target;
    const std::string bytes = tar_header('1', "./b", way) + std::string(1024, '\0');
    EXPECT_THROW(extract(bytes_source(bytes), target.root()), base::Error) << way;
    EXPECT_FALSE(std::filesystem::exists(target.path("b"))) << way;
  }
}

TEST(Extract, NamesDoNotLeadOut) {
  TemporaryTree outside;
  TemporaryTree target;
  const std::string end(1024, '\0');
  EXPECT_THROW(extract(bytes_source(tar_header('0', "../file") + end), target.root()), base::Error);
  EXPECT_FALSE(std::filesystem::exists(target.root().parent_path() / "file"));
  const std::string absolute = outside.path("file").native();
  extract(bytes_source(tar_header('0', absolute) + end), target.root());
  EXPECT_FALSE(std::filesystem::exists(absolute));
  EXPECT_TRUE(std::filesystem::exists(target.root() / absolute.substr(1)));
}

TEST(SaveStream, WritesAPrivateFileInOneStep) {
  TemporaryTree temporary;
  save_stream(temporary.path("snapshot.tar"), [](const Sink& sink) {
    sink("abc");
    sink("def");
  });
  EXPECT_EQ(text_of(temporary.path("snapshot.tar")), "abcdef");
  EXPECT_EQ(std::filesystem::status(temporary.path("snapshot.tar")).permissions(), std::filesystem::perms(0600));
}

TEST(SaveStream, KeepsTheOldFileWhenItFails) {
  TemporaryTree temporary;
  temporary.file("snapshot.tar", "old");
  const auto fails = [](const Sink& sink) {
    sink("new");
    throw std::runtime_error("cut");
  };
  EXPECT_THROW(save_stream(temporary.path("snapshot.tar"), fails), std::runtime_error);
  EXPECT_EQ(text_of(temporary.path("snapshot.tar")), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temporary.root()), {}), 1);
}

TEST(FileSource, ReadsFiles) {
  TemporaryTree temporary;
  temporary.file("t.tar", tar_of({File{"a", std::string(300'000, 'x'), 0644, {}}}));
  EXPECT_EQ(list(file_source(temporary.path("t.tar"))).size(), 2U);
  EXPECT_THROW(file_source(temporary.path("none")), base::Error);
}

}  // namespace
}  // namespace archive
