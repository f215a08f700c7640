#include "envtool/manifest/target.h"

#include <gmock/gmock.h>

#include "tests/support/errors.h"

namespace manifest {
namespace {

using test::error_of;

TEST(Version, IsReadOffTheFront) {
  EXPECT_EQ(parse_version("4.3.1"), (Version{4, 3, 1}));
  EXPECT_EQ(parse_version("4.3"), (Version{4, 3, 0}));
  EXPECT_EQ(parse_version("5"), (Version{5, 0, 0}));
  EXPECT_EQ(parse_version("5.4.2-rc1"), (Version{5, 4, 2}));
  EXPECT_EQ(parse_version("4.9.4+ds1"), (Version{4, 9, 4}));
  EXPECT_EQ(parse_version("4.3.1~dev"), (Version{4, 3, 1}));
  EXPECT_LT(parse_version("4.9"), parse_version("4.10"));
}

TEST(Version, OfAnythingElseIsAnError) {
  for (const char* text : {"", "v4.3", "4.", "4.x", "x", "4.3.1.2", "-1", "4.-3", "99999999999", " 4"}) {
    EXPECT_EQ(error_of([&] { parse_version(text); }), std::string("error: `") + text + "` is no version\n");
  }
}

TEST(Target, NamesPlatformAndVersion) {
  EXPECT_EQ(to_string(parse_target("podman@4.3")), "podman@4.3.0");
  EXPECT_EQ(error_of([] { parse_target("docker@1"); }),
            "error: unknown target `docker@1`\nhint: targets are written like `podman@4.3`, `podman@5.4.2` or `kubernetes@1.36`\n");
  EXPECT_EQ(error_of([] { parse_target("podman@"); }), "error: target `podman@` names no version of podman\nhint: targets are written like `podman@4.3`, `podman@5.4.2` or `kubernetes@1.36`\n");
  EXPECT_EQ(error_of([] { parse_target("podman@4.2.9"); }), "error: podman 4.2.9 is too old\nhint: envtool works with podman 4.3.0 and newer\n");
}

TEST(Target, MayBeKubernetes) {
  EXPECT_EQ(to_string(parse_target("kubernetes@1.36")), "kubernetes@1.36");
  EXPECT_EQ(parse_target("kubernetes").version, kNewestKubernetes);
  EXPECT_EQ(parse_target("kubernetes@1.31.4").platform, Platform::kubernetes);
  EXPECT_EQ(error_of([] { parse_target("kubernetes@1.24"); }),
            "error: Kubernetes 1.24.0 is too old\nhint: envtool works with Kubernetes 1.25.0 and newer\n");
}

struct FeatureCase {
  Feature feature;
  std::string_view without, with;
};

TEST(Features, CameWithAVersion) {
  const FeatureCase cases[] = {
      {Feature::sub_path, "4.3.1", "4.4"},       {Feature::secret_volumes, "4.3.1", "4.4"},  {Feature::secret_env, "4.3.1", "4.4"},
      {Feature::removes_secrets, "4.4.4", "4.5"}, {Feature::file_modes, "4.7.2", "4.8"},
      {Feature::config_map_documents, "4.5.1", "4.6"}, {Feature::claims_that_exist, "4.3.1", "4.4"},
  };
  for (const FeatureCase& c : cases) {
    EXPECT_FALSE(has({Platform::podman, parse_version(c.without)}, c.feature)) << c.without;
    EXPECT_TRUE(has({Platform::podman, parse_version(c.with)}, c.feature)) << c.with;
    EXPECT_TRUE(has({Platform::podman, {5, 4, 2}}, c.feature));
    EXPECT_TRUE(has({Platform::kubernetes, kOldestKubernetes}, c.feature));
  }
}

TEST(Features, AreOfPodmanOrOfKubernetes) {
  const Target podman{Platform::podman, {5, 4, 2}};
  const Target kubernetes{Platform::kubernetes, kNewestKubernetes};
  EXPECT_FALSE(has(podman, Feature::sub_path_expr));
  EXPECT_TRUE(has(kubernetes, Feature::sub_path_expr));
  for (const Feature feature : {Feature::core_v1, Feature::loose_names, Feature::number_variables}) {
    EXPECT_TRUE(has(podman, feature));
    EXPECT_FALSE(has(kubernetes, feature));
  }
}

TEST(Capabilities, AreOneLineForEachFeature) {
  const auto features = capabilities();
  for (std::size_t i = 0; i < features.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(features[i].feature), i) << features[i].name;
}

}  // namespace
}  // namespace manifest
