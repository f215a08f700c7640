#include "envtool/spawn/config.h"

#include <gmock/gmock.h>

#include "envtool/spawn/form.h"
#include "envtool/spawn/profile.h"
#include "tests/support/errors.h"
#include "tests/unit/spawn/configuration.h"

namespace spawn {
namespace {

using testing::HasSubstr;
using testing::Not;

Config good(const std::string& yaml) {
  base::Sources sources;
  return configuration(yaml, sources);
}

std::string error_of(const std::string& yaml) {
  return test::error_of([&] { good(yaml); });
}

constexpr const char* kProfiles =
    "mem_limit: 1G\n"
    "environment: {A: a, B: b}\n"
    "profile_list:\n"
    "- display_name: GKE\n"
    "- {display_name: <b>Big</b>, slug: big, default: true, description: 'a & b',\n"
    "   spawner_override: {mem_limit: null, environment: {C: c}, image: big:1}}\n";

TEST(ConfigTest, AnEmptyFileHasTheSpawnersDefaults) {
  const Config config = good("");
  EXPECT_EQ(config.settings.image, "pangeo/pangeo-notebook:latest");
  EXPECT_EQ(config.settings.port, 8888U);
  EXPECT_EQ(config.settings.ingress_class, "contour");
  EXPECT_EQ(config.settings.start_timeout, 300U);
  EXPECT_TRUE(config.settings.create_namespace);
}

TEST(ConfigTest, AmountsAreJupyterHubsOwn) {
  EXPECT_EQ(good("mem_limit: 1G").settings.mem_limit, 1073741824);
  EXPECT_EQ(good("mem_limit: 1.5K").settings.mem_limit, 1536);
  EXPECT_EQ(good("mem_limit: 1000").settings.mem_limit, 1000);
  EXPECT_EQ(good("mem_limit: 0").settings.mem_limit, std::nullopt);
  EXPECT_EQ(good("cpu_limit: 2").settings.cpu_limit, 2.0);
  for (const char* wrong : {"512Mi", "'12'", "G", "-1G", "-5", "infG", "nanG", "1e300T", "1.5", "true"}) {
    EXPECT_THAT(error_of(std::string("mem_limit: ") + wrong), HasSubstr("must be a number of bytes")) << wrong;
  }
  for (const char* wrong : {"500m", "-1", ".inf", ".nan", "[1]"}) {
    EXPECT_THAT(error_of(std::string("cpu_limit: ") + wrong), HasSubstr("must be a number of cores")) << wrong;
  }
  EXPECT_THAT(error_of("kubernetes_context: \"a\\nb\""), HasSubstr("must be one line"));
  EXPECT_THAT(error_of("mem_limit: 1G\nmem_guarantee: 2G"), HasSubstr("hub.yaml:2:16"));
}

TEST(ConfigTest, ProfilesReplaceSettingsAsAWhole) {
  const Config config = good(kProfiles);
  EXPECT_EQ(config.profiles[0].slug, "-47-4b-45");
  EXPECT_EQ(config.profiles[0].settings.mem_limit, 1073741824);
  EXPECT_EQ(config.profiles[1].settings.mem_limit, std::nullopt);
  EXPECT_EQ(config.profiles[1].settings.image, "big:1");
  EXPECT_THAT(config.profiles[1].settings.environment.keys(), testing::ElementsAre("C"));
}

TEST(ConfigTest, ProfilesAreFoundBySlug) {
  const Config config = good(kProfiles);
  EXPECT_EQ(find_profile(config, std::nullopt)->slug, "big");
  EXPECT_EQ(find_profile(config, "")->slug, "big");
  EXPECT_EQ(find_profile(config, "-47-4b-45")->display_name, "GKE");
  EXPECT_EQ(find_profile(good("profile_list: [{display_name: x}, {display_name: y}]"), std::nullopt)->slug, "x");
  EXPECT_EQ(find_profile(good(""), "x"), nullptr);
  EXPECT_THAT(test::error_of([&] { find_profile(config, "bih"); }), HasSubstr("no such profile: bih. Options include: -47-4b-45, big"));
}

TEST(ConfigTest, EveryProblemIsReportedWithItsPlace) {
  const std::string error = error_of(
      "ip: 127.0.0.1\n"
      "port: 0\n"
      "imgae: x\n"
      "image: ''\n"
      "environment: {A: 1.10, 'B=C': x}\n"
      "patches: [x]\n"
      "resources: {10-x: {kind: Role}}\n"
      "hub: {base_url: hub}\n"
      "profile_list:\n"
      "- {slug: a, default: true, spawner_override: {key_template: x, paches: {}}}\n"
      "- {display_name: b, slug: a, default: true}\n");
  for (const char* part : {"`ip` can't be set", "hub.yaml:1:5", "`port`", "did you mean `image`?", "`image` in the spawner's configuration is empty",
                           "`environment.A`", "put it in quotes", "`B=C` can't be the name", "must be a map of templates", "hub.yaml:6:10",
                           "`resources.10-x`", "must begin and end with `/`", "`display_name` is missing", "names are made before",
                           "did you mean `patches`?", "two profiles have the slug `a`", "two profiles are the default"}) {
    EXPECT_THAT(error, HasSubstr(part));
  }
}

TEST(FormTest, OffersProfilesWithoutLettingTheirTextBeHtml) {
  base::Sources sources;
  const std::string form = render_form(configuration(kProfiles, sources), sources);
  EXPECT_THAT(form, HasSubstr("name=\"profile\" id=\"profile-item-big\" value=\"big\" checked>"));
  EXPECT_THAT(form, HasSubstr("value=\"-47-4b-45\">"));
  EXPECT_THAT(form, HasSubstr("&lt;b&gt;Big&lt;/b&gt;"));
  EXPECT_THAT(form, HasSubstr("a &amp; b"));
  EXPECT_THAT(form, Not(HasSubstr("<b>")));
  EXPECT_EQ(render_form(configuration("", sources), sources), "");
}

}  // namespace
}  // namespace spawn
