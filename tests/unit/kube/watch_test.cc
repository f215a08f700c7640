#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"
#include "tests/unit/kube/scripted.h"

namespace kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Collection kMaps{"v1", "ConfigMap", "x"};

std::string object(const std::string& name, const std::string& uid, int version) {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + name + R"(","namespace":"x","uid":")" + uid +
         R"(","resourceVersion":")" + std::to_string(version) + "\"}}";
}

std::string list(const std::string& items, int version) {
  return R"({"metadata":{"resourceVersion":")" + std::to_string(version) + R"("},"items":[)" + items + "]}";
}

std::string event(const std::string& type, const std::string& what) { return R"({"type":")" + type + R"(","object":)" + what + "}\n"; }

/// Watches until so many events came: `added a`.
std::vector<std::string> watch(Scripted& scripted, std::size_t count) {
  std::vector<std::string> told;
  scripted.client->watch(kMaps,
                         [&](const Event& e) {
                           constexpr std::array<const char*, 3> kNames{"added ", "modified ", "removed "};
                           told.push_back(kNames.at(static_cast<std::size_t>(e.change)) + doc::text_at(e.object, "metadata.name"));
                           return told.size() == count ? Go::stop : Go::on;
                         },
                         {});
  return told;
}

TEST(Watch, TellsWhatIsThereAndThenWhatChanges) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list(object("a", "1", 3), 7));
  scripted.server.answers(
      200, event("MODIFIED", object("a", "1", 8)) + event("ADDED", object("b", "2", 9)) + event("DELETED", object("a", "1", 10)));
  EXPECT_THAT(watch(scripted, 4), ElementsAre("added a", "modified a", "added b", "removed a"));
  EXPECT_EQ(scripted.requests()[1].target,
            "/api/v1/namespaces/x/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=290");
}

TEST(Watch, GoesOnFromTheLastBookmark) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list("", 7));
  scripted.server.answers(200, event("BOOKMARK", R"({"metadata":{"resourceVersion":"55"}})"));
  scripted.server.answers(200, event("ADDED", object("a", "1", 56)));
  EXPECT_THAT(watch(scripted, 1), ElementsAre("added a"));
  EXPECT_THAT(scripted.requests()[2].target, HasSubstr("resourceVersion=55"));
}

TEST(Watch, TellsAnEventThatWasCutInTheMiddleWhenItComesAgain) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list("", 7));
  scripted.server.breaks("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + event("ADDED", object("a", "1", 8)) +
                         R"({"type":"ADDED","obj)");
  scripted.server.answers(200, event("ADDED", object("b", "2", 9)));
  EXPECT_THAT(watch(scripted, 2), ElementsAre("added a", "added b"));
  EXPECT_THAT(scripted.requests()[2].target, HasSubstr("resourceVersion=8"));
}

TEST(Watch, GoesOnAfterALongSilence) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list("", 7));
  scripted.server.then([&](const test::HttpRequest&, test::HttpConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
    scripted.clock.pause(std::chrono::hours(1), {});
    connection.close();
  });
  scripted.server.answers(200, event("ADDED", object("a", "1", 8)));
  EXPECT_THAT(watch(scripted, 1), ElementsAre("added a"));
}

TEST(Watch, ListsAgainWhenItsPastIsGone) {
  for (const bool in_stream : {true, false}) {
    Scripted scripted;
    scripted.knows_core_kinds();
    scripted.server.answers(
        200,
        list(object("stays", "1", 3) + "," + object("changes", "2", 3) + "," + object("again", "3", 3) + "," + object("goes", "4", 3), 7));
    in_stream ? scripted.server.answers(200, event("ERROR", status(410, "Expired", "too old resource version")))
              : scripted.server.answers(410, status(410, "Gone", "too old"));
    scripted.server.answers(200, list(object("stays", "1", 3) + "," + object("changes", "2", 20) + "," + object("again", "33", 21) + "," +
                                          object("new", "5", 22),
                                      30));
    EXPECT_THAT(watch(scripted, 9), ElementsAre("added stays", "added changes", "added again", "added goes", "modified changes",
                                                "removed again", "added again", "added new", "removed goes"));
  }
}

TEST(Watch, KnowsWhatWentWhileItsListExpired) {
  Settings settings;
  settings.page = 1;
  Scripted scripted({}, settings);
  scripted.knows_core_kinds();
  scripted.server.answers(200, R"({"metadata":{"resourceVersion":"5","continue":"next"},"items":[)" + object("goes", "1", 3) + "]}");
  scripted.server.answers(410, status(410, "Expired", "too old"));
  scripted.server.answers(200, list(object("new", "2", 8), 9));
  EXPECT_THAT(watch(scripted, 3), ElementsAre("added goes", "added new", "removed goes"));
}

TEST(Watch, DoesNotHurryWhenItEndsAtOnce) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list("", 7));
  for (int i = 0; i < 3; ++i) scripted.server.answers(200, "");
  scripted.server.answers(200, event("ADDED", object("a", "1", 8)));
  EXPECT_THAT(watch(scripted, 1), ElementsAre("added a"));
  EXPECT_EQ(scripted.clock.paused(), std::chrono::seconds(3));
}

TEST(Watch, SaysWhyItIsRefused) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list("", 7));
  scripted.server.answers(403, status(403, "Forbidden", "User cannot watch"));
  EXPECT_THAT(test::error_of([&] { watch(scripted, 1); }), HasSubstr("cannot watch configmaps in the namespace `x`: User cannot watch"));
}

TEST(Watch, PassesOnWhatItsReceiverThrows) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list("", 7));
  scripted.server.answers(200, event("ADDED", object("a", "1", 8)));
  EXPECT_THAT(test::error_of([&] { scripted.client->watch(kMaps, [](const Event&) -> Go { throw base::Error("enough"); }, {}); }),
              HasSubstr("enough"));
}

TEST(WaitGone, SeesThatNothingIsThere) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list("", 7));
  EXPECT_EQ(scripted.client->wait_gone({"v1", "ConfigMap", "x", "a"}, "", std::chrono::seconds(5), {}), Waited::done);
  EXPECT_THAT(scripted.requests()[0].target, HasSubstr("fieldSelector=metadata.name%3Da"));
}

TEST(WaitGone, DoesNotWaitForAnotherOfThatName) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(200, list(object("a", "old", 3), 7));
  scripted.server.answers(200, event("DELETED", object("a", "old", 8)) + event("ADDED", object("a", "new", 9)));
  EXPECT_EQ(scripted.client->wait_gone({"v1", "ConfigMap", "x", "a"}, "old", std::chrono::seconds(5), {}), Waited::done);
}

}  // namespace
}  // namespace kube
