#include "envtool/ssh/hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envtool/base/error.h"

namespace ssh {
namespace {

using testing::HasSubstr;

constexpr const char* kKeyText =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a comment\n";

bool finds(const std::string& field, const std::string& host, std::uint16_t port = kDefaultPort) {
  return find_host(field + " " + kKeyText, host, port).size() == 1;
}

TEST(KnownHostsLine, IsNamesAndKey) {
  EXPECT_EQ(known_hosts_line({"localhost", "127.0.0.1", "::1"}, parse_public_key(kKeyText)),
            std::string("localhost,127.0.0.1,::1 ") + kKeyText);
  EXPECT_EQ(known_hosts_line({host_name("h", 2222)}, parse_public_key(kKeyText)),
            std::string("[h]:2222 ") + kKeyText);
}

TEST(KnownHostsLine, RefusesNamesThatWouldMeanSomethingElse) {
  const PublicKey key = parse_public_key(kKeyText);
  EXPECT_THROW(known_hosts_line({}, key), base::Error);
  for (const char* name : {"", "a b", "a,b", "a\n"}) EXPECT_THROW(known_hosts_line({name}, key), base::Error);
}

TEST(AuthorizedKeysLine, StatesWhereTheKeyMayComeFrom) {
  const PublicKey key = parse_public_key(kKeyText);
  EXPECT_EQ(authorized_keys_line({"localhost", "127.0.0.1", "::1"}, key),
            std::string("from=\"localhost,127.0.0.1,::1\" ") + kKeyText);
  EXPECT_EQ(authorized_keys_line({}, key), kKeyText);
  EXPECT_THROW(authorized_keys_line({"a\" command=\"x"}, key), base::Error);
}

TEST(FindHost, ReadsNamesPatternsAndExceptions) {
  EXPECT_TRUE(finds("a,b", "b"));
  EXPECT_TRUE(finds("A.Example", "a.eXample"));
  EXPECT_TRUE(finds("*.example", "x.y.example"));
  EXPECT_TRUE(finds("host?", "host1"));
  EXPECT_TRUE(finds("*", "anything"));
  EXPECT_TRUE(finds("*.example,!bad.example", "good.example"));
  EXPECT_TRUE(finds("[h]:2222", "h", 2222));
  EXPECT_TRUE(finds("::1", "::1"));
  EXPECT_FALSE(finds("*.example,!bad.example", "bad.example"));
  EXPECT_FALSE(finds("a", "ab"));
  EXPECT_FALSE(finds("host?", "host"));
  EXPECT_FALSE(finds("h", "h", 2222));
  EXPECT_FALSE(finds("[h]:2222", "h"));
}

TEST(FindHost, ManyWildcardsTakeNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_TRUE(finds(pattern, std::string(200, 'a')));
  EXPECT_TRUE(finds(pattern + "*", std::string(200, 'a') + "b"));
  EXPECT_FALSE(finds(pattern + "b", std::string(200, 'a')));
}

TEST(FindHost, ReadsHashedNames) {
  const std::string hashed = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=";
  EXPECT_TRUE(finds(hashed, "192.168.1.61"));
  EXPECT_FALSE(finds(hashed, "192.168.1.62"));
  EXPECT_FALSE(finds("|1|damaged", "192.168.1.61"));
}

TEST(FindHost, KnowsMarkersLinesAndComments) {
  const std::string text = std::string("# host ") + kKeyText + "\n@revoked host " + kKeyText + "@cert-authority *.x " +
                           kKeyText + "host ssh-ed25519 damaged\n  host\t" + kKeyText;
  const std::vector<KnownHost> found = find_host(text, "host");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].line, 3);
  EXPECT_EQ(found[0].marker, KnownHost::Marker::revoked);
  EXPECT_EQ(found[1].line, 6);
  EXPECT_EQ(found[1].key.comment, "a comment");
  EXPECT_EQ(find_host(text, "a.x").front().marker, KnownHost::Marker::cert_authority);
}

TEST(RequireHost, SaysWhichNameIsMissing) {
  const std::string text = std::string("other ") + kKeyText + "@revoked gone " + kKeyText;
  EXPECT_NO_THROW(require_host(text, "ssh_known_hosts", "other"));
  const auto failure = [&](const char* host, std::uint16_t port) -> std::string {
    try {
      require_host(text, "ssh_known_hosts", host, port);
    } catch (const base::Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(failure("slurm.example", 22), "`ssh_known_hosts` states no key for `slurm.example`");
  EXPECT_EQ(failure("other", 2222), "`ssh_known_hosts` states no key for `[other]:2222`");
  EXPECT_EQ(failure("gone", 22), "`ssh_known_hosts` states only revoked keys for `gone`");
}

}  // namespace
}  // namespace ssh
