#include "envtool/model/deploy.h"

#include <gmock/gmock.h>

#include "envtool/base/render.h"
#include "envtool/base/strings.h"
#include "envtool/doc/yaml.h"
#include "tests/support/environments.h"

namespace model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct ValueCase {
  std::string_view type, value, problem;
};

constexpr std::string_view kUserForm = "not of the form USER.PROJECT (lowercase letters, digits, `_` and `-`)";

const ValueCase kValues[] = {
    {"text", "x", ""},
    {"text", "", "must be text on one line"},
    {"text", "a\nb", "must be text on one line"},
    {"log_level", "DEBUG", ""},
    {"log_level", "10", ""},
    {"log_level", "debug", "must be a level of Python's logging module, like DEBUG or INFO"},
    {"log_level", "", "must be a level of Python's logging module, like DEBUG or INFO"},
    {"log_level", "-1", "must be a level of Python's logging module, like DEBUG or INFO"},
    {"url_path", "/", "must name a path below `/`, like `/jupyter`: paths are put behind it"},
    {"http_url", "http://hub:port", "must have a number from 1 to 65535 as its port"},
    {"http_url", "http://hub:99999/", "must have a number from 1 to 65535 as its port"},
    {"http_url", "http://[::1]:8081", ""},
    {"http_url", "http://[::1]", ""},
    {"http_url", "http://a:b@hub", "must not hold a name or password"},
    {"url_path", "/jupyter", ""},
    {"url_path", "/a/b", ""},
    {"url_path", "jupyter", "must begin with `/`"},
    {"url_path", "", "must begin with `/`"},
    {"url_path", "/a/", "must not end with `/`"},
    {"url_path", "//a", "must be the path of a URL"},
    {"url_path", "/a b", "must be the path of a URL"},
    {"url_path", "/a?b", "must be a path without `?` and `#`"},
    {"host", "localhost", ""},
    {"host", "login1.isambard.ac.uk", ""},
    {"host", "::1", ""},
    {"host", "login:2222", ""},
    {"host", "[2001:db8::1]:2222", ""},
    {"host", "login:ssh", "must be a host name or an IP address, with `:PORT` if need be"},
    {"host", "[-oX]:22", "must be a host name or an IP address, with `:PORT` if need be"},
    {"host", "", "must be a host name or an IP address, with `:PORT` if need be"},
    {"host", "-oProxyCommand=x", "must be a host name or an IP address, with `:PORT` if need be"},
    {"host", "a b", "must be a host name or an IP address, with `:PORT` if need be"},
    {"host", "user@host", "must be a host name or an IP address, with `:PORT` if need be"},
    {"path", "/opt/jupyter/miniforge3", ""},
    {"path", "opt", "must be an absolute path"},
    {"path", "", "must be an absolute path"},
    {"path", "/opt/$(touch x)", "must be a path of letters, digits and `/._+-@`: it becomes part of commands"},
    {"path", "/a b", "must be a path of letters, digits and `/._+-@`: it becomes part of commands"},
    {"path", "/a;b", "must be a path of letters, digits and `/._+-@`: it becomes part of commands"},
    {"http_url", "http://127.0.0.1:8081", ""},
    {"http_url", "https://hub.site.ac.uk/x", ""},
    {"http_url", "hub:8081", "must be an absolute URL that begins with http:// or https://"},
    {"http_url", "http://", "must be an absolute URL that begins with http:// or https://"},
    {"http_url", "http:///x", "must be an absolute URL that begins with http:// or https://"},
    {"http_url", "http://:8081", "must be an absolute URL that begins with http:// or https://"},
    {"http_url", "ftp://x", "must be an absolute URL that begins with http:// or https://"},
    {"http_url", "http://a b", "must be an absolute URL that begins with http:// or https://"},
    {"issuer_url", "https://keycloak.site/realms/isambard", ""},
    {"issuer_url", "https://keycloak.site/", "must not end with `/`: it is compared with the tokens' iss claim letter by letter"},
    {"issuer_url", "keycloak", "must be an absolute URL that begins with http:// or https://"},
    {"password", "12345678", ""},
    {"password", "1234567", "must be at least 8 characters long"},
    {"password", "", "must be at least 8 characters long"},
    {"dev_users", "a.b", ""},
    {"dev_users", "testuser.project1 testuser.project2\totheruser.project1\n", ""},
    {"dev_users", "", "must name one user at least"},
    {"dev_users", "  ", "must name one user at least"},
    {"dev_users", "a.b a.b", "holds `a.b` twice"},
    {"dev_users", "abcdefghijklmnop.abcdefghijklmnopq", "holds `abcdefghijklmnop.abcdefghijklmnopq`, which is longer than 32 characters"},
};

