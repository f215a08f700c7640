#include "envtool/ssh/random.h"

#include <gtest/gtest.h>

#include "envtool/base/strings.h"

namespace ssh {
namespace {

TEST(Random, HasTheAskedForSizeAndForm) {
  EXPECT_EQ(random_bytes(33).size(), 33U);
  EXPECT_EQ(random_hex(16).size(), 32U);
  EXPECT_EQ(random_hex(16).find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(base::from_base64(random_base64(24)).value().size(), 24U);
  EXPECT_EQ(random_hex(0), "");
}

TEST(Random, DoesNotRepeatItself) { EXPECT_NE(random_hex(16), random_hex(16)); }

}  // namespace
}  // namespace ssh
