#include "envtool/kube/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envtool/doc/json.h"
#include "tests/support/errors.h"
#include "tests/support/recording_processes.h"
#include "tests/support/temporary_folder.h"

namespace kube {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kApi = "client.authentication.k8s.io/v1";

Connection with_plugin() {
  Connection connection;
  connection.user = "me";
  connection.server = "https://server.test";
  connection.plugin = Plugin{kApi, "/opt/login", {"--now"}, {{"PATH", "/opt"}}, Plugin::Input::if_available, false, "", {}};
  return connection;
}

std::string printed(const std::string& status, const std::string& api = kApi) {
  return R"({"apiVersion":")" + api + R"(","kind":"ExecCredential","status":)" + status + "}";
}

class CredentialsTest : public ::testing::Test {
 protected:
  Credentials make(const Connection& connection) { return {connection, processes_, std::chrono::seconds(3)}; }
  std::string error_with(const Connection& connection) {
    return test::error_of([&] { make(connection).current({}); });
  }
  std::string error_after(std::string output) {
    processes_.prints(std::move(output));
    return error_with(with_plugin());
  }

  test::RecordingProcesses processes_;
};

TEST_F(CredentialsTest, SendsTokensAndPasswords) {
  Connection connection;
  EXPECT_EQ(make(connection).current({}).authorization, "");
  connection.basic_user = "me";
  connection.basic_password = "it's me";
  EXPECT_EQ(make(connection).current({}).authorization, "Basic bWU6aXQncyBtZQ==");
  connection.token = "t";
  EXPECT_EQ(make(connection).current({}).authorization, "Bearer t");
}

TEST_F(CredentialsTest, ReadsATokensFileAgain) {
  const test::TemporaryFolder folder;
  Connection connection;
  connection.token_file = folder / "token";
  EXPECT_THAT(error_with(connection), HasSubstr("token"));
  folder.write("token", " one\n");
  Credentials credentials = make(connection);
  EXPECT_EQ(credentials.current({}).authorization, "Bearer one");
  folder.write("token", "two");
  EXPECT_EQ(credentials.current({}).authorization, "Bearer two");
  std::filesystem::remove(folder / "token");
  EXPECT_EQ(credentials.current({}).authorization, "Bearer two") << "whoever rotates it is not done yet";
}

TEST_F(CredentialsTest, AsksAPluginOnceUntilItsAnswerExpires) {
  processes_.prints(printed(R"({"token":"old","expirationTimestamp":"2020-01-01T00:00:00Z"})"));
  processes_.prints(printed(R"({"token":"new","expirationTimestamp":"9999-12-31T00:00:00+01:00"})"));
  Credentials credentials = make(with_plugin());
  EXPECT_EQ(credentials.current({}).authorization, "Bearer old");
  EXPECT_EQ(credentials.current({}).authorization, "Bearer new");
  EXPECT_EQ(credentials.current({}).authorization, "Bearer new");
  EXPECT_EQ(processes_.calls().size(), 2U);
}

TEST_F(CredentialsTest, AsksAPluginAgainForARefusedProofOnlyOnce) {
  for (const char* token : {"a", "b", "c"}) processes_.prints(printed(R"({"token":")" + std::string(token) + "\"}"));
  Credentials credentials = make(with_plugin());
  const Proof refused = credentials.current({});
  EXPECT_TRUE(credentials.renew(refused, {}));
  EXPECT_TRUE(credentials.renew(refused, {})) << "another request was refused with the same one";
  EXPECT_EQ(credentials.current({}).authorization, "Bearer b");
  EXPECT_EQ(processes_.calls().size(), 2U);
}

TEST_F(CredentialsTest, TellsAPluginWhatItMayKnow) {
  Connection connection = with_plugin();
  connection.plugin->wants_cluster = true;
  connection.plugin->cluster_config = doc::make_map({{"audience", "x"}});
  connection.authority.text = "PEM";
  processes_.prints(printed(R"({"token":"t"})"));
  make(connection).current({});
  const std::vector<std::string> environment = processes_.calls().front().command.environment.value();
  EXPECT_THAT(environment, Contains("PATH=/opt"));
  EXPECT_THAT(
      environment,
      Contains(
          R"(KUBERNETES_EXEC_INFO={"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false,)"
          R"("cluster":{"server":"https://server.test","certificate-authority-data":"UEVN","config":{"audience":"x"}}}})"));
  EXPECT_EQ(std::count_if(environment.begin(), environment.end(), [](const std::string& entry) { return entry.starts_with("PATH="); }), 1);
}

TEST_F(CredentialsTest, TakesCertificatesFromAPlugin) {
  processes_.prints(printed(R"({"clientCertificateData":"CERT","clientKeyData":"KEY"})"));
  const Proof proof = make(with_plugin()).current({});
  EXPECT_EQ(proof.certificate.text + proof.key.text, "CERTKEY");
  EXPECT_THAT(error_after(printed(R"({"clientCertificateData":"CERT"})")), HasSubstr("expected both a certificate and its key"));
}

TEST_F(CredentialsTest, NeverShowsWhatAPluginPrints) {
  for (const std::string& output :
       {std::string("SECRET"), printed("\"SECRET\""), printed(R"({"token":"SECRET","expirationTimestamp":"SECRET"})"), printed("{}"),
        printed(R"({"token":"SECRET"})", "v7")}) {
    const std::string error = error_after(output);
    EXPECT_THAT(error, StartsWith("error: the credential plugin `/opt/login` of the user `me` printed no usable credentials: ")) << output;
    EXPECT_THAT(error, Not(HasSubstr("SECRET")));
  }
}

TEST_F(CredentialsTest, ShowsWhatAPluginComplainsAboutWithoutTokens) {
  processes_.fails(1, "sign in at https://login.test first\ngot eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhbGljZSJ9AAAAAAAAA\n");
  const std::string error = error_with(with_plugin());
  EXPECT_THAT(error, HasSubstr("`/opt/login` of the user `me` failed with exit code 1"));
  EXPECT_THAT(error, HasSubstr("note: it says: sign in at https://login.test first"));
  EXPECT_THAT(error, HasSubstr("note: it says: got <withheld>.<withheld>"));
}

TEST_F(CredentialsTest, DoesNotWaitForAPluginForEver) {
  processes_.answer({143, "", "", true, false});
  EXPECT_THAT(error_with(with_plugin()), HasSubstr("`/opt/login` of the user `me` gave no answer in 3 s"));
}

TEST_F(CredentialsTest, SaysHowToGetAPlugin) {
  Connection connection = with_plugin();
  connection.plugin->command = "envtool-no-such-plugin";
  connection.plugin->install_hint = "run this";
  EXPECT_THAT(error_with(connection), HasSubstr("`envtool-no-such-plugin` of the user `me` is not installed\nhint: run this"));
  connection.plugin->input = Plugin::Input::always;
  EXPECT_THAT(error_with(connection), HasSubstr("wants to ask at the terminal"));
}

TEST(ParseTime, ReadsRfc3339) {
  const std::chrono::sys_seconds time(std::chrono::seconds(1'800'000'000));
  EXPECT_EQ(parse_time("2027-01-15T08:00:00Z"), time);
  EXPECT_EQ(parse_time("2027-01-15T08:00:00.123456789Z"), time);
  EXPECT_EQ(parse_time("2027-01-15T09:30:00+01:30"), time);
  EXPECT_EQ(parse_time("2027-01-15T06:00:00.5-02:00"), time);
  for (const char* text :
       {"", "tomorrow", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00:00.", "2027-01-15T08:00:00+", "2027-01-15T08:00:00Zx"})
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace kube
