#include "envtool/sys/memory.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "envtool/sys/process.h"

namespace sys {
namespace {

/// What `check` returns in a process that must not be dumped.
int in_guarded_process(int (*check)()) {
  const pid_t child = fork();
  if (child == 0) {
    forbid_memory_dumps();
    _exit(check());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(MemoryDumps, AreForbidden) {
  EXPECT_EQ(in_guarded_process([] { return prctl(PR_GET_DUMPABLE); }), 0);
}

TEST(MemoryDumps, ThatAreForbiddenLeaveLimitsAlone) {
  rlimit before{};
  getrlimit(RLIMIT_CORE, &before);
  static rlim_t limit = before.rlim_cur;
  EXPECT_EQ(in_guarded_process([] {
    rlimit after{};
    getrlimit(RLIMIT_CORE, &after);
    return after.rlim_cur == limit ? 0 : 1;
  }), 0);
}

TEST(MemoryDumps, ProgramsAreStartedAsEver) {
  EXPECT_EQ(in_guarded_process([] { return SystemProcesses().run({{"sh", "-c", "test -r /proc/self/environ"}, {}, "", {}}).exit_code; }), 0);
}

}  // namespace
}  // namespace sys
