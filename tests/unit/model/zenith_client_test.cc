#include "envtool/model/zenith_client.h"

#include <gmock/gmock.h>

#include "envtool/base/render.h"
#include "envtool/doc/yaml.h"
#include "tests/support/environments.h"

namespace model {
namespace {

const std::string kGood = "serverAddress: zenith.test\nauthOidcIssuer: https://issuer.test/realms/a\nauthOidcClientId: hub\nauthOidcClientSecret: s\n";

std::string problems(const std::string& environment, const std::string& text) {
  base::Sources sources;
  base::Diagnostics found;
  check_zenith_client(test::Environment(environment).env, {{"oidcServer", "https://issuer.test/realms/a"}},
                      doc::read_yaml(sources.add("client.yaml", text, base::Excerpts::withheld)), found);
  return base::render(found.all());
}

TEST(ZenithClient, WhatFitsIsGood) {
  EXPECT_EQ(problems("prod", kGood), "");
  EXPECT_EQ(problems("prod", "server_address: zenith.test\nserverAlivePeriod: 5\nlogging: {}\n"), "") << "both ways of writing";
  EXPECT_EQ(problems("prod", "serverAddress: zenith.test\nauthOidcIssuer: https://issuer.test/realms/a/\n"), "");
}

struct Case {
  std::string text;
  std::string problem;
};

TEST(ZenithClient, WhatDoesNotFitIsNamed) {
  const Case kCases[] = {
      {"serverAdress: zenith.test\n" + kGood, "error: a Zenith client knows no `serverAdress`\n --> client.yaml:1:1\nhint: did you mean `server_address`?\n"},
      {"debug: false\n", "error: the Zenith client's configuration names no `serverAddress`\n --> client.yaml:1:1\n"},
      {"- a\n", "error: the Zenith client's configuration must hold a map\n --> client.yaml:1:1\n"},
      {"serverAddress: a.test\nauthOidcClientId: hub\n", "error: `authOidcClientId` needs a secret beside it, `authOidcClientSecret`\n --> client.yaml:2:1\n"},
      {"serverAddress: zenith.example\n", "error: `serverAddress` still holds a placeholder\n --> client.yaml:1:16\n"},
      {"serverAddress: a.test\nauthOidcIssuer: https://other.test\n",
       "warning: `authOidcIssuer` is https://other.test, but the hub takes tokens of https://issuer.test/realms/a only: `oidcServer`\n --> client.yaml:2:17\n"},
  };
  for (const Case& c : kCases) EXPECT_EQ(problems("prod", c.text), c.problem);
}

TEST(ZenithClient, PlaceholdersAreRefusedInProductionOnly) {
  const std::string text = "serverAddress: a.test\nauthOidcClientId: hub\nauthOidcClientSecret: only-for-development\n";
  EXPECT_THAT(problems("prod", text), testing::StartsWith("error: `authOidcClientSecret` still holds a placeholder"));
  EXPECT_THAT(problems("dev_realauth_zenithclient", text), testing::StartsWith("warning: `authOidcClientSecret` still holds a placeholder"));
  EXPECT_THAT(problems("prod", text), testing::Not(testing::HasSubstr("only-for-development")));
}

TEST(ZenithClient, BesideAStandInItLeadsToThat) {
  const auto problems = [](const std::string& text) {
    base::Sources sources;
    base::Diagnostics found;
    const auto read = [&](const std::string& config) { return doc::read_yaml(sources.add("client.yaml", config, base::Excerpts::withheld)); };
    check_zenith_standin(read(text), read("serverAddress: 127.0.0.1\nserverPort: 2222\n"), found);
    return base::render(found.all());
  };
  EXPECT_EQ(problems("server_address: 127.0.0.1\ndebug: false\n"), "");
  const std::string elsewhere = "error: the Zenith server is a stand-in, and the Zenith client's configuration leads elsewhere\n";
  const std::string hint = "hint: remove this file: `up` writes one that leads to the stand-in\n";
  EXPECT_EQ(problems(kGood), elsewhere + " --> client.yaml:1:16\n" + hint);
  EXPECT_EQ(problems("debug: true\n"), elsewhere + " --> client.yaml:1:1\n" + hint);
  EXPECT_EQ(problems("- a\n"), elsewhere + " --> client.yaml:1:1\n" + hint);
}

}  // namespace
}  // namespace model
