#include "envtool/kube/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/kube/scripted.h"

namespace kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kObject = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"}})";

std::vector<std::string> targets(Scripted& scripted) {
  std::vector<std::string> all;
  for (const test::HttpRequest& request : scripted.requests()) all.push_back(request.method + " " + request.target);
  return all;
}

TEST(Client, GetsAnObjectOfTheConnectionsNamespace) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, kObject);
  EXPECT_EQ(doc::text_at(scripted.client->get(kSettings, {}).value(), "metadata.name"), "settings");
  EXPECT_THAT(targets(scripted), ElementsAre("GET /api/v1/namespaces/default/configmaps/settings"));
}

TEST(Client, KeepsThePathOfTheServersUrl) {
  test::HttpServer server;
  test::RecordingProcesses processes;
  PausingClock clock;
  Connection connection;
  connection.server = server.url() + "/clusters/a";
  server.answers(200, R"({"major":"1","minor":"31+","gitVersion":"v1.31.2-x"})");
  const Version version = Client(connection, {}, processes, clock).version({});
  EXPECT_EQ(version.minor, 31);
  EXPECT_EQ(server.requests().front().target, "/clusters/a/version");
}

TEST(Client, AppliesStrictly) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, kObject, "Warning: 299 - \"it is old\"\r\nwarning: 299 - \"it is odd\"\r\n");
  const Answer answer = scripted.client->apply(config_map("settings"), {Force::yes, Rehearse::yes}, {});
  EXPECT_THAT(answer.warnings, ElementsAre("it is old", "it is odd"));
  EXPECT_THAT(
      targets(scripted),
      ElementsAre(
          "PATCH /api/v1/namespaces/default/configmaps/settings?fieldManager=envtool&force=true&fieldValidation=Strict&dryRun=All"));
  EXPECT_EQ(scripted.requests().front().header("Content-Type"), "application/apply-patch+yaml");
}

TEST(Client, WaitsAsLongAsABusyServerSays) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(429, status(429, "TooManyRequests", "busy"), "Retry-After: 7\r\n");
  scripted.server.answers(429, status(429, "TooManyRequests", "busy"), "Retry-After: 2\r\n");
  scripted.server.answers(200, kObject);
  EXPECT_TRUE(scripted.client->apply(config_map("settings"), {}, {}).ok());
  EXPECT_EQ(scripted.clock.paused(), std::chrono::seconds(9));
}

TEST(Client, CreatesAgainOnlyWhenTheServerDidNothing) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(429, status(429, "TooManyRequests", "busy"), "Retry-After: 1\r\n");
  scripted.server.breaks("HTTP/1.1 201 Cr");
  const Answer answer = scripted.client->create(config_map("settings"), {});
  ASSERT_TRUE(answer.refusal);
  EXPECT_EQ(answer.refusal->code, 0);
  EXPECT_EQ(scripted.requests().size(), 2U);
}

TEST(Client, AppliesAgainAfterABrokenConnection) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.breaks();
  scripted.server.breaks("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"apiVer");
  scripted.server.answers(200, kObject);
  EXPECT_TRUE(scripted.client->apply(config_map("settings"), {}, {}).ok());
  EXPECT_GE(scripted.requests().size(), 3U);
}

TEST(Client, MindsNoConnectionThatTheServerClosedMeanwhile) {
  Scripted scripted;
  scripted.knows_core_kinds();
  for (int i = 0; i < 3; ++i) {
    scripted.server.then([](const test::HttpRequest&, test::HttpConnection& connection) {
      connection.send(test::HttpServer::answer(200, kObject));
      connection.close();
    });
  }
  scripted.server.answers(201, kObject);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(scripted.client->get(kSettings, {}));
  EXPECT_TRUE(scripted.client->create(config_map("settings"), {}).ok());
}

TEST(Client, GoesThroughAProxy) {
  test::HttpServer proxy;
  test::RecordingProcesses processes;
  PausingClock clock;
  Connection connection;
  connection.server = "http://api.test:8001";
  connection.proxy_url = proxy.url();
  proxy.then([](const test::HttpRequest&, test::HttpConnection& http) { http.send("HTTP/1.1 200 OK\r\n\r\n"); });
  proxy.answers(200, R"({"gitVersion":"v1.36.0"})");
  EXPECT_EQ(Client(connection, {}, processes, clock).version({}).text, "v1.36.0");
  EXPECT_EQ(proxy.requests().at(0).target, "api.test:8001");
  EXPECT_EQ(proxy.requests().at(1).target, "/version");
}

