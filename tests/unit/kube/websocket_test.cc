#include "envtool/kube/websocket.h"

#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace kube {
namespace {

using namespace std::string_literals;  // NOLINT: some of them hold zeros

/// All messages of some bytes, given one by one.
std::vector<Message> read(const std::string& bytes) {
  FrameReader reader;
  std::vector<Message> all;
  for (const char byte : bytes) {
    reader.add({&byte, 1});
    while (std::optional<Message> message = reader.next()) all.push_back(*std::move(message));
  }
  return all;
}

std::string error_of(const std::string& bytes) {
  return test::error_of([&] { read(bytes); });
}

/// RFC 6455, section 5.7.
TEST(EncodeFrame, WritesTheExampleOfTheStandard) {
  EXPECT_EQ(encode_frame({Opcode::text, "Hello"}, "\x37\xfa\x21\x3d"), "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST(EncodeFrame, WritesSizesOfThreeKinds) {
  const std::string mask(4, '\0');
  EXPECT_EQ(encode_frame({Opcode::binary, std::string(125, 'x')}, mask).substr(0, 2), "\x82\xfd");
  EXPECT_EQ(encode_frame({Opcode::binary, std::string(126, 'x')}, mask).substr(0, 4), "\x82\xfe\x00\x7e"s);
  EXPECT_EQ(encode_frame({Opcode::binary, std::string(65536, 'x')}, mask).substr(0, 10), "\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(FrameReader, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(read("\x81\x05Hello"), (std::vector<Message>{{Opcode::text, "Hello"}}));
  EXPECT_EQ(read("\x01\x03Hel\x80\x02lo"), (std::vector<Message>{{Opcode::text, "Hello"}}));
  EXPECT_EQ(read("\x89\x05Hello"), (std::vector<Message>{{Opcode::ping, "Hello"}}));
  EXPECT_EQ(read("\x82\x7e\x01\x00"s + std::string(256, 'x')), (std::vector<Message>{{Opcode::binary, std::string(256, 'x')}}));
  EXPECT_EQ(read("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65536, 'x')).at(0).payload.size(), 65536U);
}

TEST(FrameReader, TakesControlFramesInTheMiddleOfAMessage) {
  EXPECT_EQ(read("\x01\x03Hel\x89\x01?\x80\x02lo\x88\x00"s),
            (std::vector<Message>{{Opcode::ping, "?"}, {Opcode::text, "Hello"}, {Opcode::close, ""}}));
}

TEST(FrameReader, RefusesWhatNoServerMaySend) {
  for (const std::string& bytes : {"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, "\xc1\x00"s, "\x80\x00"s, "\x01\x00\x01\x00"s,
                                   "\x09\x00"s, "\x89\x7e\x00\x7e"s + std::string(126, 'x'), "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s}) {
    EXPECT_NE(error_of(bytes), "no error") << testing::PrintToString(bytes);
  }
}

/// RFC 6455, section 1.3.
TEST(AcceptOf, IsThatOfTheStandard) { EXPECT_EQ(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); }

}  // namespace
}  // namespace kube
