#include "envtool/base/digest.h"

#include <gmock/gmock.h>

namespace base {
namespace {

// FIPS 180-4's examples, as in NIST's SHA256ShortMsg and the million times `a`.
TEST(Sha256, OfNothing) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OfOneBlock) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfTwoBlocks) {
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfPartsIsThatOfTheWhole) {
  Sha256 digest;
  for (int i = 0; i < 1000; ++i) digest.update(std::string(1000, 'a'));
  EXPECT_EQ(digest.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, CountsNulBytes) { EXPECT_NE(sha256(std::string_view("a\0b", 3)), sha256("a")); }

TEST(Sha256, CanBeMoved) {
  Sha256 digest;
  digest.update("a");
  Sha256 moved = std::move(digest);
  moved.update("bc");
  EXPECT_EQ(moved.hex(), sha256("abc"));
}

}  // namespace
}  // namespace base