TEST(Client, TriesAFailingServerSomeTimes) {
  Scripted scripted;
  scripted.knows_core_kinds();
  for (int i = 0; i < 10; ++i) scripted.server.answers(500, status(500, "InternalError", "etcd is away"));
  const Answer answer = scripted.client->apply(config_map("settings"), {}, {});
  EXPECT_EQ(answer.refusal->code, 500);
  EXPECT_EQ(answer.refusal->diagnostic.message, "cannot apply ConfigMap/settings in the namespace `default`: etcd is away");
  EXPECT_EQ(scripted.requests().size(), 5U);
}

TEST(Client, BlamesTheRequestForAFailureWithoutReason) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(500, status(500, "", "failed to create typed patch object: .dta: field not declared in schema"));
  EXPECT_EQ(scripted.client->apply(config_map("settings"), {}, {}).refusal->code, 500);
  EXPECT_EQ(scripted.requests().size(), 1U);
}

TEST(Client, GivesUpWhenItsPatienceIsOver) {
  Settings settings;
  settings.patience = std::chrono::seconds(10);
  Scripted scripted({}, settings);
  scripted.knows_core_kinds();
  for (int i = 0; i < 5; ++i) scripted.server.answers(503, "upstream is away", "Retry-After: 4\r\n");
  const Answer answer = scripted.client->apply(config_map("settings"), {}, {});
  EXPECT_THAT(answer.refusal->diagnostic.message, HasSubstr("answered with status 503: upstream is away"));
  EXPECT_EQ(scripted.requests().size(), 3U);
}

TEST(Client, HasPatienceWithEachRequestFromItsFirstTryOn) {
  Settings settings;
  settings.parallel = 1;
  Scripted scripted({}, settings);
  scripted.knows_core_kinds();
  for (int i = 0; i < 2; ++i) {
    scripted.server.then([&](const test::HttpRequest&, test::HttpConnection& connection) {
      scripted.clock.pause(std::chrono::seconds(50), {});
      connection.send(test::HttpServer::answer(200, kObject));
    });
  }
  scripted.server.answers(503, "busy", "Retry-After: 20\r\n");
  scripted.server.answers(200, kObject);
  for (const Answer& answer : scripted.client->apply_all({config_map("a"), config_map("b"), config_map("c")}, {}, {}))
    EXPECT_TRUE(answer.ok());
}

TEST(Client, DoesNotWaitForASlowServerForEver) {
  Settings settings;
  settings.timeout = std::chrono::milliseconds(50);
  settings.patience = std::chrono::milliseconds(120);
  Scripted scripted({}, settings);
  for (int i = 0; i < 2; ++i)
    scripted.server.then([](const test::HttpRequest&, test::HttpConnection& connection) { connection.wait_for_end(); });
  EXPECT_THAT(test::error_of([&] { scripted.client->version({}); }), HasSubstr("gave no answer"));
  EXPECT_EQ(scripted.server.requests().size(), 2U);
}

TEST(Client, SaysThatNobodyAnswers) {
  test::RecordingProcesses processes;
  PausingClock clock;
  Connection connection;
  connection.context = "dev";
  {
    const test::HttpServer gone;
    connection.server = gone.url();
  }
  const std::string error = test::error_of([&] { Client(connection, {}, processes, clock).version({}); });
  EXPECT_THAT(error,
              HasSubstr("cannot ask which version it is: the API server `" + connection.server + "` of the context `dev` gave no answer"));
  EXPECT_THAT(error, HasSubstr("hint: is the cluster up"));
}

TEST(Client, StopsOnRequest) {
  Scripted scripted;
  std::stop_source stop;
  scripted.server.then([&](const test::HttpRequest&, test::HttpConnection& connection) {
    stop.request_stop();
    connection.wait_for_end();
  });
  EXPECT_EQ(test::error_of([&] { scripted.client->version(stop.get_token()); }),
            "error: cannot ask which version it is: stopped on request\n");
}

TEST(Client, ExplainsAConflictByItsFields) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(
      409, status(409, "Conflict", "Apply failed",
                  R"({"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"helm\" using v1","field":".data.a"}]})"));
  const Answer answer = scripted.client->apply(config_map("settings"), {}, {});
  ASSERT_EQ(answer.refusal->conflicts().size(), 1U);
  EXPECT_EQ(answer.refusal->conflicts().front().manager, "helm");
  EXPECT_THAT(answer.refusal->diagnostic.notes, ElementsAre("`.data.a` belongs to the field manager `helm`"));
}

