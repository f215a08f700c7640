// Repositories that we make and read against git itself; clones from its HTTP back end and over a real sshd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/git/clone.h"
#include "envtool/git/create.h"
#include "envtool/git/inspect.h"
#include "tests/peer/archive/programs.h"
#include "tests/peer/ssh/sshd_fixture.h"
#include "tests/unit/git/directory_fixture.h"

namespace git {
namespace {

using testing::HasSubstr;

/// Makes `<name>.pem`: a key and a certificate of `localhost` that is signed by itself.
void make_certificate(const TemporaryDirectory& directory, const std::string& name) {
  const std::string key = directory.path(name + ".key").native();
  const std::string certificate = directory.path(name + ".crt").native();
  peer::run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate});
  directory.file(name + ".pem", directory.text(name + ".key") + directory.text(name + ".crt"));
}

/// A home with two certificates in it.
class Home : public TemporaryDirectory {
 public:
  Home() {
    make_certificate(*this, "trusted");
    make_certificate(*this, "stranger");
  }
};

/// libgit2 looks up HOME and the certificates once, so all tests share a home that is not the user's.
const Home& home() {
  static const Home directory;
  return directory;
}

class Git : public testing::Test {
 protected:
  Git() {
    ::setenv("HOME", home().root().c_str(), 1);
    ::setenv("SSL_CERT_FILE", home().path("trusted.crt").c_str(), 1);
    ::unsetenv("GIT_SSL_CAINFO");
    ::unsetenv("SSH_AUTH_SOCK");
    for (const char* who : {"AUTHOR", "COMMITTER"}) {
      ::setenv((std::string("GIT_") + who + "_NAME").c_str(), "A", 1);
      ::setenv((std::string("GIT_") + who + "_EMAIL").c_str(), "a@example.org", 1);
    }
    fill_package(work_, "tree");
  }

  std::string git(const std::string& repository, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"git", "-C", work_.path(repository).native()});
    return std::string(base::trim(peer::run(std::move(arguments))));
  }
  Repository inspected(const std::string& name) const { return std::get<Repository>(inspect(work_.path(name))); }

  /// `origin` with two commits, the first of them tagged, a branch `feature` and a lightweight tag.
  std::string make_origin() const {
    create_from_tree({work_.path("tree"), work_.path("origin"), "v0.7.0", "Import"});
    work_.file("origin/second", "2\n");
    git("origin", {"add", "second"});
    git("origin", {"commit", "-qm", "Second"});
    git("origin", {"tag", "light"});
    git("origin", {"branch", "feature", "v0.7.0"});
    return git("origin", {"rev-parse", "HEAD"});
  }

  void expect_same_as_origin(const std::string& name) const {
    git(name, {"fsck", "--strict"});
    EXPECT_EQ(git(name, {"status", "--porcelain"}), "");
    EXPECT_EQ(git(name, {"rev-parse", "HEAD"}), git("origin", {"rev-parse", "HEAD"}));
    EXPECT_EQ(git(name, {"tag", "-l"}), git("origin", {"tag", "-l"}));
    EXPECT_EQ(git(name, {"rev-list", "--all", "--count"}), git("origin", {"rev-list", "--all", "--count"}));
    EXPECT_EQ(git(name, {"rev-parse", "--abbrev-ref", "main@{upstream}"}), "origin/main");
  }

  TemporaryDirectory work_;
};

TEST_F(Git, FindsNothingWrongWithARepositoryThatWeMade) {
  const std::string commit = create_from_tree({work_.path("tree"), work_.path("repo"), "v0.7.0", "Import"});
  git("repo", {"fsck", "--strict"});
  EXPECT_EQ(git("repo", {"rev-parse", "HEAD"}), commit);
  EXPECT_EQ(git("repo", {"status", "--porcelain"}), "");
  EXPECT_EQ(git("repo", {"describe", "--dirty", "--tags", "--long"}), "v0.7.0-0-g" + commit.substr(0, 7));
  EXPECT_EQ(git("repo", {"symbolic-ref", "HEAD"}), "refs/heads/main");
  EXPECT_EQ(git("repo", {"ls-files", "-s"}).find("module.pyc"), std::string::npos);
  EXPECT_THAT(git("repo", {"ls-files", "-s", "run", "link"}),
              testing::AllOf(HasSubstr("100755"), HasSubstr("120000")));
}

TEST_F(Git, DescribesAsWeDo) {
  make_origin();
  const auto same = [&] { EXPECT_EQ(inspected("origin").described, git("origin", {"describe", "--tags"})); };
  same();
  git("origin", {"tag", "-d", "light"});
  same();
  EXPECT_THAT(*inspected("origin").described, testing::StartsWith("v0.7.0-1-g"));
  git("origin", {"checkout", "-q", "--detach", "v0.7.0"});
  same();
  EXPECT_EQ(inspected("origin").branch, std::nullopt);
}

