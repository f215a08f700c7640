#include "envtool/patch/names.h"

#include <gmock/gmock.h>

#include "envtool/base/error.h"

namespace patch {
namespace {

using testing::ElementsAre;

TEST(NamesTest, EscapesAsJupyterHubsSpawnersDo) {
  EXPECT_EQ(escape("GKE"), "-47-4b-45");
  EXPECT_EQ(escape("Foo@Bar-x.com"), "-46oo-40-42ar-2dx-2ecom");
  EXPECT_EQ(escape("a-b"), "a-2db");
  EXPECT_EQ(escape("é"), "-c3-a9");
  EXPECT_EQ(escape("A_b.c"), "-41-5fb-2ec");
  EXPECT_EQ(escape("my server"), "my-20server");
  EXPECT_EQ(escape("pangeotestbot@microsoft.com"), "pangeotestbot-40microsoft-2ecom");
  EXPECT_EQ(escape(""), "");
}

TEST(NamesTest, ShortNamesStayAndLongOnesGetAHash) {
  const std::string fits(63, 'a');
  EXPECT_EQ(shorten(fits, 63), fits);
  const std::string shortened = shorten(fits + "b", 63);
  EXPECT_EQ(shortened.size(), 63U);
  EXPECT_TRUE(is_dns_label(shortened));
  EXPECT_TRUE(shortened.starts_with(std::string(52, 'a') + "---"));
  EXPECT_NE(shortened, shorten(fits + "c", 63));
  EXPECT_EQ(shortened, shorten(fits + "b", 63));
  EXPECT_EQ(shorten(std::string(300, 'x'), kSubdomainLength).size(), 253U);
}

TEST(NamesTest, CutsDoNotLeaveDashesInFrontOfTheHash) {
  const std::string name = std::string(50, 'a') + "--.-" + std::string(30, 'b');
  EXPECT_TRUE(shorten(name, 63).starts_with(std::string(50, 'a') + "---"));
  EXPECT_EQ(shorten(name, 63).size(), 61U);
}

TEST(NamesTest, SlugsAreLabelsForAnyText) {
  EXPECT_EQ(slug("alice"), "alice");
  for (const char* text : {"", "GKE", "-x-", "1abc", "a--b", "é", "a b c", "user@example.org", "---"}) {
    const std::string made = slug(text);
    EXPECT_TRUE(is_dns_label(made)) << made;
    EXPECT_NE(made, text);
    EXPECT_TRUE(made.front() >= 'a' && made.front() <= 'z') << made;
  }
  EXPECT_NE(slug("Alice"), slug("alice"));
  EXPECT_EQ(slug("user@example.org").substr(0, 19), "user-example-org---");
  EXPECT_LE(slug(std::string(200, 'Z'), 32).size(), 32U);
}

TEST(NamesTest, ValidityFollowsKubernetes) {
  EXPECT_TRUE(is_dns_label("a-1"));
  for (const char* text : {"", "-a", "a-", "A", "a_b", "a.b"}) EXPECT_FALSE(is_dns_label(text)) << text;
  EXPECT_FALSE(is_dns_label(std::string(64, 'a')));
  EXPECT_TRUE(is_dns_subdomain("a.b-c.1"));
  EXPECT_TRUE(is_dns_subdomain(std::string(100, 'a')));
  for (const char* text : {"", "a..b", ".a", "a.", "a.-b", "my_secret"}) EXPECT_FALSE(is_dns_subdomain(text)) << text;
  EXPECT_FALSE(is_dns_subdomain(std::string(254, 'a')));
  for (const char* text : {"", "A", "a_b.c-d", "0"}) EXPECT_TRUE(is_label_value(text)) << text;
  for (const char* text : {"-a", "a-", "_", "a b", "é"}) EXPECT_FALSE(is_label_value(text)) << text;
  EXPECT_FALSE(is_label_value(std::string(64, 'a')));
  for (const char* text : {"app", "example.org/a_B", "a/b"}) EXPECT_TRUE(is_label_key(text)) << text;
  for (const char* text : {"", "/a", "a/", "A.org/x", "a/b/c"}) EXPECT_FALSE(is_label_key(text)) << text;
}

TEST(NamesTest, UnderscoresBecomeDashesUnlessNamesCollide) {
  EXPECT_THAT(dashed({"a_b", "c", "a_b"}), ElementsAre("a-b", "c", "a-b"));
  try {
    dashed({"a_b", "x", "a-b"});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), "`a_b` and `a-b` would both be named `a-b`");
  }
}

}  // namespace
}  // namespace patch
