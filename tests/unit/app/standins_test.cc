#include "envtool/app/standins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "envtool/app/environment.h"
#include "envtool/doc/yaml.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kIssuer = "http://127.0.0.1:8009";
constexpr const char* kClient = "ghcr.io/azimuth-cloud/zenith-client:0.16.1";

/// One of this project's environments; the working directory is the project.
struct Composed {
  Composed(const std::string& name, const Surroundings& surroundings, std::vector<std::string> assignments = {})
      : environment(load_environment({fs::current_path()}, {name, std::move(assignments), {}}, sources, surroundings)) {}

  const doc::List& pod_containers() const { return doc::at_path(environment.objects.back(), "spec.containers")->as_list(); }
  std::vector<std::string> containers() const {
    std::vector<std::string> names;
    for (const doc::Value& container : pod_containers()) names.push_back(container.find("name")->as_string());
    return names;
  }
  std::string image_of(const std::string& name) const {
    for (const doc::Value& container : pod_containers()) {
      if (*container.find("name") == doc::Value(name)) return container.find("image")->as_string();
    }
    return "";
  }
  std::vector<std::string> taken() const {
    std::vector<std::string> names;
    for (const model::Standin& standin : environment.env.standins) {
      if (standin.taken) names.push_back(standin.name);
    }
    return names;
  }

  base::Sources sources;
  Environment environment;
};

Surroundings with_issuer(const std::string& url) {
  Surroundings surroundings;
  surroundings.deploy["oidcServer"] = url;
  return surroundings;
}

Surroundings with_client(plan::Choice choice, StandinMode mode = StandinMode::auto_choice) {
  Surroundings surroundings;
  surroundings.mode = mode;
  surroundings.choices[kClient] = choice;
  return surroundings;
}

TEST(Standins, TheIssuerIsThereWhileNothingElseIsConfigured) {
  EXPECT_THAT(Composed("dev_realauth", {}).containers(), ElementsAre("jupyterhub", "slurm", "front"));
  EXPECT_THAT(Composed("dev_realauth", with_issuer(kIssuer)).containers(), ElementsAre("jupyterhub", "slurm", "front"));
}

TEST(Standins, TheIssuerIsLeftOutForARealOne) {
  const Composed composed("dev_realauth", with_issuer("https://keycloak.test/realms/a"));
  EXPECT_THAT(composed.containers(), ElementsAre("jupyterhub", "slurm"));
  EXPECT_EQ(composed.environment.env.find_port("public")->container, "jupyterhub");
  EXPECT_EQ(composed.environment.env.find_image("hubfront"), nullptr);
}

TEST(Standins, TheProxyTakesThePublishedPort) {
  const Composed composed("dev_realauth", {}, {"ports.public.host_port=8123", "images.hubfront.reference=localhost/mine:1"});
  EXPECT_EQ(composed.environment.env.find_port("public")->container, "front");
  EXPECT_EQ(composed.environment.env.find_port("public")->host_port, 8123);
  EXPECT_EQ(composed.image_of("front"), "localhost/mine:1") << "the command line goes over stand-ins";
}

TEST(Standins, TheServerOfTheTunnelComesWithTheIssuer) {
  const Composed composed("dev_realauth_zenithclient", {});
  EXPECT_THAT(composed.taken(), ElementsAre("issuer", "zenith_server"));
  EXPECT_EQ(composed.image_of("zenith-client"), kClient);
}

TEST(Standins, TheClientIsReplacedWhereItsImageCanNotBeHad) {
  const Composed composed("dev_realauth_zenithclient", with_client(plan::Choice::standin));
  EXPECT_EQ(composed.image_of("zenith-client"), "localhost/envtool/hubfront:latest");
  EXPECT_EQ(Composed("dev_realauth_zenithclient", with_client(plan::Choice::real)).image_of("zenith-client"), kClient);
  EXPECT_EQ(Composed("dev_realauth_zenithclient", with_client(plan::Choice::standin, StandinMode::never)).image_of("zenith-client"), kClient);
}

TEST(Standins, ProductionTakesNoneThatTheCommandLineDoesNotAskFor) {
  Surroundings surroundings = with_issuer(kIssuer);
  surroundings.choices[kClient] = plan::Choice::standin;
  EXPECT_THAT(Composed("prod", surroundings).taken(), IsEmpty());
  EXPECT_THAT(Composed("prod", surroundings).containers(), ElementsAre("jupyterhub", "zenith-client"));
  surroundings.mode = StandinMode::always;
  EXPECT_THAT(Composed("prod", surroundings).taken(), ElementsAre("issuer", "zenith_server", "zenith_client"));
  EXPECT_THAT(Composed("prod", surroundings).containers(), ElementsAre("jupyterhub", "zenith-client", "front"));
}

TEST(Standins, MockedSignInHasNone) {
  EXPECT_THAT(Composed("dev_dummyauth", with_issuer(kIssuer)).containers(), ElementsAre("jupyterhub", "slurm"));
}

TEST(Standins, ANewClientKeyIsMadeOnlyForTheServerThatIsHere) {
  const auto generated = [](const Composed& composed) {
    for (const model::Secret& secret : composed.environment.env.secrets) {
      if (secret.name == "ssh-zenith-client-key") return std::get<model::KeyPairSecret>(secret.source).generate;
    }
    return false;
  };
  EXPECT_TRUE(generated(Composed("dev_realauth_zenithclient", {})));
  EXPECT_FALSE(generated(Composed("dev_realauth_zenithclient", with_issuer("https://keycloak.test/realms/a"))));
}

}  // namespace
}  // namespace app