TEST_F(Git, SeesTheChangesThatWeSee) {
  make_origin();
  const auto check = [&] { EXPECT_EQ(inspected("origin").dirty, !git("origin", {"status", "--porcelain"}).empty()); };
  check();
  work_.file("origin/second", "changed\n");
  check();
  git("origin", {"add", "second"});
  check();
  git("origin", {"commit", "-qm", "Third"});
  check();
  std::filesystem::remove(work_.path("origin/second"));
  check();
}

TEST_F(Git, ClonesFromAPathAreWhole) {
  const std::string commit = make_origin();
  CloneRequest request;
  request.url = work_.path("origin").native();
  request.destination = work_.path("clone");
  EXPECT_EQ(clone(request), commit);
  expect_same_as_origin("clone");
}

TEST_F(Git, BranchesTagsAndCommitsAreCheckedOut) {
  make_origin();
  const std::string first = git("origin", {"rev-parse", "v0.7.0^{commit}"});
  for (const std::string& ref : {std::string("feature"), std::string("v0.7.0"), first, first.substr(0, 10)}) {
    CloneRequest request;
    request.url = work_.path("origin").native();
    request.ref = ref;
    request.destination = work_.path("clone");
    EXPECT_EQ(clone(request), first) << ref;
    EXPECT_EQ(git("clone", {"status", "--porcelain"}), "");
    EXPECT_FALSE(std::filesystem::exists(work_.path("clone/second")));
    const std::optional<std::string> branch = ref == "feature" ? std::optional<std::string>(ref) : std::nullopt;
    EXPECT_EQ(inspected("clone").branch, branch);
    std::filesystem::remove_all(request.destination);
  }
}

TEST_F(Git, SubmodulesAreLeftEmpty) {
  make_origin();
  create_from_tree({work_.path("tree"), work_.path("part"), "", "Part"});
  git("origin", {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", work_.path("part").native(), "part"});
  git("origin", {"commit", "-qm", "Add a part"});
  CloneRequest request;
  request.url = "file://" + work_.path("origin").native();
  request.destination = work_.path("clone");
  clone(request);
  EXPECT_TRUE(std::filesystem::is_empty(work_.path("clone/part")));
  EXPECT_FALSE(inspected("clone").dirty);
}

TEST_F(Git, ServesClonesOverHttp) {
  const std::string commit = make_origin();
  const std::uint16_t port = peer::free_port();
  const peer::Background server(
      {"python3", "tests/peer/git/http_backend.py", std::to_string(port), work_.root().native()});
  peer::await("the HTTP server listens", [&] { return peer::listens(port); });
  CloneRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + "/origin";
  request.destination = work_.path("clone");
  EXPECT_EQ(clone(request), commit);
  expect_same_as_origin("clone");
  request.url += "-not-there";
  request.destination = work_.path("other");
  EXPECT_THROW(clone(request), base::Error);
  EXPECT_FALSE(std::filesystem::exists(request.destination));
}

TEST_F(Git, ServesClonesOverTlsWithATrustedCertificateOnly) {
  const std::string commit = make_origin();
  for (const std::string& name : {std::string("trusted"), std::string("stranger")}) {
    const std::uint16_t port = peer::free_port();
    const peer::Background server({"python3", "tests/peer/git/http_backend.py", std::to_string(port),
                                   work_.root().native(), home().path(name + ".pem").native()});
    peer::await("the HTTP server listens", [&] { return peer::listens(port); });
    CloneRequest request;
    request.url = "https://localhost:" + std::to_string(port) + "/origin";
    request.destination = work_.path(name);
    if (name == "trusted") {
      EXPECT_EQ(clone(request), commit);
      expect_same_as_origin(name);
    } else {
      EXPECT_THROW(clone(request), base::Error);
    }
  }
}

TEST_F(Git, ServesClonesOverSshToKnownHostsOnly) {
  const std::string commit = make_origin();
  std::filesystem::create_directories(work_.path("sshd"));
  const peer::Sshd server(work_.path("sshd"), {"127.0.0.1"});
  home().file(".ssh/id_ed25519", "");
  sys::write_file(home().path(".ssh/id_ed25519"), server.client_key().private_text, sys::Access::secret);
  CloneRequest request;
  request.url = "ssh://" + peer::Sshd::user() + "@127.0.0.1:" + std::to_string(server.port()) +
                work_.path("origin").native();
  request.destination = work_.path("clone");
  EXPECT_THROW(clone(request), base::Error);
  EXPECT_FALSE(std::filesystem::exists(request.destination));
  home().file(".ssh/known_hosts", server.known_hosts());
  EXPECT_EQ(clone(request), commit);
  expect_same_as_origin("clone");
  sys::write_file(home().path(".ssh/id_ed25519"), ssh::generate_ed25519("other").private_text, sys::Access::secret);
  request.destination = work_.path("other");
  try {
    clone(request);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("accepts no key"));
  }
}

}  // namespace
}  // namespace git
