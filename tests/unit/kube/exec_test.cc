#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "envtool/kube/port_forward.h"
#include "envtool/kube/websocket.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/kube/scripted.h"

namespace kube {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;  // NOLINT: some of them hold zeros

const Reference kPod{"v1", "Pod", "", "p"};

/// Of a server: no mask.
std::string frame(const std::string& payload) {
  std::string bytes(1, '\x82');
  bytes += static_cast<char>(payload.size());
  return bytes + payload;
}

std::string upgrade(const test::HttpRequest& request, const std::string& protocol) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         accept_of(request.header("Sec-WebSocket-Key")) + "\r\nSec-WebSocket-Protocol: " + protocol + "\r\n\r\n";
}

/// Upgrades, and sends these bytes at once.
void then_says(Scripted& scripted, const std::string& bytes, const std::string& protocol = "v5.channel.k8s.io") {
  scripted.server.then([=](const test::HttpRequest& request, test::HttpConnection& connection) {
    connection.send(upgrade(request, protocol) + bytes);
    connection.wait_for_end();
  });
}

/// Of what a client has sent: all messages, without their masks.
std::string unmasked(std::string_view bytes) {
  std::string all;
  while (bytes.size() >= 6) {
    const std::size_t size = static_cast<unsigned char>(bytes[1]) & 0x7fU;
    const std::string_view mask = bytes.substr(2, 4);
    for (std::size_t i = 0; i < size; ++i) all += static_cast<char>(bytes[6 + i] ^ mask[i % 4]);
    bytes.remove_prefix(6 + size);
  }
  return all;
}

const std::string kSuccess = frame("\x03{\"status\":\"Success\"}");

TEST(Exec, SeparatesTheStreams) {
  Scripted scripted;
  scripted.knows_core_kinds();
  then_says(scripted, frame("\x01") + frame("\x01out") + frame("\x02wrong") + "\x89\x01!" + frame("\x01put") + kSuccess);
  std::string out;
  std::string err;
  ExecOptions options;
  options.command = {"a b", "--c=&"};
  options.container = "main";
  options.on_out = [&](std::string_view bytes) { out += bytes; };
  options.on_err = [&](std::string_view bytes) { err += bytes; };
  EXPECT_EQ(scripted.client->exec(kPod, options, {}), 0);
  EXPECT_EQ(out, "output");
  EXPECT_EQ(err, "wrong");
  EXPECT_EQ(scripted.requests().back().target,
            "/api/v1/namespaces/default/pods/p/exec?container=main&stdout=true&stderr=true&command=a%20b&command=--c%3D%26");
  EXPECT_EQ(scripted.requests().back().header("Sec-WebSocket-Protocol"), "v5.channel.k8s.io, v4.channel.k8s.io");
}

TEST(Exec, ReturnsTheExitCode) {
  Scripted scripted;
  scripted.knows_core_kinds();
  then_says(scripted,
            frame("\x03{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\","
                  "\"message\":\"42\"}]}}"),
            "v4.channel.k8s.io");
  EXPECT_EQ(scripted.client->exec(kPod, {"", {"x"}, -1, {}, {}, {}}, {}), 42);
}

TEST(Exec, SendsItsInputAndTheEndOfIt) {
  const test::TemporaryFolder folder;
  const sys::Fd input(::open(folder.write("input", "hello").c_str(), O_RDONLY | O_CLOEXEC));
  Scripted scripted;
  scripted.knows_core_kinds();
  std::string sent;
  scripted.server.then([&](const test::HttpRequest& request, test::HttpConnection& connection) {
    connection.send(upgrade(request, "v5.channel.k8s.io"));
    const std::string all = "\x04{\"Width\":100,\"Height\":30}\0hello\xff\0"s;
    std::string bytes;
    while ((sent = unmasked(bytes)).size() < all.size()) {
      const std::string more = connection.receive();
      if (more.empty()) break;
      bytes += more;
    }
    connection.send(kSuccess);
    connection.wait_for_end();
  });
  ExecOptions options{"", {"cat"}, input.get(), {}, {}, TerminalSize{100, 30}};
  EXPECT_EQ(scripted.client->exec(kPod, options, {}), 0);
  EXPECT_EQ(sent, "\x04{\"Width\":100,\"Height\":30}\0hello\xff\0"s);
}

TEST(Exec, EndsThoughItsInputDoesNot) {
  int ends[2] = {};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const sys::Fd reading(ends[0]);
  const sys::Fd writing(ends[1]);
  Scripted scripted;
  scripted.knows_core_kinds();
  then_says(scripted, kSuccess);
  EXPECT_EQ(scripted.client->exec(kPod, {"", {"true"}, reading.get(), {}, {}, {}}, {}), 0);
}

struct Fault {
  std::string bytes;
  std::string error;
};

TEST(Exec, SaysWhatWentWrong) {
  for (const Fault& fault : {Fault{frame("\x03{\"status\":\"Failure\",\"message\":\"no such container\"}"), "no such container"},
                             Fault{"\x88\x00"s, "the connection ended before the command did"},
                             Fault{"\xff\xff"s, "broke the rules of WebSockets"}, Fault{frame("\x03nonsense"), "the end of the command"}}) {
    Scripted scripted;
    scripted.knows_core_kinds();
    then_says(scripted, fault.bytes);
    const std::string error = test::error_of([&] { scripted.client->exec(kPod, {"", {"a"}, -1, {}, {}, {}}, {}); });
    EXPECT_THAT(error, HasSubstr(fault.error));
    EXPECT_THAT(error, HasSubstr("while running `a` in Pod/p"));
  }
}

