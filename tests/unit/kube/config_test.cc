#include "envtool/kube/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envtool/base/render.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Loaded {
  Connection connection;
  base::Diagnostics warnings;
};

Loaded load(const Choice& choice, const Surroundings& surroundings) {
  base::Sources sources;
  Loaded loaded;
  loaded.connection = load_connection(choice, surroundings, sources, loaded.warnings);
  return loaded;
}

Surroundings with_file(const test::TemporaryFolder& folder, std::string_view text) {
  Surroundings surroundings;
  surroundings.kubeconfig = folder.write("config", text);
  return surroundings;
}

constexpr std::string_view kConfig = R"(current-context: one
clusters:
- name: c
  cluster: { server: "http://localhost:8001/" }
users:
- name: u
  user: { token: SECRET }
contexts:
- name: one
  context: { cluster: c, user: u, namespace: mine }
- name: two
  context: { cluster: c, user: v }
)";

TEST(LoadConnection, SendsNoCredentialsOverHttp) {
  const test::TemporaryFolder folder;
  const Loaded loaded = load({}, with_file(folder, kConfig));
  EXPECT_EQ(loaded.connection.server, "http://localhost:8001");
  EXPECT_EQ(loaded.connection.kubernetes_namespace, "mine");
  EXPECT_EQ(loaded.connection.token, "");
  EXPECT_EQ(loaded.warnings.all().at(0).message, "credentials are not sent to `http://localhost:8001`, for it isn't HTTPS");
}

TEST(LoadConnection, PointsAtWhatIsMissing) {
  const test::TemporaryFolder folder;
  const Surroundings surroundings = with_file(folder, kConfig);
  EXPECT_EQ(test::error_of([&] {
              load({"", "two"}, surroundings);
            }),
            "error: the context `two` names the user `v`, which is in no kubeconfig\n  --> " + surroundings.kubeconfig +
                ":12:32\nhint: did you mean `u`?\n");
  EXPECT_THAT(test::error_of([&] {
                load({"", "tow"}, surroundings);
              }),
              HasSubstr("there is no context `tow` in `" + surroundings.kubeconfig + "`\nhint: did you mean `two`?"));
}

TEST(LoadConnection, PointsAtAFileThatIsNotThere) {
  const test::TemporaryFolder folder;
  const std::string error = test::error_of([&] {
    load({}, with_file(folder, R"({"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
      "clusters": [{"name": "c", "cluster": {"server": "https://x", "certificate-authority": "ca.crt"}}], "users": [{"name": "u"}]})"));
  });
  EXPECT_THAT(error, HasSubstr("there is no file `" + (folder / "ca.crt").string() + "`, which `certificate-authority` names"));
  EXPECT_THAT(error, HasSubstr("config:2:94"));
}

TEST(LoadConnection, QuotesNoLineOfAKubeconfig) {
  const test::TemporaryFolder folder;
  const std::string error =
      test::error_of([&] { load({}, with_file(folder, "users: [{name: u, user: {token: SECRET, token: SECRET}}]")); });
  EXPECT_THAT(error, HasSubstr("config:1:"));
  EXPECT_THAT(error, Not(HasSubstr("SECRET")));
}

TEST(LoadConnection, TakesTheFileThatIsNamed) {
  const test::TemporaryFolder folder;
  Surroundings surroundings = with_file(folder, kConfig);
  EXPECT_THAT(test::error_of([&] { load({folder / "missing", ""}, surroundings); }), HasSubstr("missing"));
  surroundings.kubeconfig = "";
  surroundings.home = folder.path();
  EXPECT_THAT(test::error_of([&] { load({}, surroundings); }),
              HasSubstr("there is no kubeconfig, or an empty one: `" + (folder / ".kube/config").string() + "`"));
  folder.write(".kube/config", kConfig);
  EXPECT_EQ(load({}, surroundings).connection.context, "one");
}

TEST(LoadConnection, UsesThePodsServiceAccount) {
  const test::TemporaryFolder folder;
  Surroundings surroundings;
  surroundings.service_host = "fd00::1";
  surroundings.service_port = "6443";
  surroundings.service_account = folder.path();
  EXPECT_THAT(test::error_of([&] { load({}, surroundings); }), HasSubstr("there is no kubeconfig"));
  folder.write("token", "t");
  folder.write("namespace", "of-the-pod\n");
  const Connection connection = load({}, surroundings).connection;
  EXPECT_EQ(connection.server, "https://[fd00::1]:6443");
  EXPECT_EQ(connection.kubernetes_namespace, "of-the-pod");
  EXPECT_EQ(connection.token_file, folder / "token");
  EXPECT_EQ(connection.authority.file, folder / "ca.crt");
}

TEST(LoadConnection, PrefersAKubeconfigToThePodsServiceAccount) {
  const test::TemporaryFolder folder;
  Surroundings surroundings = with_file(folder, kConfig);
  folder.write("token", "t");
  surroundings.service_host = "10.0.0.1";
  surroundings.service_port = "443";
  surroundings.service_account = folder.path();
  EXPECT_EQ(load({}, surroundings).connection.context, "one");
}

TEST(LoadConnection, WarnsOfCertificatesThatNobodyChecks) {
  const test::TemporaryFolder folder;
  const Loaded loaded =
      load({}, with_file(folder, R"({"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://x", "insecure-skip-tls-verify": true}}], "users": [{"name": "u", "user": {}}]})"));
  EXPECT_TRUE(loaded.connection.insecure);
  EXPECT_THAT(base::render(loaded.warnings.all()), HasSubstr("warning: nobody checks that `https://x` is the server it says it is"));
}

TEST(ListContexts, NamesThemAll) {
  const test::TemporaryFolder folder;
  base::Sources sources;
  const Contexts contexts = list_contexts({}, with_file(folder, kConfig), sources);
  EXPECT_EQ(contexts.current, "one");
  EXPECT_THAT(contexts.all, ElementsAre("one", "two"));
  EXPECT_THAT(list_contexts({}, {}, sources).all, IsEmpty());
}

}  // namespace
}  // namespace kube
