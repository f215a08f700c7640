#include "envtool/model/names.h"

#include <gmock/gmock.h>

namespace model {
namespace {

TEST(EnvName, IsNeverAPath) {
  for (const char* good : {"dev_dummyauth", "prod", "a", "A1", "dev-2", "dev.2"}) EXPECT_TRUE(is_env_name(good)) << good;
  for (const char* bad : {"", ".", "..", "../x", "a/b", "/a", "a..b", "-a", "_parts", ".hidden", "a b", "a\n", "a\\b", "~", "a*", "\xC3\xA4"}) {
    EXPECT_FALSE(is_env_name(bad)) << bad;
  }
  EXPECT_FALSE(is_env_name(std::string(254, 'a')));
  EXPECT_FALSE(is_env_name(std::string_view("a\0b", 3)));
}

TEST(ImageReference, FollowsDockersGrammar) {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  for (const std::string& good : {std::string("debian"), std::string("localhost/brics_slurm:dev-latest"), std::string("quay.io/jupyterhub/jupyterhub:5.4.2"),
                                  std::string("localhost:5000/a/b.c:T_1"), "ghcr.io/a/b:1" + digest, "a" + digest}) {
    EXPECT_TRUE(is_image_reference(good)) << good;
  }
  for (const char* bad : {"", "-rf", "Debian", "a b", "a:", "a:-x", "a/", "/a", "a//b", "a@sha256:1", "a@md5:x", "_a", "a:b:c", "a$(id)"}) {
    EXPECT_FALSE(is_image_reference(bad)) << bad;
  }
  EXPECT_FALSE(is_image_reference("a:" + std::string(129, 'x')));
}

TEST(ObjectNames, FollowTheEnvironment) {
  EXPECT_EQ(volume_object("jupyterhub_root", "dev_dummyauth"), "jupyterhub_root_dev_dummyauth");
  EXPECT_EQ(secret_object("jupyterhub-slurm", "ssh-client-key", "prod"), "jupyterhub-slurm-ssh-client-key-prod");
  EXPECT_EQ(pod_object("jupyterhub-slurm", "dev_realauth"), "jupyterhub-slurm-dev_realauth");
}

TEST(InstanceName, IsLettersDigitsAndUnderscores) {
  for (const char* good : {"a", "A1", "my_copy", "7"}) EXPECT_TRUE(is_instance_name(good)) << good;
  for (const char* bad : {"", "_a", "a-b", "a.b", "../a", "a/b", "a b", "a\n", "\xC3\xA4"}) EXPECT_FALSE(is_instance_name(bad)) << bad;
}

TEST(InstanceId, IsTakenApartInOneWayOnly) {
  EXPECT_EQ(instance_id("dev", ""), "dev");
  EXPECT_EQ(instance_id("dev-2", "a"), "dev-2-a");
  const auto parts = split_instance_id("dev-2-a");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->env, "dev-2");
  EXPECT_EQ(parts->instance, "a");
  for (const char* none : {"", "dev", "-a", "dev-", "dev-a.filling"}) EXPECT_FALSE(split_instance_id(none)) << none;
}

}  // namespace
}  // namespace model
