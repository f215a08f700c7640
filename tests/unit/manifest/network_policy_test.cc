#include "envtool/manifest/network_policy.h"

#include <gmock/gmock.h>

#include "envtool/doc/json.h"
#include "tests/support/errors.h"

namespace manifest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> kAnywhere{"0.0.0.0/0", "::/0"};

struct Case {
  std::string url;
  std::vector<std::string> blocks;
  std::uint16_t port;
};

TEST(Destination, IsReadOffAUrl) {
  const Case cases[] = {
      {"https://keycloak.example/realms/hub", kAnywhere, 443}, {"http://keycloak.example:8080/x", kAnywhere, 8080}, {"ssh://slurm.example", kAnywhere, 22},
      {"ssh://slurm.example:2222", kAnywhere, 2222},           {"ssh://192.0.2.7", {"192.0.2.7/32"}, 22},           {"tcp://10.0.0.0/8:5432", {"10.0.0.0/8"}, 5432},
      {"tcp://0.0.0.0/0", {"0.0.0.0/0"}, 0},                   {"tcp://[2001:db8::]/32:22", {"2001:db8::/32"}, 22}, {"https://[2001:db8::1]", {"2001:db8::1/128"}, 443},
      {"http://127.0.0.1:8009", {}, 8009},                     {"ssh://localhost", {}, 22},
  };
  for (const Case& c : cases) {
    const Destination found = destination_of(c.url);
    EXPECT_EQ(found.blocks, c.blocks) << c.url;
    EXPECT_EQ(found.port, c.port) << c.url;
  }
}

TEST(Destination, OfAnythingElseIsAnError) {
  for (const char* url : {"", "slurm.example", "ftp://x", "ssh://", "tcp://10.0.0.0/33", "tcp://host/8", "ssh://host:0", "ssh://host:99999"}) {
    EXPECT_THAT(test::error_of([&] { destination_of(url); }), testing::StartsWith(std::string("error: `") + url + "` says not where to")) << url;
  }
}

std::string egress_to(const std::string& url) {
  const doc::Value policy = egress_policy("out", doc::make_map({{"app", "hub"}}), {destination_of(url)});
  const doc::List& rules = doc::at_path(policy, "spec.egress")->as_list();
  return rules.size() == 1 ? "" : doc::emit_json(rules.at(1));
}

TEST(EgressPolicy, ClosesMetadataServices) {
  EXPECT_EQ(egress_to("https://x.example"),
            R"({"to":[{"ipBlock":{"cidr":"0.0.0.0/0","except":["169.254.0.0/16"]}},{"ipBlock":{"cidr":"::/0","except":["fd00:ec2::/32"]}}],"ports":[{"port":443,"protocol":"TCP"}]})");
  EXPECT_EQ(egress_to("tcp://168.0.0.0/6"), R"({"to":[{"ipBlock":{"cidr":"168.0.0.0/6","except":["169.254.0.0/16"]}}]})");
  EXPECT_EQ(egress_to("tcp://10.0.0.0/8:1"), R"({"to":[{"ipBlock":{"cidr":"10.0.0.0/8"}}],"ports":[{"port":1,"protocol":"TCP"}]})");
}

TEST(EgressPolicy, SaysNothingOfThePodItself) { EXPECT_EQ(egress_to("http://127.0.0.1:8009"), ""); }

TEST(IngressPolicy, HasARuleForEachPort) {
  const doc::Value policy = ingress_policy("in", doc::make_map({{"app", "hub"}}), {{8000, {}}, {8081, {"192.0.2.0/24"}}});
  EXPECT_EQ(doc::emit_json(*doc::at_path(policy, "spec.ingress")),
            R"([{"ports":[{"port":8000,"protocol":"TCP"}]},{"from":[{"ipBlock":{"cidr":"192.0.2.0/24"}}],"ports":[{"port":8081,"protocol":"TCP"}]}])");
}

}  // namespace
}  // namespace manifest
