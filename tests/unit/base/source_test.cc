#include "envtool/base/source.h"

#include <gmock/gmock.h>

#include <thread>

namespace base {
namespace {

struct PositionCase {
  std::string_view name, text;
  std::size_t offset;
  Position position;
};

constexpr PositionCase kPositions[] = {
    {"EmptyText", "", 0, {1, 1}},
    {"BeyondEmptyText", "", 9, {1, 1}},
    {"FirstByte", "abc", 0, {1, 1}},
    {"LastByte", "abc", 2, {1, 3}},
    {"EndOfText", "abc", 3, {1, 4}},
    {"BeyondTheEnd", "abc", 99, {1, 4}},
    {"TheNewlineItself", "ab\ncd", 2, {1, 3}},
    {"AfterTheNewline", "ab\ncd", 3, {2, 1}},
    {"EndAfterNewline", "ab\n", 3, {2, 1}},
    {"EmptyLines", "\n\n\n", 2, {3, 1}},
    {"TwoBytesAreOneColumn", "\xC3\xA4x", 2, {1, 2}},
    {"ThreeBytesAreOneColumn", "\xE2\x82\xACx", 3, {1, 2}},
    {"FourBytesAreOneColumn", "\xF0\x9F\x90\xB3x", 4, {1, 2}},
    {"CarriageReturnIsAColumn", "ab\r\ncd", 3, {1, 4}},
    {"AfterCarriageReturnAndNewline", "ab\r\ncd", 4, {2, 1}},
    {"TabIsOneColumn", "\tx", 1, {1, 2}},
};

class PositionOf : public testing::TestWithParam<PositionCase> {};

TEST_P(PositionOf, CountsFromOne) {
  const PositionCase& c = GetParam();
  EXPECT_EQ(position_of(c.text, c.offset), c.position);
}

INSTANTIATE_TEST_SUITE_P(, PositionOf, testing::ValuesIn(kPositions),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(Span, IsShownAsFileLineColumn) {
  Sources sources;
  const Source& source = sources.add("a/b.yaml", "x: 1\ny: \xC3\xA4 z\n");
  EXPECT_EQ(to_string(Span{&source, 11, 1}), "a/b.yaml:2:6");
}

TEST(Span, OfNowhereIsEmpty) {
  EXPECT_EQ(to_string(Span{}), "");
  EXPECT_FALSE(Span{});
}

TEST(Sources, StayWhereTheyAre) {
  Sources sources;
  const Source& first = sources.add("first", "1");
  for (int i = 0; i < 1000; ++i) sources.add("other", "2");
  EXPECT_EQ(first.name, "first");
  EXPECT_EQ(first.text, "1");
}

TEST(Sources, TakeTextsFromSeveralThreads) {
  Sources sources;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&sources, i] {
      for (int n = 0; n < 200; ++n) EXPECT_EQ(sources.add("t", std::to_string(i)).text, std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace base
