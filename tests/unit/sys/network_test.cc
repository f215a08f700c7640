#include "envtool/sys/network.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "envtool/sys/fd.h"
#include "tests/support/errors.h"

namespace sys {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A socket that waits for connections on a port of the kernel's choice.
class Server {
 public:
  Server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 1), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  std::uint16_t port() const { return port_; }

 private:
  Fd socket_;
  std::uint16_t port_ = 0;
};

TEST(Resolve, GivesAddresses) { EXPECT_THAT(resolve("127.0.0.1"), ElementsAre("127.0.0.1")); }

TEST(Resolve, NamesWhatHasNone) {
  EXPECT_THAT(test::error_of([] { resolve("no-such-host.invalid"); }), HasSubstr("cannot resolve `no-such-host.invalid`: "));
}

TEST(Ports, TheHolderOfATakenOneIsKnown) {
  const Server server;
  EXPECT_EQ(listen_problem("127.0.0.1", server.port()), "Address already in use");
  EXPECT_EQ(listen_problem("", server.port()), "Address already in use");
  const std::vector<Listener> listeners = find_listeners(server.port());
  ASSERT_EQ(listeners.size(), 1U);
  EXPECT_EQ(listeners[0].address, "127.0.0.1");
  EXPECT_EQ(listeners[0].pid, ::getpid());
  EXPECT_EQ(listeners[0].program, "sys_test");
}

TEST(Ports, AFreeOneStaysFree) {
  const std::uint16_t port = Server().port();
  for (int again = 0; again < 2; ++again) EXPECT_EQ(listen_problem("127.0.0.1", port), "");
  EXPECT_THAT(find_listeners(port), IsEmpty());
}

TEST(Ports, AnAddressOfAnotherMachineCannotBeTaken) {
  EXPECT_EQ(listen_problem("192.0.2.1", Server().port()), "Cannot assign requested address");
}

}  // namespace
}  // namespace sys
