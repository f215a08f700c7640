#include "envtool/patch/quantity.h"

#include <gmock/gmock.h>

#include "envtool/base/error.h"

namespace patch {
namespace {

struct Case {
  std::string_view text, canonical;
};

TEST(QuantityTest, TextIsMadeCanonical) {
  constexpr Case kCases[] = {
      {"0", "0"},          {"0Gi", "0"},        {"-0", "0"},         {"1", "1"},        {"+5", "5"},
      {"007", "7"},        {"1.5", "1500m"},    {"1.5Gi", "1536Mi"}, {"500m", "500m"},  {"1000m", "1"},
      {"100u", "100u"},    {"1k", "1k"},        {"1000k", "1M"},     {"1024", "1024"},  {"1024Ki", "1Mi"},
      {"0.5Ki", "512"},    {"0.1Mi", "104857600m"}, {"1Ki", "1Ki"},  {"12e6", "12e6"},  {"1e4", "10e3"},
      {"1E3", "1e3"},      {"1E", "1E"},        {"1e-3", "1e-3"},    {".5", "500m"},    {"3.", "3"},
      {"-1.25", "-1250m"}, {"0.1n", "1n"},      {"-0.1n", "-1n"},    {"1.0000000001", "1000000001n"},
      {"9223372036854775807", "9223372036854775807"}, {"100Ei", "9223372036854775807"}, {"1000E", "1000E"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Quantity::parse(c.text).to_string(), c.canonical) << c.text;
}

TEST(QuantityTest, WrongTextIsRefused) {
  for (const char* text : {"", " ", "1 ", "x", "1x", "1e", "1e3m", "e3", "m", ".", "-", "1.2.3", "1ki", "1KB", "--1",
                           "1e+-3", "1e999", "0x1", "1,5", "½"}) {
    EXPECT_THROW(Quantity::parse(text), base::Error) << text;
  }
}

TEST(QuantityTest, LargeExponentsReadBack) {
  EXPECT_EQ(Quantity::parse("1000e100").to_string(), "10000e99");
  EXPECT_EQ(Quantity::parse("10000e99"), Quantity::parse("1000e100"));
}

TEST(QuantityTest, OrderIsByAmount) {
  const auto q = [](std::string_view text) { return Quantity::parse(text); };
  EXPECT_EQ(q("1"), q("1000m"));
  EXPECT_EQ(q("1Ki"), q("1024"));
  EXPECT_EQ(q("1e3"), q("1k"));
  EXPECT_EQ(q("-0"), Quantity());
  EXPECT_LT(q("1G"), q("1Gi"));
  EXPECT_LT(q("-2"), q("-1"));
  EXPECT_LT(q("-1"), q("0"));
  EXPECT_GT(q("100m"), q("99m"));
  EXPECT_GT(q("0.1n"), q("0"));
}

TEST(QuantityTest, ConvertsToNumbers) {
  EXPECT_DOUBLE_EQ(Quantity::parse("500m").to_real(), 0.5);
  EXPECT_DOUBLE_EQ(Quantity::parse("-1.5Gi").to_real(), -1610612736.0);
  EXPECT_DOUBLE_EQ(Quantity().to_real(), 0.0);
  EXPECT_EQ(Quantity::parse("1.1").to_integer(), 2);
  EXPECT_EQ(Quantity::parse("-1.1").to_integer(), -2);
  EXPECT_EQ(Quantity::parse("0").to_integer(), 0);
  EXPECT_EQ(Quantity::parse("8Ei").to_integer(), INT64_MAX);
  EXPECT_EQ(Quantity::parse("10E").to_integer(), std::nullopt);
}

TEST(QuantityTest, FormatIsRemembered) {
  EXPECT_EQ(Quantity::parse("1Mi").format(), Quantity::Format::binary);
  EXPECT_EQ(Quantity::parse("1M").format(), Quantity::Format::decimal);
  EXPECT_EQ(Quantity::parse("1e6").format(), Quantity::Format::exponent);
}

}  // namespace
}  // namespace patch
