#include "envtool/sys/file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace sys {
namespace {

using test::error_of;

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777U;
}

ino_t inode_of(const fs::path& path) {
  struct stat info {};
  stat(path.c_str(), &info);
  return info.st_ino;
}

std::size_t count_files(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

/// The process's umask, put back at the end.
class Umask {
 public:
  explicit Umask(mode_t mask) : old_(umask(mask)) {}
  ~Umask() { umask(old_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t old_;
};

class File : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
};

TEST_F(File, ReadsEveryByte) {
  const std::string bytes("a\0\r\n\xFF", 5);
  EXPECT_EQ(read_file(folder_.write("f", bytes)), bytes);
  EXPECT_EQ(read_file(folder_.write("empty", "")), "");
  EXPECT_EQ(read_file(folder_.write("big", std::string(300'000, 'x'))).size(), 300'000U);
}

TEST_F(File, ReadingNamesPathAndReason) {
  const std::string path = (folder_ / "nope").string();
  EXPECT_EQ(error_of([&] { read_file(path); }), "error: cannot read `" + path + "`: No such file or directory\n");
  EXPECT_EQ(error_of([&] { read_file(folder_.path()); }), "error: cannot read `" + folder_.path().string() + "`: it is a folder\n");
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& read : {std::function<void()>([&] { read_file(pipe); }), std::function<void()>([&] { read_file_if_exists(pipe); })}) {
    EXPECT_EQ(error_of(read), "error: cannot read `" + pipe + "`: it is a pipe, not a file\n");
  }
  const auto big = folder_.write("big", std::string((1U << 20U) + 1, 'x'));
  EXPECT_EQ(error_of([&] { read_file(big, 1U << 20U); }), "error: `" + big.string() + "` is larger than 1 MiB\n");
}

TEST_F(File, AbsenceIsNoFailure) {
  EXPECT_EQ(read_file_if_exists(folder_ / "nope"), std::nullopt);
  EXPECT_EQ(read_file_if_exists(folder_.write("f", "x") / "below"), std::nullopt);
  EXPECT_EQ(read_file_if_exists(folder_ / "f"), "x");
  EXPECT_NE(error_of([&] { read_file_if_exists(folder_.path()); }), "no error");
}

TEST_F(File, ModesDoNotDependOnTheUmask) {
  for (const mode_t mask : {0U, 022U, 077U}) {
    const Umask umask(mask);
    const std::string suffix = std::to_string(mask);
    write_file(folder_ / ("secret" + suffix), "s", Access::secret);
    write_file(folder_ / ("shared" + suffix), "s", Access::shared);
    create_file(folder_ / ("program" + suffix), "s", Access::executable);
    EXPECT_EQ(mode_of(folder_ / ("secret" + suffix)), 0600U);
    EXPECT_EQ(mode_of(folder_ / ("shared" + suffix)), 0644U);
    EXPECT_EQ(mode_of(folder_ / ("program" + suffix)), 0755U);
  }
}

TEST_F(File, WritesOnlyWhatDiffers) {
  const fs::path path = folder_ / "f";
  EXPECT_TRUE(write_file(path, "one", Access::shared));
  const ino_t inode = inode_of(path);
  EXPECT_FALSE(write_file(path, "one", Access::shared));
  EXPECT_EQ(inode_of(path), inode);
  EXPECT_TRUE(write_file(path, "two", Access::shared));
  EXPECT_EQ(read_file(path), "two");
  EXPECT_EQ(count_files(folder_.path()), 1U);
}

TEST_F(File, TightensTheAccessOfEqualBytes) {
  const fs::path path = folder_.write("f", "key");
  chmod(path.c_str(), 0644);
  EXPECT_FALSE(write_file(path, "key", Access::secret));
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(File, ReplacesALinkNotItsTarget) {
  const fs::path target = folder_.write("target", "old");
  fs::create_symlink(target, folder_ / "link");
  EXPECT_TRUE(write_file(folder_ / "link", "new", Access::secret));
  EXPECT_EQ(read_file(target), "old");
  EXPECT_FALSE(fs::is_symlink(folder_ / "link"));
}

TEST_F(File, FailureKeepsTheOldFile) {
  fs::create_directories(folder_ / "taken/inside");
  EXPECT_NE(error_of([&] { write_file(folder_ / "taken", "x", Access::shared); }), "no error");
  EXPECT_TRUE(fs::is_directory(folder_ / "taken/inside"));
  EXPECT_EQ(count_files(folder_.path()), 1U);
  EXPECT_EQ(error_of([&] { write_file(folder_ / "no/f", "x", Access::shared); }),
            "error: cannot create a file beside `" + (folder_ / "no/f").string() + "`: No such file or directory\n");
}

TEST_F(File, CreateRefusesToReplace) {
  EXPECT_TRUE(create_file(folder_ / "f", "one", Access::secret));
  EXPECT_FALSE(create_file(folder_ / "f", "two", Access::secret));
  EXPECT_EQ(read_file(folder_ / "f"), "one");
  fs::create_symlink("/nowhere", folder_ / "dangling");
  EXPECT_FALSE(create_file(folder_ / "dangling", "x", Access::secret));
  EXPECT_EQ(count_files(folder_.path()), 2U);
}

TEST_F(File, RelativePathsWork) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  EXPECT_TRUE(write_file("plain", "x", Access::shared));
  make_folder("made");
  fs::current_path(before);
  EXPECT_EQ(read_file(folder_ / "plain"), "x");
  EXPECT_TRUE(fs::is_directory(folder_ / "made"));
}

TEST_F(File, FoldersHaveTheirAccess) {
  const Umask umask(0);
  make_folder(folder_ / "a/b/keys", Access::secret);
  EXPECT_EQ(mode_of(folder_ / "a/b/keys"), 0700U);
  make_folder(folder_ / "open");
  EXPECT_EQ(mode_of(folder_ / "open"), 0755U);
  EXPECT_EQ(error_of([&] { make_folder(folder_ / "open"); }), "no error");
  EXPECT_EQ(mode_of(folder_ / "open"), 0755U);
}

TEST_F(File, AFileIsNoFolder) {
  folder_.write("f", "x");
  EXPECT_NE(error_of([&] { make_folder(folder_ / "f"); }), "no error");
  EXPECT_NE(error_of([&] { make_folder(folder_ / "f/below"); }), "no error");
}

TEST_F(File, TemporaryFilesAreSecretAndGoAway) {
  const Umask umask(0);
  fs::path path;
  {
    const TemporaryFile file("secret", ".yaml", std::nullopt);
    path = file.path();
    EXPECT_EQ(mode_of(path), 0600U);
    EXPECT_EQ(path.extension(), ".yaml");
    EXPECT_EQ(read_file(path), "secret");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(File, AMovedTemporaryFileStays) {
  std::optional<TemporaryFile> outer;
  {
    TemporaryFile file("x", "", std::nullopt);
    outer.emplace(std::move(file));
  }
  EXPECT_EQ(read_file(outer->path()), "x");
}

TEST_F(File, LocksExclude) {
  std::optional<FileLock> first = FileLock::try_acquire(folder_ / "lock");
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::try_acquire(folder_ / "lock"));
  first.reset();
  EXPECT_TRUE(FileLock::try_acquire(folder_ / "lock"));
}

TEST_F(File, ALockDiesWithItsProcess) {
  const fs::path path = folder_ / "lock";
  const auto [read_end, write_end] = make_pipe();
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::try_acquire(path);
    [[maybe_unused]] const auto written = write(write_end.get(), lock ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char got = 0;
  ASSERT_EQ(read(read_end.get(), &got, 1), 1);
  EXPECT_EQ(got, 'y');
  EXPECT_FALSE(FileLock::try_acquire(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::try_acquire(path));
}

TEST(OpenBytes, GivesThemAndThenTheEnd) {
  for (const std::string& bytes : {std::string(), std::string("a\0b", 3), std::string(300000, 'x')}) {
    const Fd fd = open_bytes(bytes);
    std::string got(bytes.size() + 1, '\0');
    ASSERT_EQ(read(fd.get(), got.data(), got.size()), static_cast<ssize_t>(bytes.size()));
    EXPECT_EQ(got.substr(0, bytes.size()), bytes);
    EXPECT_EQ(read(fd.get(), got.data(), 1), 0);
  }
}

TEST_F(File, IsRewrittenBehindALinkWithItsAccess) {
  const fs::path path = folder_ / "file";
  write_file(path, "old", Access::secret);
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  fs::create_symlink("file", folder_ / "link");
  EXPECT_TRUE(rewrite_file(folder_ / "link", "new"));
  EXPECT_FALSE(rewrite_file(folder_ / "link", "new"));
  EXPECT_EQ(read_file(path), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms(0640));
  EXPECT_NE(error_of([&] { rewrite_file(folder_ / "no", "new"); }), "no error");
}

TEST_F(File, ALockNeedsAPlace) { EXPECT_NE(error_of([&] { FileLock::try_acquire(folder_ / "no/lock"); }), "no error"); }

}  // namespace
}  // namespace sys
