#include "envtool/doc/scalar.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "envtool/doc/yaml.h"

namespace doc {
namespace {

struct PlainCase {
  std::string_view text;
  Value value;
};

// YAML 1.2.2, section 10.3.2, with `0644` as octal.
TEST(PlainScalar, FollowsTheCoreSchema) {
  const PlainCase cases[] = {
      {"", nullptr},       {"~", nullptr},       {"null", nullptr},   {"Null", nullptr},    {"NULL", nullptr},
      {"nULL", "nULL"},    {"none", "none"},     {"true", true},      {"True", true},       {"TRUE", true},
      {"tRUE", "tRUE"},    {"false", false},     {"FALSE", false},    {"yes", "yes"},       {"No", "No"},
      {"on", "on"},        {"off", "off"},       {"y", "y"},          {"n", "n"},           {"0", 0},
      {"8000", 8000},      {"-12", -12},         {"+12", 12},         {"007", 7},           {"0644", 0644},
      {"-0644", -0644},    {"0o644", 0644},      {"08", 8},           {"0x1F", 31},         {"0xg", "0xg"},
      {"0x", "0x"},        {"0b11", "0b11"},     {"1_000", "1_000"},  {"12:30:45", "12:30:45"},
      {"1e3", 1000.0},     {"1E3", 1000.0},      {"1.5", 1.5},        {".5", 0.5},          {"5.", 5.0},
      {"-1.5e-3", -1.5e-3}, {"1e", "1e"},        {".", "."},          {"..", ".."},         {"-", "-"},
      {"+", "+"},          {"1.2.3", "1.2.3"},   {"4.3.1", "4.3.1"},  {"2001-12-14", "2001-12-14"},
      {".inf", std::numeric_limits<double>::infinity()},  {"-.INF", -std::numeric_limits<double>::infinity()},
      {"+.Inf", std::numeric_limits<double>::infinity()}, {".iNf", ".iNf"}, {"inf", "inf"}, {"nan", "nan"},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", 9223372036854775808.0},
      {"a b", "a b"},      {"<<", "<<"},         {"=", "="},          {"1 ", "1 "},
  };
  for (const PlainCase& c : cases) {
    EXPECT_EQ(plain_scalar(c.text).kind(), c.value.kind()) << c.text;
    EXPECT_EQ(plain_scalar(c.text), c.value) << c.text;
  }
  EXPECT_TRUE(std::isnan(plain_scalar(".nan").as_real()));
  EXPECT_EQ(plain_scalar("-.nan"), Value("-.nan"));
}

TEST(TaggedScalar, TakesTheTypeThatItNames) {
  EXPECT_EQ(resolve_tagged("tag:yaml.org,2002:str", "12"), Value("12"));
  EXPECT_EQ(resolve_tagged("tag:yaml.org,2002:int", "0x10"), Value(16));
  EXPECT_EQ(resolve_tagged("tag:yaml.org,2002:float", "1"), Value(1.0));
  EXPECT_EQ(resolve_tagged("tag:yaml.org,2002:bool", "true"), Value(true));
  EXPECT_EQ(resolve_tagged("tag:yaml.org,2002:null", "~"), Value());
  EXPECT_EQ(resolve_tagged("tag:yaml.org,2002:int", "x"), std::nullopt);
  EXPECT_EQ(resolve_tagged("tag:yaml.org,2002:bool", "1"), std::nullopt);
  EXPECT_EQ(resolve_tagged("!python/object", "x"), std::nullopt);
}

// What some reader of YAML 1.1 or 1.2 takes for something else than a string, or can't read.
TEST(IsPlainString, RefusesWhatAnotherReaderMisreads) {
  for (const char* text :
       {"", " ", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "yes", "Yes", "YES", "no", "NO", "on", "On", "off",
        "y", "Y", "n", "N", "0", "1", "-1", "+1", "0644", "0o644", "0O644", "0x1F", "0X1F", "0b101", "0B101", "-0x1F", "1_000",
        "1e3", "1E3", "1.5", ".5", "5.", "+.5", "1.", "-.5e+3", ".inf", "-.INF", ".nan", ".NaN", "12:30:45", "190:20:30.15",
        "2001-12-14", "2001-12-14 21:59:43.10 -5", "2001-12-14t21:59:43Z", "<<", "=", "-", "?", ":", "- a", "? a", ": a", "---",
        "--- a", "...", "... a", "---a", "[a", "]", "{a", "}", ",a", "#a", "&a", "*a", "!a", "|", ">", "'a", "\"a", "%a", "@a",
        "`a", " a", "a ", "a:", "a: b", "a #b", "a\tb", "a\nb", "a\rb", "\ta", "a\x7f", "\xC3\xA4", "\xC2\x85", "\xE2\x80\xA8",
        "\xEF\xBB\xBF"
        "a"}) {
    EXPECT_FALSE(is_plain_string(text)) << text;
  }
}

TEST(IsPlainString, LeavesOrdinaryTextBare) {
  for (const char* text : {"a", "abc", "a b", "a:b", "a#b", "http://127.0.0.1:8081", "/etc/jupyterhub", "localhost/image:tag",
                           "jupyterhub_root_dev", "--max-http-header-size=32768", "-a", "v1", "apps/v1", "a'b", "a\"b", "nope",
                           "yesterday", "4.3.1-rc1", "a, b", "it's", "$(x)", "a{b}", "Always"}) {
    EXPECT_TRUE(is_plain_string(text)) << text;
  }
}

TEST(YamlReal, IsARealForEveryReader) {
  const std::pair<double, std::string_view> cases[] = {
      {0.0, "0.0"},       {1.0, "1.0"},       {-1.5, "-1.5"},       {1e22, "1.0e+22"},
      {1e-7, "1.0e-07"},  {0.1, "0.1"},       {1.5e300, "1.5e+300"}, {std::numeric_limits<double>::infinity(), ".inf"},
      {-std::numeric_limits<double>::infinity(), "-.inf"},           {std::nan(""), ".nan"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(yaml_real(value), text);
}

}  // namespace
}  // namespace doc
