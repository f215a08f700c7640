#include "envtool/model/published.h"

#include <gmock/gmock.h>

#include "tests/support/environments.h"

namespace model {
namespace {

Env external(const std::string& published_ip, std::uint16_t published_port) {
  Env env = test::Environment("dev_dummyauth_extslurm").env;
  if (published_port > 0) env.ports.push_back({"hub", "jupyterhub", 8081, published_ip, published_port});
  return env;
}

std::string warning(const Env& env, const std::string& url) {
  base::Diagnostics problems;
  check_published(env, {{"hubConnectUrl", url}}, problems);
  EXPECT_FALSE(problems.has_errors());
  return problems.all().empty() ? "" : problems.all().front().message;
}

struct PublishedCase {
  std::string_view ip;
  std::uint16_t port;
  std::string_view url, why;
};

TEST(CheckPublished, ComparesAddressAndPortWithTheUrl) {
  constexpr PublishedCase kCases[] = {
      {"192.0.2.1", 8081, "http://192.0.2.1:8081", ""},
      {"0.0.0.0", 8081, "http://192.0.2.1:8081", ""},
      {"192.0.2.1", 8081, "http://hub.site:8081", ""},
      {"192.0.2.1", 443, "https://hub.site", ""},
      {"192.0.2.1", 8082, "http://192.0.2.1:8081", "`hubConnectUrl` is http://192.0.2.1:8081, but port 8082 is published, not 8081"},
      {"192.0.2.2", 8081, "http://192.0.2.1:8081", "`hubConnectUrl` is http://192.0.2.1:8081, but it is published at 192.0.2.2, not at 192.0.2.1"},
      {"127.0.0.1", 8081, "http://hub.site:8081",
       "`hubConnectUrl` is http://hub.site:8081, but it is published at 127.0.0.1, which only this machine reaches"},
      {"", 0, "http://192.0.2.1:8081", "`hubConnectUrl` is http://192.0.2.1:8081, but the pod publishes no port `hub`"},
      {"", 0, "not a URL", ""},
      {"", 0, "http://hub.example:8081", ""},
  };
  for (const PublishedCase& c : kCases) EXPECT_EQ(warning(external(std::string(c.ip), c.port), std::string(c.url)), c.why);
}

TEST(CheckPublished, OnASharedNetworkThePodItselfIsReached) {
  Env env = external("", 0);
  env.network = "cluster";
  EXPECT_EQ(warning(env, "http://" + env.pod + ":8081"), "");
  EXPECT_NE(warning(env, "http://hub.site:8081"), "");
}

TEST(CheckPublished, SlurmInThePodNeedsNoPort) {
  base::Diagnostics problems;
  check_published(test::Environment("dev_dummyauth").env, {{"hubConnectUrl", "http://127.0.0.1:8081"}}, problems);
  EXPECT_TRUE(problems.all().empty());
}

}  // namespace
}  // namespace model