TEST(Client, AnswersSeveralInTheirOrder) {
  Settings settings;
  settings.parallel = 1;
  Scripted scripted({}, settings);
  scripted.knows_core_kinds();
  scripted.server.answers(200, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}})");
  scripted.server.answers(403, status(403, "Forbidden", "not you"));
  doc::Value unknown = config_map("x");
  unknown["kind"] = "Toy";
  const std::vector<Answer> answers = scripted.client->apply_all({config_map("a"), config_map("b"), config_map("..")}, {}, {});
  EXPECT_EQ(doc::text_at(answers[0].object, "metadata.name"), "a");
  EXPECT_EQ(answers[1].refusal->reason, "Forbidden");
  EXPECT_THAT(answers[2].refusal->diagnostic.message, HasSubstr("can't be the name"));
}

TEST(Client, MayBeUsedFromSeveralThreads) {
  Scripted scripted;
  scripted.knows_core_kinds();
  for (int i = 0; i < 40; ++i) scripted.server.answers(200, kObject);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) good += scripted.client->get(kSettings, {}) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
}

TEST(Client, TakesWhatIsGoneForRemoved) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.breaks();
  scripted.server.answers(404, status(404, "NotFound", "gone"));
  EXPECT_TRUE(scripted.client->remove(kSettings, {Propagation::foreground, "u", "7", 0, Rehearse::no}, {}).ok());
  EXPECT_EQ(
      scripted.requests().back().body,
      R"({"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Foreground","preconditions":{"uid":"u","resourceVersion":"7"},"gracePeriodSeconds":0})");
}

TEST(Client, StartsAListAgainWhenItExpired) {
  Scripted scripted({}, [] {
    Settings settings;
    settings.page = 1;
    return settings;
  }());
  scripted.knows_core_kinds();
  scripted.server.answers(200, R"({"metadata":{"resourceVersion":"5","continue":"next"},"items":[{"metadata":{"name":"a"}}]})");
  scripted.server.answers(410, status(410, "Expired", "too old"));
  scripted.server.answers(200, R"({"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"b"}}]})");
  const std::vector<doc::Value> all = scripted.client->list({"v1", "ConfigMap", "*"}, {});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(to_string(reference_of(all.front())), "ConfigMap/b");
  EXPECT_THAT(targets(scripted), ElementsAre("GET /api/v1/configmaps?limit=1", "GET /api/v1/configmaps?limit=1&continue=next",
                                             "GET /api/v1/configmaps?limit=1"));
}

TEST(Client, ListsSeveralKindsPageByPage) {
  Settings settings;
  settings.page = 1;
  settings.parallel = 1;
  Scripted scripted({}, settings);
  scripted.knows_core_kinds();
  scripted.knows_core_kinds();  // asked again for a kind that isn't there
  scripted.server.answers(200, R"({"metadata":{"resourceVersion":"5","continue":"next"},"items":[{"metadata":{"name":"a","managedFields":[{}]}}]})");
  scripted.server.answers(403, status(403, "Forbidden", "User cannot list"));
  scripted.server.answers(200, R"({"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"b"}}]})");
  const std::vector<Listing> listings = scripted.client->list_all({{"v1", "ConfigMap", "x"}, {"v1", "Pod", "x"}, {"v9", "Unknown", "x"}}, {});
  ASSERT_EQ(listings.size(), 3U);
  ASSERT_EQ(listings[0].objects.size(), 2U);
  EXPECT_EQ(doc::emit_json(listings[0].objects[0]), R"({"metadata":{"name":"a"},"apiVersion":"v1","kind":"ConfigMap"})");
  ASSERT_TRUE(listings[1].problem);
  EXPECT_THAT(listings[1].problem->what(), HasSubstr("cannot list pods in the namespace `x`: User cannot list"));
  EXPECT_TRUE(listings[2].objects.empty() && !listings[2].problem);
}

TEST(Client, AsksOlderServersGroupByGroup) {
  Scripted scripted;
  scripted.server.answers(200, R"({"kind":"APIVersions","versions":["v1"]})");
  scripted.server.answers(200, R"({"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1"}]}]})");
  scripted.server.answers(
      200,
      R"({"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","kind":"Pod","namespaced":true,"verbs":["get"]},{"name":"pods/log","kind":"Pod","namespaced":true}]})");
  scripted.server.answers(
      200,
      R"({"kind":"APIResourceList","groupVersion":"apps/v1","resources":[{"name":"deployments","kind":"Deployment","namespaced":true,"verbs":[]}]})");
  const std::optional<Resource> found = scripted.client->find_resource("apps/v1", "Deployment", {});
  EXPECT_EQ(found, (Resource{"apps/v1", "Deployment", "deployments", true, {}}));
  EXPECT_EQ(scripted.client->resources({}).size(), 2U);
}

