#include "envtool/base/library.h"

#include <gmock/gmock.h>

#include <cmath>
#include <thread>
#include <vector>

#include "tests/support/errors.h"

namespace base {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constinit Library math{"libm.so.6"};
constinit LoadedFunction<math, double(double)> square_root{"sqrt"};
constinit LoadedFunction<math, double(double)> missing{"no_such_function"};
constinit Library absent{"libno-such-library.so.1"};
constinit LoadedFunction<absent, int()> unreachable{"anything"};

TEST(Library, FunctionsAreCalledAsIfTheProgramWereLinkedWithThem) {
  EXPECT_EQ(square_root(9), 3.0);
  EXPECT_EQ(square_root(4), 2.0);
}

TEST(Library, FunctionsAreFoundOnceForAllThreads) {
  std::vector<std::thread> threads;
  for (int i = 1; i <= 8; ++i) threads.emplace_back([i] { EXPECT_EQ(square_root(i * i), i); });
  for (std::thread& thread : threads) thread.join();
}

TEST(Library, WhatIsMissingIsNamed) {
  EXPECT_THAT(test::error_of([] { missing(1); }), HasSubstr("`libm.so.6` has no function `no_such_function`"));
  EXPECT_THAT(test::error_of([] { unreachable(); }), StartsWith("error: cannot load `libno-such-library.so.1`\n"));
}

}  // namespace
}  // namespace base
