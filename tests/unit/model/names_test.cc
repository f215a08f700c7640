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

TEST(ObjectNames, FollowTheEnvironment) {
  EXPECT_EQ(volume_object("jupyterhub_root", "dev_dummyauth"), "jupyterhub_root_dev_dummyauth");
  EXPECT_EQ(secret_object("jupyterhub-slurm", "ssh-client-key", "prod"), "jupyterhub-slurm-ssh-client-key-prod");
  EXPECT_EQ(pod_object("jupyterhub-slurm", "dev_realauth"), "jupyterhub-slurm-dev_realauth");
}

}  // namespace
}  // namespace model
