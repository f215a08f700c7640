#include "envtool/http/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "envtool/sys/fd.h"

namespace http {
namespace {

/// Gives one answer, whatever it is asked, on a loopback port of the kernel's choice.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 1), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    thread_ = std::jthread([this, text = std::move(answer)] { serve(text); });
  }
  const std::string& url() const { return url_; }

 private:
  void serve(const std::string& answer) const {
    const sys::Fd client(::accept(socket_.get(), nullptr, nullptr));
    std::array<char, 4096> request{};
    EXPECT_GT(::read(client.get(), request.data(), request.size()), 0);
    EXPECT_EQ(::write(client.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
  }

  sys::Fd socket_;
  std::string url_;
  std::jthread thread_;
};

Response ask(const std::string& answer) {
  const OneAnswer server(answer);
  return CurlClient().get(server.url(), std::chrono::seconds(30), {});
}

TEST(Client, TellsWhatTimeTheServerHas) {
  const Response response = ask("HTTP/1.1 200 OK\r\ndate: Fri, 15 Jan 2027 08:00:00 GMT\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hi");
  EXPECT_EQ(response.date, std::optional<std::time_t>(1'800'000'000));
}

TEST(Client, DoesNotGuessADate) {
  EXPECT_EQ(ask("HTTP/1.1 204 No Content\r\nDate: yesterday\r\nContent-Length: 0\r\n\r\n").date, std::nullopt);
  EXPECT_EQ(ask("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").date, std::nullopt);
}

}  // namespace
}  // namespace http