TEST(Exec, IsRefusedInTheServersWords) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(403, status(403, "Forbidden", "pods \"p\" is forbidden"));
  EXPECT_THAT(test::error_of([&] {
                scripted.client->exec(kPod, {"", {"a"}, -1, {}, {}, {}}, {});
              }),
              HasSubstr("cannot run a command in Pod/p in the namespace `default`: pods \"p\" is forbidden"));
}

TEST(Exec, DoesNotWaitForTheUpgradeForEver) {
  Settings settings;
  settings.timeout = std::chrono::milliseconds(200);
  Scripted scripted({}, settings);
  scripted.knows_core_kinds();
  scripted.server.then([](const test::HttpRequest&, test::HttpConnection& connection) { connection.wait_for_end(); });
  EXPECT_THAT(test::error_of([&] { scripted.client->exec(kPod, {"", {"a"}, -1, {}, {}, {}}, {}); }), HasSubstr("gave no answer"));
}

TEST(Exec, TrustsOnlyAWebSocketThatKnowsItsKey) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(101, "", "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n");
  EXPECT_THAT(test::error_of([&] { scripted.client->exec(kPod, {"", {"a"}, -1, {}, {}, {}}, {}); }), HasSubstr("its key does not fit"));
}

class ForwardTest : public ::testing::Test {
 protected:
  ForwardTest() {
    int ends[2] = {};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    here_ = sys::Fd(ends[0]);
    there_ = sys::Fd(ends[1]);
    scripted_.knows_core_kinds();
  }
  Scripted scripted_;
  sys::Fd here_;
  sys::Fd there_;
};

TEST_F(ForwardTest, LeavesOutThePortsThatComeFirst) {
  then_says(scripted_, frame("\0\x50\0"s) + frame("\x01\x50\0"s) + frame("\0hello"s) + "\x88\x00"s, "v4.channel.k8s.io");
  scripted_.client->forward(kPod, 80, there_.get(), {});
  there_.close();
  std::string got(100, '\0');
  got.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(here_.get(), got.data(), got.size()))));
  EXPECT_EQ(got, "hello");
}

TEST_F(ForwardTest, SaysWhatTheNodeSays) {
  then_says(scripted_, frame("\0\x50\0"s) + frame("\x01\x50\0"s) + frame("\x01nobody listens"), "v4.channel.k8s.io");
  EXPECT_THAT(test::error_of([&] { scripted_.client->forward(kPod, 80, there_.get(), {}); }),
              HasSubstr("cannot reach port 80 of the pod: nobody listens"));
}

sys::Fd connected_to(std::uint16_t port) {
  sys::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return socket;
}

/// What comes next, or nothing at the end.
std::string read_from(const sys::Fd& socket) {
  std::string bytes(100, '\0');
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(socket.get(), bytes.data(), bytes.size()))));
  return bytes;
}

TEST(PortForward, LeadsEachConnectionToThePod) {
  Scripted scripted;
  scripted.knows_core_kinds();
  for (const std::string& said : {"one"s, "two"s}) then_says(scripted, frame("\0\x50\0"s) + frame("\0"s + said) + "\x88\x00"s, "v4.channel.k8s.io");
  PortForward forward(*scripted.client, kPod, 80);
  EXPECT_EQ(read_from(connected_to(forward.local_port())), "one");
  EXPECT_EQ(read_from(connected_to(forward.local_port())), "two");
  EXPECT_FALSE(forward.take_problem());
  EXPECT_EQ(scripted.requests().back().target, "/api/v1/namespaces/default/pods/p/portforward?ports=80");
}

TEST(PortForward, TellsOnceWhyAConnectionLedNowhere) {
  Scripted scripted;
  scripted.knows_core_kinds();
  scripted.server.answers(403, status(403, "Forbidden", "User \"u\" cannot create resource \"pods/portforward\""));
  PortForward forward(*scripted.client, kPod, 80);
  EXPECT_EQ(read_from(connected_to(forward.local_port())), "");
  const std::optional<base::Error> problem = forward.take_problem();
  ASSERT_TRUE(problem);
  EXPECT_THAT(problem->what(), HasSubstr("cannot forward a port of Pod/p in the namespace `default`: User \"u\" cannot create"));
  EXPECT_FALSE(forward.take_problem());
}

TEST(PortForward, EndsThoughAConnectionDoesNot) {
  Scripted scripted;
  scripted.knows_core_kinds();
  then_says(scripted, frame("\0\x50\0"s) + frame("\0x"s), "v4.channel.k8s.io");
  sys::Fd socket;
  {
    PortForward forward(*scripted.client, kPod, 80);
    socket = connected_to(forward.local_port());
    EXPECT_EQ(read_from(socket), "x");
  }
  EXPECT_EQ(read_from(socket), "");
}

}  // namespace
}  // namespace kube