TEST(Client, RemembersTheKindsOfAServer) {
  const test::TemporaryFolder folder;
  Settings settings;
  settings.cache = folder.path();
  Scripted scripted({}, settings);
  scripted.knows_core_kinds();
  EXPECT_TRUE(scripted.client->find_resource("v1", "Pod", {}));
  Client another(scripted.client->connection(), settings, scripted.processes, scripted.clock);
  EXPECT_TRUE(another.find_resource("v1", "Pod", {}));
  EXPECT_EQ(scripted.server.requests().size(), 2U);
  scripted.knows_core_kinds();
  EXPECT_FALSE(another.find_resource("v1", "Toy", {}));
  EXPECT_EQ(scripted.server.requests().size(), 4U) << "what is not there may be new";
}

TEST(Client, RotatesATokenThatWasRefused) {
  const test::TemporaryFolder folder;
  Connection connection;
  connection.token_file = folder.write("token", "old\n");
  Scripted scripted(connection);
  scripted.server.then([&](const test::HttpRequest&, test::HttpConnection& http) {
    folder.write("token", "new\n");
    http.send(test::HttpServer::answer(401, status(401, "Unauthorized", "Unauthorized")));
  });
  scripted.server.answers(200, R"({"gitVersion":"v1.36.0"})");
  EXPECT_EQ(scripted.client->version({}).text, "v1.36.0");
  EXPECT_EQ(scripted.server.requests()[0].header("Authorization"), "Bearer old");
  EXPECT_EQ(scripted.server.requests()[1].header("Authorization"), "Bearer new");
}

TEST(Client, AsksThePluginOnceMoreWhenItsTokenIsRefused) {
  Connection connection;
  connection.plugin = Plugin{"client.authentication.k8s.io/v1", "/bin/login", {}, {}, Plugin::Input::never, false, "", {}};
  Scripted scripted(connection);
  for (const char* token : {"first", "second"}) {
    scripted.processes.prints(R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":")" +
                              std::string(token) + "\"}}");
  }
  for (int i = 0; i < 3; ++i) scripted.server.answers(401, status(401, "Unauthorized", "Unauthorized"));
  const std::string error = test::error_of([&] { scripted.client->version({}); });
  EXPECT_THAT(error, HasSubstr("sign in again"));
  EXPECT_THAT(error, Not(HasSubstr("second")));
  EXPECT_EQ(scripted.server.requests().size(), 2U);
  EXPECT_EQ(scripted.server.requests()[1].header("Authorization"), "Bearer second");
}

TEST(Client, SendsNoHeaderOfSeveralLines) {
  Connection connection;
  connection.token = "SECRET\r\nImpersonate-User: admin";
  Scripted scripted(connection);
  EXPECT_EQ(test::error_of([&] { scripted.client->version({}); }), "error: the header `Authorization` would have several lines\n");
  EXPECT_TRUE(scripted.server.requests().empty());
}

TEST(Client, ActsAsOthers) {
  Connection connection;
  connection.impersonation = {"a", "17", {"g", "h i"}, {{"scopes/x", {"1"}}}};
  Scripted scripted(connection);
  scripted.server.answers(200, "{}");
  scripted.client->version({});
  const test::HttpRequest request = scripted.server.requests().front();
  EXPECT_EQ(request.header("Impersonate-User"), "a");
  EXPECT_EQ(request.header("Impersonate-Uid"), "17");
  EXPECT_THAT(request.head, HasSubstr("Impersonate-Group: g\r\nImpersonate-Group: h i\r\nImpersonate-Extra-scopes%2Fx: 1\r\n"));
}

TEST(Client, SaysWhatAProxyAnsweredInItsPlace) {
  Scripted scripted;
  scripted.server.answers(302, "<html>sign in</html>", "Location: /login\r\n");
  EXPECT_THAT(test::error_of([&] { scripted.client->version({}); }), HasSubstr("answered with status 302: <html>sign in</html>"));
  scripted.server.answers(200, "<html>");
  EXPECT_THAT(test::error_of([&] { scripted.client->version({}); }), HasSubstr("the answer can't be read"));
}

TEST(Client, ReadsALogInParts) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(503, "not yet");
  scripted.server.answers(200, "one\ntwo\n");
  std::string log;
  scripted.client->logs({"v1", "Pod", "", "p"}, {"main", true, false, 5, true, 1767323045}, [&](std::string_view bytes) { log += bytes; }, {});
  EXPECT_EQ(log, "one\ntwo\n");
  EXPECT_EQ(scripted.requests().back().target,
            "/api/v1/namespaces/default/pods/p/log?container=main&follow=true&tailLines=5&timestamps=true&sinceTime=2026-01-02T03%3A04%3A05Z");
}

}  // namespace
}  // namespace kube