TEST(DeployValue, IsCheckedByItsType) {
  for (const ValueCase& c : kValues) EXPECT_EQ(deploy_value_problem(c.type, c.value), c.problem) << c.type << " " << c.value;
}

TEST(DeployValue, UsersAreUserDotProject) {
  for (const char* word : {"user", "a.b.c", "-x.p", "*", "A.b", "a.B", "1a.b", ".p", "u.", "a b.", "u.p;id", "$(x).p", "a.-p", "r\xC3\xB6.p"}) {
    EXPECT_THAT(deploy_value_problem("dev_users", word), HasSubstr(kUserForm)) << word;
  }
}

TEST(DevUsers, AreUserAndProject) {
  std::vector<std::string> found;
  for (const DevUser& user : dev_users("b.p1 bad a.p2\n-x.y a.b.c")) found.push_back(user.user + " of " + user.project);
  EXPECT_THAT(found, ElementsAre("b of p1", "a of p2"));
}

class DeployConfig : public testing::Test {
 protected:
  /// What checking a ConfigMap of `env` says, as `place message` or `place warning: message`.
  std::vector<std::string> check(const Env& env, std::string text) {
    base::Diagnostics problems;
    check_deploy_config(env, doc::read_yaml(sources_.add("c.yaml", std::move(text))), problems);
    std::vector<std::string> found;
    for (const base::Diagnostic& problem : problems.all()) {
      const bool warning = problem.severity == base::Severity::warning;
      found.push_back(to_string(problem.span) + (warning ? " warning: " : " ") + problem.message);
    }
    return found;
  }
  static std::string fresh(const Env& env) {
    return new_deploy_config(env, [](std::uint32_t bytes) { return base::to_base64(std::string(bytes, 'x')); });
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }

  base::Sources sources_;
  const test::Environment dummy_{"dev_dummyauth"};
  const test::Environment prod_{"prod"};
};

TEST_F(DeployConfig, AFreshOnePassesItsOwnCheck) {
  EXPECT_THAT(check(dummy_.env, fresh(dummy_.env)), IsEmpty());
  EXPECT_THAT(deploy_keys_to_fill(dummy_.env), IsEmpty());
}

TEST_F(DeployConfig, KeysOfEveryEnvironment) {
  const std::vector<std::string> all{"logLevel",       "baseUrl",       "sshHostname", "slurmSpawnerWrappersBin",
                                     "condaPrefixDir", "jupyterDataDir", "hubConnectUrl", "oidcServer",
                                     "bricsPlatform",  "jwtAudience"};
  for (const std::string& name : test::kEnvironments) {
    std::vector<std::string> expected = all;
    if (name != "prod") expected.emplace_back("devUsers");
    if (name.find("dummyauth") != std::string::npos) expected.emplace_back("dummyAuthPassword");
    std::vector<std::string> keys;
    for (const DeployKey& key : test::Environment(name).env.deploy.keys) keys.push_back(key.name);
    EXPECT_THAT(keys, testing::UnorderedElementsAreArray(expected)) << name;
  }
}

TEST_F(DeployConfig, EveryMissingKeyIsNamedAtOnce) {
  const auto found = check(dummy_.env, "kind: ConfigMap\nmetadata: {name: deploy-config}\ndata: {}\napiVersion: v1\n");
  EXPECT_EQ(found.size(), dummy_.env.deploy.keys.size());
  for (const DeployKey& key : dummy_.env.deploy.keys) {
    EXPECT_THAT(found, testing::Contains("c.yaml:3:7 deploy key `" + key.name + "` is missing"));
  }
}

TEST_F(DeployConfig, NothingToSetNeedsNoData) {
  Env env = dummy_.env;
  env.deploy.keys.clear();
  EXPECT_THAT(fresh(env), testing::EndsWith("data: {}\n"));
  for (const char* data : {"data: {}\n", "data:\n", ""}) EXPECT_THAT(check(env, replaced(fresh(env), "data: {}\n", data)), IsEmpty()) << data;
}

