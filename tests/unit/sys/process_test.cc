#include "envtool/sys/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "envtool/sys/file.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace sys {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using test::error_of;

Command shell(const std::string& script) { return {{"/bin/sh", "-c", script}, {}, "", {}}; }

/// A feed of one text.
Feed feed_of(std::string text) {
  return [text = std::move(text)](const Sink& sink) { sink(text); };
}

/// Whether the process ends within ten seconds. A zombie has ended.
bool ends(pid_t pid) {
  for (int i = 0; i < 1000; ++i) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line) || line.find(") Z ") != std::string::npos) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

class Process : public testing::Test {
 protected:
  Result run(const std::string& script, const Io& io = {}, std::stop_token stop = {}) {
    return processes_.run(shell(script), io, std::move(stop));
  }

  SystemProcesses processes_;
  test::TemporaryFolder folder_;
};

TEST_F(Process, ExitCodes) {
  for (const int code : {0, 1, 2, 125, 127, 255}) {
    const Result result = run("exit " + std::to_string(code));
    EXPECT_EQ(result.exit_code, code);
    EXPECT_EQ(result.ok(), code == 0);
  }
}

TEST_F(Process, DeathBySignal) {
  EXPECT_EQ(run("kill -TERM $$").exit_code, 128 + SIGTERM);
  EXPECT_EQ(run("kill -KILL $$").exit_code, 128 + SIGKILL);
}

TEST_F(Process, KeepsBothStreamsApart) {
  const Result result = run("echo out; echo err >&2; printf last");
  EXPECT_EQ(result.out, "out\nlast");
  EXPECT_EQ(result.err, "err\n");
}

TEST_F(Process, MuchOutputOnBothStreams) {
  const Result result = run("head -c 3000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait");
  EXPECT_EQ(result.out.size(), 3'000'000U);
  EXPECT_EQ(result.err.size(), 3'000'000U);
}

TEST_F(Process, SinksTakeOutputOnTheCallersThread) {
  std::string out;
  const auto caller = std::this_thread::get_id();
  const Io io{{}, [&](std::string_view bytes) {
                EXPECT_EQ(std::this_thread::get_id(), caller);
                out += bytes;
              }, {}, {}};
  const Result result = run("echo one; echo two >&2", io);
  EXPECT_EQ(out, "one\n");
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "two\n");
}

TEST_F(Process, ReadsItsInput) {
  std::string big(2'000'000, 'x');
  EXPECT_EQ(run("cat", {feed_of(big), {}, {}, {}}).out, big);
  EXPECT_EQ(run("cat", {feed_of(""), {}, {}, {}}).out, "");
}

TEST_F(Process, NoInputIsEmptyInput) { EXPECT_EQ(run("cat; echo end").out, "end\n"); }

TEST_F(Process, AFeedMayThrow) {
  const Io io{[](const Sink& sink) {
                sink("part");
                throw base::Error("cannot read the tree");
              }, {}, {}, {}};
  EXPECT_EQ(error_of([&] { run("cat", io); }), "error: cannot read the tree\n");
}

TEST_F(Process, ASinkMayThrow) {
  const Io io{{}, [](std::string_view) { throw base::Error("disk full"); }, {}, {}};
  const auto begin = Clock::now();
  EXPECT_EQ(error_of([&] { run("echo x; sleep 60", io); }), "error: disk full\n");
  EXPECT_LT(Clock::now() - begin, seconds(20));
}

TEST_F(Process, ASinkMayThrowWhileAFeedWrites) {
  const Io io{feed_of(std::string(4'000'000, 'x')), [](std::string_view) { throw base::Error("disk full"); }, {}, {}};
  EXPECT_EQ(error_of([&] { run("cat", io); }), "error: disk full\n");
}

TEST_F(Process, InputThatNobodyReadsIsNoError) {
  const Result result = run("exec <&-; exit 3", {feed_of(std::string(4'000'000, 'x')), {}, {}, {}});
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(Process, AProgramThatStopsReadingEarly) {
  EXPECT_EQ(run("head -c 3", {feed_of(std::string(4'000'000, 'x')), {}, {}, {}}).out, "xxx");
}

TEST_F(Process, TimeOut) {
  const auto begin = Clock::now();
  const Result result = run("echo begun; sleep 60", {{}, {}, {}, milliseconds(200)});
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.ok());
  EXPECT_FALSE(result.stopped);
  EXPECT_EQ(result.out, "begun\n");
  EXPECT_LT(Clock::now() - begin, seconds(20));
}

TEST_F(Process, EnoughTimeIsNoTimeOut) { EXPECT_TRUE(run("exit 0", {{}, {}, {}, seconds(60)}).ok()); }

TEST_F(Process, StopEndsTheWholeGroup) {
  std::stop_source stop;
  pid_t grandchild = 0;
  const Io io{{}, [&](std::string_view bytes) {
                grandchild = std::stoi(std::string(bytes));
                stop.request_stop();
              }, {}, {}};
  const Result result = run("sleep 60 & echo $!; wait", io, stop.get_token());
  EXPECT_TRUE(result.stopped);
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(ends(grandchild));
}

TEST_F(Process, StopFromAnotherThread) {
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  EXPECT_TRUE(run("sleep 60", {}, stop.get_token()).stopped);
}

TEST_F(Process, StopBeforeTheStart) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(run("sleep 60", {}, stop.get_token()).stopped);
}

