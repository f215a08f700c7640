#include "envtool/manifest/object_names.h"

#include <gmock/gmock.h>

#include "envtool/patch/names.h"

namespace manifest {
namespace {

TEST(PlainName, KeepsWhatItCan) {
  EXPECT_EQ(plain_name("jupyterhub-slurm-dev_dummyauth", 63), "jupyterhub-slurm-dev-dummyauth");
  EXPECT_EQ(plain_name("homes_vol", 63), "homes-vol");
  EXPECT_EQ(plain_name("fine", 63), "fine");
  EXPECT_EQ(plain_name("Dev.A", 63), "dev-a");
  for (const char* name : {"_", "", "é", "-x-", "a_very_long_name_that_goes_on_and_on_for_more_than_sixty_three_characters_in_all"}) {
    EXPECT_TRUE(patch::is_dns_label(plain_name(name, 52))) << name;
    EXPECT_LE(plain_name(name, 52).size(), 52U) << name;
  }
}

TEST(ObjectNames, AreDifferentWhereTheNamesAre) {
  ObjectNames names;
  for (const char* name : {"a_b", "a-b", "a.b", "c_d"}) names.add("Secret", name);
  EXPECT_EQ(names.in_cluster("Secret", "a-b"), "a-b") << "who is called so already keeps the name";
  EXPECT_EQ(names.in_cluster("Secret", "c_d"), "c-d");
  const std::set<std::string> three{names.in_cluster("Secret", "a-b"), names.in_cluster("Secret", "a_b"), names.in_cluster("Secret", "a.b")};
  EXPECT_EQ(three.size(), 3U);
  EXPECT_EQ(names.in_cluster("ConfigMap", "a_b"), "a-b") << "of another kind";
}

TEST(ObjectNames, DependOnNoOrder) {
  ObjectNames one, other;
  for (const char* name : {"a_b", "a-b"}) one.add("Secret", name);
  for (const char* name : {"a-b", "a_b"}) other.add("Secret", name);
  EXPECT_EQ(one.in_cluster("Secret", "a_b"), other.in_cluster("Secret", "a_b"));
}

TEST(WithDigest, ChangesWithTheContent) {
  EXPECT_EQ(with_digest("key", "one"), with_digest("key", "one"));
  EXPECT_NE(with_digest("key", "one"), with_digest("key", "two"));
  EXPECT_TRUE(with_digest("key", "one").starts_with("key-"));
}

}  // namespace
}  // namespace manifest
