#include "envtool/http/cookies.h"

#include <gtest/gtest.h>

namespace http {
namespace {

Response sets(const std::vector<std::string>& cookies) {
  Response response;
  for (const std::string& cookie : cookies) response.headers.push_back({"Set-Cookie", cookie});
  return response;
}

TEST(AddCookies, KeepsOneHeaderInWhicheverCaseItIsWritten) {
  std::vector<Header> headers{{"cookie", "session=1"}, {"Accept", "text/html"}};
  add_cookies(headers, "_xsrf=2");
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers.front().value, "session=1; _xsrf=2");
}

TEST(AddCookies, AddsTheHeaderWhereThereIsNone) {
  std::vector<Header> headers;
  add_cookies(headers, "");
  EXPECT_TRUE(headers.empty());
  add_cookies(headers, "a=1");
  EXPECT_EQ(headers.at(0).value, "a=1");
}

TEST(CookieJar, SendsCookiesBelowTheirPath) {
  CookieJar jar;
  jar.take(sets({"hub=1; HttpOnly; Path=/jupyter/hub/", "all=2; Path=/"}), "/jupyter/hub/login");
  EXPECT_EQ(jar.header_for("/jupyter/hub/home"), "hub=1; all=2");
  EXPECT_EQ(jar.header_for("/jupyter/hub"), "all=2");
  EXPECT_EQ(jar.header_for("/jupyter/user/a/"), "all=2");
}

TEST(CookieJar, PrefersTheLongestPath) {
  CookieJar jar;
  jar.take(sets({"_xsrf=of-the-host; Path=/", "_xsrf=of-the-hub; Path=/hub/"}), "/hub/");
  EXPECT_EQ(jar.value("_xsrf", "/hub/spawn"), "of-the-hub");
  EXPECT_EQ(jar.value("_xsrf", "/user/a/"), "of-the-host");
  EXPECT_EQ(jar.value("other", "/hub/"), "");
}

TEST(CookieJar, TakesThePathOfTheRequestWhereNoneIsSaid) {
  CookieJar jar;
  jar.take(sets({"a=1"}), "/hub/login");
  EXPECT_EQ(jar.header_for("/hub/home"), "a=1");
  EXPECT_EQ(jar.header_for("/hubs"), "");
  EXPECT_EQ(jar.header_for("/"), "");
}

TEST(CookieJar, ReplacesAndForgets) {
  CookieJar jar;
  jar.take(sets({"a=1; Path=/", "b=2; Path=/", "c=3; Path=/"}), "/");
  jar.take(sets({"a=9=9; Path=/", "b=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/", "c=3; Path=/; Max-Age=0"}), "/");
  EXPECT_EQ(jar.header_for("/"), "a=9=9");
}

}  // namespace
}  // namespace http
