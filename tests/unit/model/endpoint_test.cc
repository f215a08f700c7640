#include "envtool/model/endpoint.h"

#include <gmock/gmock.h>

namespace model {
namespace {

std::string shown(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint->host + " " + std::to_string(endpoint->port) : "nothing";
}

struct EndpointCase {
  std::string_view text, expected;
};

TEST(ParseEndpoint, ReadsHostsWithAndWithoutPorts) {
  constexpr EndpointCase kCases[] = {
      {"login", "login 22"},        {"login.site:2222", "login.site 2222"}, {"192.0.2.1:8081", "192.0.2.1 8081"},
      {"2001:db8::1", "2001:db8::1 22"}, {"[2001:db8::1]", "2001:db8::1 22"},    {"[2001:db8::1]:2222", "2001:db8::1 2222"},
      {"", "nothing"},              {":22", "nothing"},                     {"login:", "nothing"},
      {"login:0", "nothing"},       {"login:65536", "nothing"},             {"login:22x", "nothing"},
      {"[::1", "nothing"},          {"[]:22", "nothing"},                   {"[::1]22", "nothing"},
  };
  for (const EndpointCase& c : kCases) EXPECT_EQ(shown(parse_endpoint(c.text, 22)), c.expected) << c.text;
}

TEST(ParseEndpoint, WithoutADefaultAPortIsNeeded) { EXPECT_EQ(shown(parse_endpoint("login")), "nothing"); }

TEST(EndpointOfUrl, KnowsThePortsOfTheSchemes) {
  constexpr EndpointCase kCases[] = {
      {"http://hub:8081", "hub 8081"},  {"http://hub", "hub 80"},           {"https://hub/x?y#z", "hub 443"},
      {"http://hub:8081/a:b", "hub 8081"}, {"http://[::1]:8081/", "::1 8081"}, {"ftp://hub", "nothing"},
      {"hub:8081", "nothing"},          {"http://", "nothing"},
  };
  for (const EndpointCase& c : kCases) EXPECT_EQ(shown(endpoint_of_url(c.text)), c.expected) << c.text;
}

TEST(Addresses, AreToldFromNames) {
  for (const char* text : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) EXPECT_TRUE(is_loopback(text)) << text;
  for (const char* text : {"192.0.2.1", "127.example", "hub", "0.0.0.0"}) EXPECT_FALSE(is_loopback(text)) << text;
  for (const char* text : {"", "0.0.0.0", "::"}) EXPECT_TRUE(is_any_address(text)) << text;
  for (const char* text : {"192.0.2.1", "::1"}) EXPECT_TRUE(is_address(text)) << text;
  for (const char* text : {"hub", "hub.site", ""}) EXPECT_FALSE(is_address(text)) << text;
}

}  // namespace
}  // namespace model
