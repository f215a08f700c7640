#include "envtool/plan/keys.h"

#include <gmock/gmock.h>

#include "tests/unit/plan/facts_fixture.h"

namespace plan {
namespace {

std::optional<Key> key_of(const std::optional<Identity>& identity) { return identity ? std::optional(identity->key) : std::nullopt; }

class Keys : public testing::Test {
 protected:
  BuildImage image(std::string name) const { return {*environment_.env.find_image(name), "base", {}}; }

  const test::Environment environment_{"dev_dummyauth"};
  const PlayPod pod_{"pod", ""};
  const Facts facts_ = settled_facts(environment_, fresh_facts(environment_.env));
};

TEST(MakeKey, IsHexOfFortyDigits) { EXPECT_THAT(make_key("x", doc::Value(1)), testing::MatchesRegex("[0-9a-f]+")); }

TEST(MakeKey, DoesNotDependOnTheOrderOfKeys) {
  EXPECT_EQ(make_key("x", doc::make_map({{"a", 1}, {"b", 2}})), make_key("x", doc::make_map({{"b", 2}, {"a", 1}})));
}

TEST(MakeKey, TellsKindsAndDataApart) {
  EXPECT_NE(make_key("x", doc::Value(1)), make_key("y", doc::Value(1)));
  EXPECT_NE(make_key("x", doc::Value(1)), make_key("x", doc::Value("1")));
  EXPECT_EQ(make_key("x", doc::Value(1)).size(), 40U);
}

TEST_F(Keys, OfAnImageCountEveryInput) {
  const BuildImage step = image("brics_slurm");
  const auto key = key_of(image_identity(step, facts_, "base key"));
  ASSERT_TRUE(key);
  const auto differs = [&](auto change) {
    BuildImage other = step;
    change(other, std::get<model::Build>(other.image.source));
    return key_of(image_identity(other, facts_, "base key")) != key;
  };
  EXPECT_TRUE(differs([](BuildImage&, model::Build& build) { build.target = "stage-prod"; }));
  EXPECT_TRUE(differs([](BuildImage&, model::Build& build) { build.containerfile = "Other"; }));
  EXPECT_TRUE(differs([](BuildImage&, model::Build& build) { build.arguments["X"] = "1"; }));
  EXPECT_TRUE(differs([](BuildImage&, model::Build& build) { build.base->argument = "OTHER_BASE"; }));
  EXPECT_NE(key_of(image_identity(step, facts_, "other key")), key);
  EXPECT_FALSE(differs([](BuildImage&, model::Build&) {}));
}

TEST_F(Keys, OfAnImageCountTheStandinsOfPackages) {
  const test::Environment prod("prod");
  BuildImage step{*prod.env.find_image("brics_jupyterhub"), "base", {{"BRICSAUTHENTICATOR_REQUIREMENT", Choice::real}}};
  Facts facts;
  facts.contexts["brics_jupyterhub"] = "context";
  const auto real = key_of(image_identity(step, facts, std::nullopt));
  step.packages["BRICSAUTHENTICATOR_REQUIREMENT"] = Choice::standin;
  const auto standin = key_of(image_identity(step, facts, std::nullopt));
  std::get<model::Build>(step.image.source).packages[0].requirement += "[extra]";
  EXPECT_NE(standin, real);
  EXPECT_NE(key_of(image_identity(step, facts, std::nullopt)), standin);
}

TEST_F(Keys, OfAVolumeFollowItsSeed) {
  const model::Volume& volume = environment_.env.volumes[0];
  Facts changed = facts_;
  changed.seeds[volume.name] = "changed";
  EXPECT_NE(key_of(volume_identity(volume, changed)), key_of(volume_identity(volume, facts_)));
  changed.seeds.clear();
  EXPECT_EQ(key_of(volume_identity(volume, changed)), std::nullopt);
}

TEST_F(Keys, OfAnImageKnowABaseByItsKeyElseByItsName) {
  const BuildImage step = image("brics_slurm");
  BuildImage renamed = step;
  renamed.base = "other";
  EXPECT_EQ(key_of(image_identity(renamed, facts_, "base key")), key_of(image_identity(step, facts_, "base key")));
  EXPECT_NE(key_of(image_identity(renamed, facts_, std::nullopt)), key_of(image_identity(step, facts_, std::nullopt)));
}

TEST_F(Keys, OfABootstrapFollowTheHost) {
  BootstrapImage step{"r", {"host", {"a", "b"}}};
  Facts trixie = facts_;
  trixie.host_release = "trixie";
  EXPECT_NE(key_of(bootstrap_identity(step, facts_)), key_of(bootstrap_identity(step, trixie)));
  EXPECT_EQ(key_of(bootstrap_identity({"other", step.bootstrap}, facts_)), key_of(bootstrap_identity(step, facts_)));
  EXPECT_NE(key_of(bootstrap_identity({"r", {"host", {"a"}}}, facts_)), key_of(bootstrap_identity(step, facts_)));
  EXPECT_EQ(key_of(bootstrap_identity({"r", {"sid", {}}}, facts_)), key_of(bootstrap_identity({"r", {"sid", {}}}, trixie)));
}

TEST_F(Keys, OfASecretCountOwnersAndModes) {
  const SeedSecret step{environment_.env.secrets[0], {}};
  const auto key = key_of(secret_identity(step, facts_));
  SeedSecret owned = step;
  owned.secret.owners["ssh_key"] = {"u", 1, "g", 1};
  SeedSecret moded = step;
  moded.modes.modes["ssh_key"] = 0400;
  EXPECT_NE(key_of(secret_identity(owned, facts_)), key);
  EXPECT_NE(key_of(secret_identity(moded, facts_)), key);
  Facts none = facts_;
  none.deploy_files.clear();
  EXPECT_EQ(key_of(secret_identity(step, none)), std::nullopt);
}

TEST_F(Keys, OfAManifestNeedEverySecret) {
  const std::vector<doc::Value>& step = environment_.objects;
  EXPECT_TRUE(key_of(manifest_identity(step, environment_.env, facts_)));
  Facts missing = facts_;
  missing.deploy_files.erase("munge-key");
  EXPECT_EQ(key_of(manifest_identity(step, environment_.env, missing)), std::nullopt);
}

TEST_F(Keys, OfAManifestFollowObjectsTargetAndSecrets) {
  const std::vector<doc::Value>& step = environment_.objects;
  const auto key = key_of(manifest_identity(step, environment_.env, facts_));
  std::vector<doc::Value> other = step;
  other[0]["metadata"]["labels"]["x"] = "y";
  Facts newer = facts_;
  newer.target = manifest::parse_target("podman@5.4");
  Facts rotated = facts_;
  rotated.deploy_files["munge-key"] = "changed";
  EXPECT_NE(key_of(manifest_identity(other, environment_.env, facts_)), key);
  EXPECT_NE(key_of(manifest_identity(step, environment_.env, newer)), key);
  EXPECT_NE(key_of(manifest_identity(step, environment_.env, rotated)), key);
}

TEST_F(Keys, OfAPodNeedEveryInput) {
  EXPECT_TRUE(key_of(pod_identity(pod_, "m", {Key("a"), Key("b")}, facts_)));
  Facts unconfigured = facts_;
  unconfigured.deploy_files.erase("deploy-config");
  EXPECT_EQ(key_of(pod_identity(pod_, "m", {Key("a")}, unconfigured)), std::nullopt);
  EXPECT_EQ(key_of(pod_identity(pod_, {}, {Key("a")}, facts_)), std::nullopt);
  EXPECT_EQ(key_of(pod_identity(pod_, "m", {Key("a"), std::nullopt}, facts_)), std::nullopt);
  EXPECT_NE(key_of(pod_identity(pod_, "m", {Key("a")}, facts_)), key_of(pod_identity(pod_, "m", {Key("b")}, facts_)));
  EXPECT_NE(key_of(pod_identity(pod_, "m", {Key("a")}, facts_)), key_of(pod_identity(pod_, "n", {Key("a")}, facts_)));
  EXPECT_NE(key_of(pod_identity(pod_, "m", {Key("a")}, facts_)), key_of(pod_identity({"pod", "network"}, "m", {Key("a")}, facts_)));
}

}  // namespace
}  // namespace plan
