// Keys and host lines against ssh-keygen, connections against sshd and ssh.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/ssh/hosts.h"
#include "envtool/ssh/key.h"
#include "envtool/ssh/private_format.h"
#include "envtool/ssh/session.h"
#include "envtool/sys/file.h"
#include "tests/peer/archive/programs.h"
#include "tests/peer/ssh/sshd_fixture.h"
#include "tests/unit/git/directory_fixture.h"

namespace ssh {
namespace {

using git::TemporaryDirectory;
using testing::HasSubstr;
using testing::StartsWith;

std::string write_key(const TemporaryDirectory& work, const KeyPair& pair) {
  const auto path = work.path("key");
  sys::write_file(path, pair.private_text, sys::Access::secret);
  sys::write_file(work.path("key.pub"), pair.public_key.line(), sys::Access::shared);
  return path.native();
}

/// A key as ssh-keygen makes it; the text.
std::string keygen(const TemporaryDirectory& work, const std::vector<std::string>& options,
                   const std::string& passphrase = "") {
  std::filesystem::remove(work.path("made"));
  std::vector<std::string> argv{"ssh-keygen", "-q", "-N", passphrase, "-C", "a comment", "-f", work.path("made").native()};
  argv.insert(argv.end(), options.begin(), options.end());
  peer::run(argv);
  return work.text("made");
}

std::string failure(const std::string& private_text) {
  try {
    public_key_of(private_text);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SshKeygen, AcceptsOurKeysAndSeesTheSame) {
  TemporaryDirectory work;
  for (const char* comment : {"JupyterHub-Slurm dev environment client key", "x", ""}) {
    const KeyPair pair = generate_ed25519(comment);
    const std::string path = write_key(work, pair);
    EXPECT_EQ(peer::run({"ssh-keygen", "-y", "-P", "", "-f", path}), pair.public_key.line());
    const std::string shown = peer::run({"ssh-keygen", "-lf", path + ".pub"});
    EXPECT_THAT(shown, StartsWith("256 " + pair.public_key.fingerprint() + " " + comment));
    if (*comment == '\0') continue;  // then the name of the file stands in its place
    EXPECT_EQ(peer::run({"ssh-keygen", "-lf", path}), shown);
  }
}

TEST(SshKeygen, WritesTheSameBytesApartFromTheRandomCheck) {
  TemporaryDirectory work;
  const std::string theirs = keygen(work, {"-t", "ed25519"});
  const Container container = read_container(theirs);
  std::string ours = write_container(read_ed25519(container), "a comment");
  EXPECT_EQ(ours.size(), theirs.size());
  const Container again = read_container(ours);
  EXPECT_EQ(again.public_blob, container.public_blob);
  EXPECT_EQ(again.private_section.substr(8), container.private_section.substr(8));
  const std::size_t checks = ours.find('\n', ours.find('\n') + 1);  // they stand in the second line of base64
  EXPECT_EQ(ours.substr(0, checks), theirs.substr(0, checks));
}

TEST(SshKeygen, KeysOfAllKindsAreRead) {
  TemporaryDirectory work;
  const std::vector<std::vector<std::string>> kinds{
      {"-t", "ed25519"},
      {"-t", "rsa", "-b", "2048"},
      {"-t", "ecdsa", "-b", "256"},
      {"-t", "ecdsa", "-b", "521"},
      {"-t", "rsa", "-b", "2048", "-m", "PEM"},
      {"-t", "rsa", "-b", "2048", "-m", "PKCS8"},
      {"-t", "ecdsa", "-m", "PEM"},
  };
  for (const auto& options : kinds) {
    const PublicKey key = public_key_of(keygen(work, options));
    const PublicKey theirs = parse_public_key(work.text("made.pub"));
    EXPECT_TRUE(same_key(key, theirs)) << testing::PrintToString(options);
    EXPECT_EQ(key.type, theirs.type);
    const bool is_own_format = options.back() != "PEM" && options.back() != "PKCS8";
    EXPECT_EQ(key.comment, is_own_format ? "a comment" : "");
  }
}

TEST(SshKeygen, PassphrasesAreNoticed) {
  TemporaryDirectory work;
  for (const char* format : {"RFC4716", "PEM", "PKCS8"}) {
    EXPECT_EQ(failure(keygen(work, {"-t", "rsa", "-b", "2048", "-m", format}, "secret")),
              "the private key is protected by a passphrase")
        << format;
  }
}

TEST(SshKeygen, RefusesWhatWeRefuse) {
  TemporaryDirectory work;
  const std::string good = keygen(work, {"-t", "ed25519"});
  std::string crlf;
  for (const char c : good) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const std::string& text : {crlf, good.substr(0, good.size() - 1)}) {
    sys::write_file(work.path("bad"), text, sys::Access::secret);
    EXPECT_NE(peer::attempt({"ssh-keygen", "-y", "-P", "", "-f", work.path("bad").native()}).exit_code, 0);
    EXPECT_NE(failure(text), "no error");
  }
}

TEST(SshKeygen, FindsTheHostsThatWeFind) {
  TemporaryDirectory work;
  const PublicKey key = generate_ed25519("c").public_key;
  const std::vector<std::string> fields{"localhost,127.0.0.1,::1", "[slurm.example]:2222", "*.example,!bad.example",
                                        "UPPER.example", "h?st", "@revoked gone", "@cert-authority *.ca"};
  std::string text = "# a comment\n\n";
  for (const std::string& field : fields) text += field + " " + key.line();
  work.file("hosts", text);
  work.file("hashed", "one.example " + key.line() + "[two.example]:2222 " + key.line());
  peer::run({"ssh-keygen", "-q", "-H", "-f", work.path("hashed").native()});
  EXPECT_THAT(work.text("hashed"), StartsWith("|1|"));
  const std::vector<std::pair<std::string, std::uint16_t>> hosts{
      {"localhost", 22},      {"::1", 22},         {"slurm.example", 22}, {"slurm.example", 2222}, {"bad.example", 22},
      {"good.example", 22},   {"upper.EXAMPLE", 22}, {"host", 22},        {"hst", 22},             {"gone", 22},
      {"x.ca", 22},           {"one.example", 22}, {"two.example", 22},   {"two.example", 2222},   {"nowhere", 22}};
  for (const char* file : {"hosts", "hashed"}) {
    for (const auto& [host, port] : hosts) {
      const auto theirs = peer::attempt({"ssh-keygen", "-F", host_name(host, port), "-f", work.path(file).native()});
      EXPECT_EQ(!find_host(work.text(file), host, port).empty(), theirs.exit_code == 0) << file << " " << host << port;
    }
  }
}

TEST(Sshd, LetsOurKeyInAndRunsACommand) {
  TemporaryDirectory work;
  const peer::Sshd server(work.root(), {"localhost", "127.0.0.1", "::1"});
  Session session({"127.0.0.1", server.port(), peer::Sshd::user()});
  EXPECT_THAT(session.banner(), HasSubstr("OpenSSH"));
  EXPECT_EQ(session.host_key().fingerprint(), server.host_key().public_key.fingerprint());
  session.require_known(server.known_hosts());
  session.sign_in(server.client_key().private_text);
  const CommandResult result = session.run("echo out; echo err >&2; exit 3");
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(session.run("head -c 300000 /dev/zero").out.size(), 300'000U);
}

TEST(Sshd, RefusesOtherKeysAndOtherAddresses) {
  TemporaryDirectory work;
  const peer::Sshd server(work.root(), {"192.0.2.1"});
  for (const std::string& key : {server.client_key().private_text, generate_ed25519("other").private_text}) {
    Session session({"127.0.0.1", server.port(), peer::Sshd::user()});
    EXPECT_THROW(session.sign_in(key), base::Error);
  }
}

TEST(Sshd, IsNotTrustedWithAnotherHostKey) {
  TemporaryDirectory work;
  const peer::Sshd server(work.root(), {});
  const Session session({"127.0.0.1", server.port(), peer::Sshd::user()});
  const std::string name = host_name("127.0.0.1", server.port());
  EXPECT_THROW(session.require_known(known_hosts_line({name}, generate_ed25519("").public_key)), base::Error);
  EXPECT_THROW(session.require_known(known_hosts_line({"127.0.0.1"}, server.host_key().public_key)), base::Error);
  EXPECT_THROW(session.require_known("@revoked " + server.known_hosts() + server.known_hosts()), base::Error);
}

TEST(Ssh, LogsInWithOurFiles) {
  TemporaryDirectory work;
  const peer::Sshd server(work.root(), {"127.0.0.1"});
  const std::string key = write_key(work, server.client_key());
  work.file("known_hosts", server.known_hosts());
  EXPECT_EQ(peer::run({"ssh", "-F", "none", "-i", key, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o",
                       "UserKnownHostsFile=" + work.path("known_hosts").native(), "-p", std::to_string(server.port()),
                       peer::Sshd::user() + "@127.0.0.1", "echo in"}),
            "in\n");
}

TEST(Session, SaysWhereItCannotConnect) {
  try {
    Session({"127.0.0.1", peer::free_port(), "nobody"});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), StartsWith("cannot connect to `[127.0.0.1]:"));
  }
}

TEST(Session, GivesUpOnASilentServer) {
  const std::uint16_t port = peer::free_port();
  const sys::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(Session({"127.0.0.1", port, "nobody", std::chrono::milliseconds(300)}), base::Error);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

}  // namespace
}  // namespace ssh