TEST_F(DeployConfig, OtherDocumentsAreRefused) {
  EXPECT_THAT(check(dummy_.env, "kind: Secret\nmetadata: {name: x}\napiVersion: v2\ndaat: {}\nimmutable: 1\n"),
              ElementsAre("c.yaml:4:1 a ConfigMap has no field `daat`", "c.yaml:3:13 a ConfigMap needs its apiVersion",
                          "c.yaml:5:12 `immutable` must be a boolean, found an integer", "c.yaml:1:7 expected a document of kind `ConfigMap`",
                          "c.yaml:2:18 the ConfigMap must be called `deploy-config`: the pod looks it up under this name",
                          "c.yaml:1:1 the deploy ConfigMap has no map `data`"));
  EXPECT_THAT(check(dummy_.env, ""), ElementsAre(" expected a ConfigMap, found nothing"));
  EXPECT_THAT(check(dummy_.env, "[1]"), ElementsAre("c.yaml:1:1 expected a ConfigMap, found a list"));
}

TEST_F(DeployConfig, PodmansOwnApiVersionIsAWarning) {
  EXPECT_THAT(check(dummy_.env, replaced(fresh(dummy_.env), "apiVersion: v1", "apiVersion: core/v1")),
              ElementsAre("c.yaml:3:13 warning: Kubernetes refuses the apiVersion `core/v1`"));
}

TEST_F(DeployConfig, ValuesThatAreNoStrings) {
  EXPECT_THAT(check(dummy_.env, replaced(fresh(dummy_.env), "logLevel: DEBUG", "logLevel: 10")),
              ElementsAre(testing::EndsWith(" `logLevel` must be a string, found an integer")));
}

TEST_F(DeployConfig, UnknownKeysGetAHint) {
  base::Diagnostics problems;
  const std::string text = replaced(fresh(dummy_.env), "  logLevel: DEBUG", "  logLevel: DEBUG\n  baseURL: /x");
  check_deploy_config(dummy_.env, doc::read_yaml(sources_.add("c.yaml", text)), problems);
  ASSERT_THAT(problems.all(), testing::SizeIs(1));
  EXPECT_EQ(problems.all()[0].message, "environment `dev_dummyauth` has no deploy key `baseURL`");
  EXPECT_THAT(problems.all()[0].hints, ElementsAre("did you mean `baseUrl`?"));
}

TEST_F(DeployConfig, AChangedFixedValueIsAWarning) {
  EXPECT_THAT(check(dummy_.env, replaced(fresh(dummy_.env), "sshHostname: localhost", "sshHostname: elsewhere")),
              ElementsAre(testing::EndsWith("warning: `sshHostname` is `localhost` in this environment, found `elsewhere`")));
}

TEST_F(DeployConfig, SecretValuesAreNeverShown) {
  const std::string password = base::to_base64(std::string(36, 'x'));
  const auto found = check(dummy_.env, replaced(fresh(dummy_.env), password, "hunter2"));
  EXPECT_THAT(found, ElementsAre(testing::EndsWith("`dummyAuthPassword` must be at least 8 characters long")));
}

TEST_F(DeployConfig, PlaceholdersAreErrorsInProduction) {
  const std::string data =
      "kind: ConfigMap\nmetadata: {name: deploy-config}\ndata:\n  logLevel: INFO\n  baseUrl: /jupyter\n"
      "  sshHostname: ssh.example\n  slurmSpawnerWrappersBin: /path/to/wrappers\n  condaPrefixDir: /opt/conda\n"
      "  jupyterDataDir: /opt/data\n  hubConnectUrl: http://hub.example:8081\n"
      "  oidcServer: https://keycloak.example/realms/isambard\n  bricsPlatform: portal.dummy.platform.shared\n  jwtAudience: dummy-audience\napiVersion: v1\n";
  EXPECT_THAT(check(prod_.env, data), ElementsAre("c.yaml:6:16 `sshHostname` still holds a placeholder",
                                                  "c.yaml:7:28 `slurmSpawnerWrappersBin` still holds a placeholder",
                                                  "c.yaml:10:18 `hubConnectUrl` still holds a placeholder",
                                                  "c.yaml:11:15 `oidcServer` still holds a placeholder",
                                                  "c.yaml:12:18 `bricsPlatform` still holds a placeholder",
                                                  "c.yaml:13:16 `jwtAudience` still holds a placeholder"));
}

TEST_F(DeployConfig, ProductionHasKeysToFill) {
  EXPECT_THAT(deploy_keys_to_fill(prod_.env), ElementsAre("sshHostname", "slurmSpawnerWrappersBin", "condaPrefixDir",
                                                          "jupyterDataDir", "hubConnectUrl", "oidcServer", "bricsPlatform",
                                                          "jwtAudience"));
  EXPECT_FALSE(check(prod_.env, fresh(prod_.env)).empty());
}

}  // namespace
}  // namespace model
