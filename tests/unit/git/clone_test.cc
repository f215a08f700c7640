#include "envtool/git/clone.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "envtool/base/error.h"
#include "envtool/git/create.h"
#include "envtool/git/inspect.h"
#include "envtool/sys/fd.h"
#include "tests/unit/git/directory_fixture.h"

namespace git {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

/// A server on a free loopback port that lets clients connect and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), generic, size) != 0 || ::listen(socket_.get(), 8) != 0 ||
        ::getsockname(socket_.get(), generic, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }
  std::string url(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + "/repo.git";
  }

 private:
  sys::Fd socket_;
  int port_ = 0;
};

CloneRequest request_for(const TemporaryDirectory& temporary, const std::string& url) {
  CloneRequest request;
  request.url = url;
  request.destination = temporary.path("clone");
  return request;
}

std::string failure(const CloneRequest& request) {
  try {
    clone(request);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

/// A repository named `origin` in the directory, with tag v1; returns its commit.
std::string make_origin(const TemporaryDirectory& temporary) {
  fill_package(temporary, "tree");
  return create_from_tree({temporary.path("tree"), temporary.path("origin"), "v1", "m"});
}

TEST(Clone, TakesHistoryAndTagsFromPathsAndFileUrls) {
  TemporaryDirectory temporary;
  const std::string commit = make_origin(temporary);
  for (const std::string& url : {temporary.path("origin").native(), "file://" + temporary.path("origin").native()}) {
    CloneRequest request = request_for(temporary, url);
    EXPECT_EQ(clone(request), commit);
    const auto found = std::get<Repository>(inspect(request.destination));
    EXPECT_EQ(found.described, "v1");
    EXPECT_EQ(found.branch, "main");
    EXPECT_EQ(found.origin, url);
    EXPECT_FALSE(found.dirty);
    EXPECT_EQ(temporary.text("clone/src/module.py"), "answer = 42\n");
    std::filesystem::remove_all(request.destination);
  }
}

TEST(Clone, ChecksOutTheRefThatIsAskedFor) {
  TemporaryDirectory temporary;
  const std::string commit = make_origin(temporary);
  CloneRequest request = request_for(temporary, temporary.path("origin").native());
  request.ref = "v1";
  EXPECT_EQ(clone(request), commit);
  EXPECT_EQ(std::get<Repository>(inspect(request.destination)).branch, std::nullopt);
  std::filesystem::remove_all(request.destination);
  request.ref = "main";
  EXPECT_EQ(clone(request), commit);
  EXPECT_EQ(std::get<Repository>(inspect(request.destination)).branch, "main");
}

TEST(Clone, NamesAnUnknownRefAndOneThatIsNear) {
  TemporaryDirectory temporary;
  make_origin(temporary);
  CloneRequest request = request_for(temporary, temporary.path("origin").native());
  request.ref = "mian";
  try {
    clone(request);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("has no branch, tag or commit `mian`"));
    EXPECT_EQ(error.diagnostics().front().hints.front(), "did you mean `main`?");
  }
  EXPECT_FALSE(std::filesystem::exists(request.destination));
}

TEST(Clone, FailsTheSameWayTwiceAndLeavesNothing) {
  TemporaryDirectory temporary;
  const CloneRequest request = request_for(temporary, "file://" + temporary.path("nowhere").native());
  const std::string first = failure(request);
  EXPECT_THAT(first, HasSubstr("cannot clone `file://"));
  EXPECT_EQ(failure(request), first);
  EXPECT_EQ(temporary.count(), 0);
}

TEST(Clone, RefusesADestinationThatExists) {
  TemporaryDirectory temporary;
  make_origin(temporary);
  temporary.file("clone/mine", "kept");
  EXPECT_THAT(failure(request_for(temporary, temporary.path("origin").native())), HasSubstr("exists already"));
  EXPECT_EQ(temporary.text("clone/mine"), "kept");
}

TEST(Clone, GivesUpOnAServerThatDoesNotAnswer) {
  TemporaryDirectory temporary;
  const SilentServer server;
  for (const char* scheme : {"http", "https", "ssh"}) {
    CloneRequest request = request_for(temporary, server.url(scheme));
    request.stall_timeout = milliseconds(200);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(failure(request), HasSubstr("no answer in time (to connect: 10 s, between data: 0.2 s)")) << scheme;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3)) << scheme;
    EXPECT_EQ(temporary.count(), 0);
  }
}

TEST(Clone, StopsOnRequestWhileItWaits) {
  TemporaryDirectory temporary;
  const SilentServer server;
  std::stop_source source;
  CloneRequest request = request_for(temporary, server.url("http"));
  request.stop = source.get_token();
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(100));
    source.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(failure(request), HasSubstr("it was interrupted"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  EXPECT_EQ(temporary.count(), 0);
}

TEST(Clone, SaysWhenNobodyListens) {
  TemporaryDirectory temporary;
  EXPECT_THAT(failure(request_for(temporary, "http://127.0.0.1:1/repo.git")), HasSubstr("Connection refused"));
  EXPECT_THAT(failure(request_for(temporary, "http://name.invalid/repo.git")),
              HasSubstr("cannot find the address of name.invalid"));
}

TEST(Clone, StopsWhenProgressThrows) {
  TemporaryDirectory temporary;
  make_origin(temporary);
  CloneRequest request = request_for(temporary, "file://" + temporary.path("origin").native());
  request.on_progress = [](const CloneProgress&) { throw std::runtime_error("enough"); };
  EXPECT_THROW(clone(request), std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(request.destination));
}

TEST(Clone, ReportsProgress) {
  TemporaryDirectory temporary;
  make_origin(temporary);
  CloneRequest request = request_for(temporary, "file://" + temporary.path("origin").native());
  CloneProgress last;
  request.on_progress = [&](const CloneProgress& progress) { last = progress; };
  clone(request);
  EXPECT_GT(last.total_objects, 0U);
  EXPECT_EQ(last.received_objects, last.total_objects);
}

TEST(Clone, ErrorsDoNotShowPasswords) {
  TemporaryDirectory temporary;
  const std::string message = failure(request_for(temporary, "http://me:hunter2@127.0.0.1:1/repo.git"));
  EXPECT_THAT(message, HasSubstr("`http://127.0.0.1:1/repo.git`"));
  EXPECT_THAT(message, testing::Not(HasSubstr("hunter2")));
}

TEST(ShownUrl, DropsUserAndPassword) {
  EXPECT_EQ(shown_url("https://user:pass@host/a@b"), "https://host/a@b");
  EXPECT_EQ(shown_url("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(shown_url("git@host:path"), "git@host:path");
  EXPECT_EQ(shown_url("/plain/path"), "/plain/path");
}

}  // namespace
}  // namespace git