TEST_F(Process, AProgramThatIgnoresTheStopIsKilled) {
  std::stop_source stop;
  const Io io{{}, [&](std::string_view) { stop.request_stop(); }, {}, {}};
  const auto begin = Clock::now();
  const Result result = run("trap '' TERM; echo ready; while :; do sleep 1; done", io, stop.get_token());
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.exit_code, 128 + SIGKILL);
  EXPECT_LT(Clock::now() - begin, seconds(30));
}

TEST_F(Process, AStopWhileAFeedWaits) {
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  const Io io{feed_of(std::string(4'000'000, 'x')), {}, {}, {}};
  EXPECT_TRUE(run("sleep 60", io, stop.get_token()).stopped);
}

TEST_F(Process, AGrandchildThatKeepsThePipesIsNotWaitedFor) {
  const auto begin = Clock::now();
  const Result result = run("sleep 60 & echo $!");
  EXPECT_TRUE(result.ok());
  EXPECT_LT(Clock::now() - begin, seconds(30));
  kill(std::stoi(result.out), SIGKILL);
}

TEST_F(Process, MissingPrograms) {
  EXPECT_EQ(error_of([&] { processes_.run(Command{{"no-such-program-x"}, {}, "", {}}); }),
            "error: program `no-such-program-x` not found on PATH\n");
  EXPECT_EQ(error_of([&] { processes_.run(Command{{"/no/such/program"}, {}, "", {}}); }),
            "error: program `/no/such/program` not found on PATH\n");
  EXPECT_NE(error_of([&] { processes_.run(Command{{"/etc"}, {}, "", {}}); }), "no error");
}

TEST_F(Process, AMissingFolder) {
  EXPECT_EQ(error_of([&] { processes_.run(Command{{"true"}, {}, "/no/such/folder", {}}); }),
            "error: cannot run `true`: No such file or directory\n");
}

TEST_F(Process, AFileThatIsNoProgram) {
  const auto path = folder_.write("x", "\x7F\x01garbage");
  fs::permissions(path, fs::perms::owner_all);
  EXPECT_EQ(error_of([&] { processes_.run(Command{{path.string()}, {}, "", {}}); }),
            "error: cannot run `" + path.string() + "`: Exec format error\n");
}

TEST_F(Process, EnvironmentAndFolder) {
  Command command{{"/bin/sh", "-c", "pwd; env | sort | grep -v ^_= | grep -v ^PWD= | grep -v ^OLDPWD= | grep -v ^SHLVL="},
                  std::vector<std::string>{"B=2", "A=1 2"}, folder_.path().string(), {}};
  EXPECT_EQ(processes_.run(command).out, fs::canonical(folder_.path()).string() + "\nA=1 2\nB=2\n");
}

TEST_F(Process, StandardStreamsAreNullAndPipes) {
  const std::string listed = processes_.run(Command{{"ls", "-l", "/proc/self/fd"}, {}, "", {}}).out;
  EXPECT_THAT(listed, testing::HasSubstr(" 0 -> /dev/null\n"));
  EXPECT_THAT(listed, testing::HasSubstr(" 2 -> pipe:"));
}

TEST_F(Process, NoDescriptorsLeakIn) {
  const auto [reading, writing] = make_pipe();
  const Fd null(open_null());
  const EventFd event;
  for (const int fd : {reading.get(), writing.get(), null.get(), event.get()}) {
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
  }
}

TEST_F(Process, SignalsAreAsInAFreshProcess) {
  signal(SIGPIPE, SIG_IGN);
  const Result result = run("yes | head -n 1; kill -PIPE $$");
  signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(result.out, "y\n");
  EXPECT_EQ(result.exit_code, 128 + SIGPIPE);
}

TEST_F(Process, ManyAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string text = std::to_string(i);
      for (int n = 0; n < 5; ++n) good += run("cat", {feed_of(text), {}, {}, {}}).out == text;
    });
  }
  threads.clear();
  EXPECT_EQ(good, 40);
}

TEST_F(Process, Foreground) {
  EXPECT_EQ(processes_.run_foreground(shell("exit 7")), 7);
  EXPECT_EQ(processes_.run_foreground(shell("kill -TERM $$")), 128 + SIGTERM);
}

TEST_F(Process, InheritsNothingButTheStandardStreams) {
  const Fd left_open(fcntl(0, F_DUPFD, 60));
  ASSERT_GE(left_open.get(), 60);
  EXPECT_EQ(run("[ -e /proc/self/fd/2 ] && [ ! -e /proc/self/fd/" + std::to_string(left_open.get()) + " ]").exit_code, 0);
}

TEST(CommandText, CanBePastedIntoAShell) {
  EXPECT_EQ(to_string(Command{{"podman", "volume", "create", "a b", "$x"}, {}, "", {}}), "podman volume create 'a b' '$x'");
}

TEST(FindProgram, LooksOnPath) {
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_NE(find_program("sh"), std::nullopt);
  EXPECT_EQ(find_program("no-such-program-x"), std::nullopt);
  EXPECT_EQ(find_program("/bin/no-such-program-x"), std::nullopt);
  EXPECT_EQ(find_program(""), std::nullopt);
}

TEST(FindUser, KnowsRootAndNobodyElse) {
  const auto root = find_user("root");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->uid, 0U);
  EXPECT_EQ(find_user("no-such-user-x"), std::nullopt);
}

}  // namespace
}  // namespace sys
