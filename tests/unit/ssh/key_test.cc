#include "envtool/ssh/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace ssh {
namespace {

using testing::HasSubstr;

std::string failure(const std::string& private_text) {
  try {
    public_key_of(private_text);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(GenerateEd25519, LaysTheTextOutAsSshKeygenDoes) {
  const KeyPair pair = generate_ed25519("a comment");
  const std::vector<std::string> lines = base::split(pair.private_text, '\n');
  EXPECT_EQ(lines.front(), "-----BEGIN OPENSSH PRIVATE KEY-----");
  EXPECT_EQ(lines[lines.size() - 2], "-----END OPENSSH PRIVATE KEY-----");
  EXPECT_EQ(lines.back(), "");
  for (std::size_t i = 1; i + 3 < lines.size(); ++i) EXPECT_EQ(lines[i].size(), 70U);
  EXPECT_LE(lines[lines.size() - 3].size(), 70U);
  EXPECT_THAT(pair.public_key.line(), testing::StartsWith("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"));
  EXPECT_THAT(pair.public_key.line(), testing::EndsWith(" a comment\n"));
}

TEST(GenerateEd25519, MakesANewKeyEachTime) {
  EXPECT_FALSE(same_key(generate_ed25519("").public_key, generate_ed25519("").public_key));
}

TEST(GenerateEd25519, RefusesCommentsThatBreakTheLine) { EXPECT_THROW(generate_ed25519("a\nb"), base::Error); }

TEST(PublicKeyOf, KnowsKeyAndCommentOfAPrivateKey) {
  for (const char* comment : {"", "x", "JupyterHub Zenith client key", "12345678"}) {
    const KeyPair pair = generate_ed25519(comment);
    const PublicKey key = public_key_of(pair.private_text);
    EXPECT_EQ(key.line(), pair.public_key.line());
    EXPECT_EQ(key.comment, comment);
    EXPECT_EQ(key.type, "ssh-ed25519");
  }
}

TEST(PublicKeyOf, SaysWhatIsWrong) {
  const std::string good = generate_ed25519("c").private_text;
  std::string crlf = good;
  for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2) crlf.insert(at, 1, '\r');
  EXPECT_THAT(failure(crlf), HasSubstr("Windows line endings"));
  EXPECT_THAT(failure(good.substr(0, good.size() - 1)), HasSubstr("no newline at its end"));
  EXPECT_THAT(failure("hello\n"), HasSubstr("expected a private key"));
  EXPECT_THAT(failure("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n"), HasSubstr("passphrase"));
  EXPECT_THAT(failure("-----BEGIN RSA PRIVATE KEY-----\nMII=\n-----END RSA PRIVATE KEY-----\n"),
              HasSubstr("cannot read the private key"));
}

TEST(PublicKeyOf, DamageIsAnErrorThatTellsNothingOfTheKey) {
  const std::string good = generate_ed25519("c").private_text;
  for (std::size_t cut = 40; cut < good.size(); cut += 37) {
    const std::string damaged = good.substr(0, cut) + "\n-----END OPENSSH PRIVATE KEY-----\n";
    const std::string message = failure(damaged);
    EXPECT_NE(message, "no error") << cut;
    EXPECT_EQ(message.find(good.substr(120, 10)), std::string::npos);
  }
}

TEST(ParsePublicKey, ReadsWhatLineWrites) {
  const PublicKey key = generate_ed25519("two words").public_key;
  EXPECT_EQ(parse_public_key(key.line()).line(), key.line());
  EXPECT_EQ(parse_public_key("  " + key.line() + "\r\n").line(), key.line());
}

TEST(ParsePublicKey, RefusesWhatIsNone) {
  const std::string line = generate_ed25519("").public_key.line();
  for (const std::string& text : {std::string(), std::string("ssh-ed25519"), std::string("ssh-ed25519 !!"),
                                  line + line, "ssh-rsa" + line.substr(11), std::string("ssh-ed25519 AAAA")}) {
    EXPECT_THROW(parse_public_key(text), base::Error) << text;
  }
}

TEST(Fingerprint, IsTheOneOfSshKeygen) {
  const PublicKey key = parse_public_key(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl github.com");
  EXPECT_EQ(key.fingerprint(), "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
}

TEST(CompletePair, WorksOutAMissingPublicKeyAndRefusesAWrongOne) {
  const KeyPair pair = generate_ed25519("mine");
  const KeyPair other = generate_ed25519("other");
  EXPECT_EQ(complete_pair(pair.private_text, std::nullopt).line(), pair.public_key.line());
  PublicKey renamed = pair.public_key;
  renamed.comment = "renamed";
  EXPECT_EQ(complete_pair(pair.private_text, renamed.line()).comment, "renamed");
  try {
    complete_pair(pair.private_text, other.public_key.line());
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(other.public_key.fingerprint()));
    EXPECT_THAT(error.what(), HasSubstr("does not belong to the private key"));
  }
}

}  // namespace
}  // namespace ssh
