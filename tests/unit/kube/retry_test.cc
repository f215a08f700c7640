#include "envtool/kube/retry.h"

#include <gtest/gtest.h>

namespace kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

http::Response response(int status, const std::string& retry_after = "") {
  http::Response response;
  response.status = status;
  if (!retry_after.empty()) response.headers.push_back({"Retry-After", retry_after});
  return response;
}

TEST(Retries, GrowThePauseUpToFiveSeconds) {
  Retries retries(Repeat::safe, seconds(60), {});
  for (const int pause : {100, 200, 400, 800, 1600, 3200, 5000, 5000})
    EXPECT_EQ(retries.next(response(503), Failure::none, true, {}), milliseconds(pause));
}

TEST(Retries, HonourOnlySeconds) {
  EXPECT_EQ(Retries(Repeat::unsafe, seconds(60), {}).next(response(429, "17"), Failure::none, true, {}), seconds(17));
  EXPECT_EQ(Retries(Repeat::unsafe, seconds(60), {}).next(response(429, "0"), Failure::none, true, {}), seconds(0));
  EXPECT_EQ(Retries(Repeat::unsafe, seconds(60), {}).next(response(429, "soon"), Failure::none, true, {}), milliseconds(100));
  EXPECT_EQ(Retries(Repeat::unsafe, seconds(60), {}).next(response(429, "61"), Failure::none, true, {}), std::nullopt);
}

struct Case {
  int status;
  Failure failure;
  bool safe;    ///< whether a request that may be repeated is sent again
  bool unsafe;  ///< and one that may not
};

TEST(Retries, RepeatOnlyWhatDoesNoHarm) {
  for (const Case& c :
       {Case{200, Failure::none, false, false}, Case{404, Failure::none, false, false}, Case{409, Failure::none, false, false},
        Case{429, Failure::none, true, true}, Case{500, Failure::none, true, false}, Case{502, Failure::none, true, false},
        Case{503, Failure::none, true, false}, Case{504, Failure::none, true, false}, Case{0, Failure::not_connected, true, true},
        Case{0, Failure::cut, true, false}, Case{0, Failure::distrust, false, false}, Case{0, Failure::stopped, false, false},
        Case{0, Failure::other, false, false}}) {
    EXPECT_EQ(Retries(Repeat::safe, seconds(60), {}).next(response(c.status), c.failure, true, {}).has_value(), c.safe)
        << c.status << " " << static_cast<int>(c.failure);
    EXPECT_EQ(Retries(Repeat::unsafe, seconds(60), {}).next(response(c.status), c.failure, true, {}).has_value(), c.unsafe)
        << c.status << " " << static_cast<int>(c.failure);
  }
}

TEST(Retries, DoNotWaitForAStranger) {
  Retries retries(Repeat::safe, seconds(60), {});
  EXPECT_TRUE(retries.next(response(0), Failure::not_connected, false, {}));
  EXPECT_TRUE(retries.next(response(0), Failure::not_connected, false, {}));
  EXPECT_FALSE(retries.next(response(0), Failure::not_connected, false, {}));
}

}  // namespace
}  // namespace kube
