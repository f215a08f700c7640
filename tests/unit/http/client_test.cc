#include "envtool/http/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include "envtool/base/strings.h"
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
  /// All that was asked. Ends the server.
  const std::string& request() {
    thread_.join();
    return request_;
  }

 private:
  bool is_whole() const {
    const std::size_t header_end = request_.find("\r\n\r\n");
    if (header_end == std::string::npos) return false;
    const std::string kLength = "Content-Length: ";
    const std::size_t length = request_.find(kLength);
    return length == std::string::npos || request_.size() >= header_end + 4 + std::stoul(request_.substr(length + kLength.size()));
  }

  void serve(const std::string& answer) {
    const sys::Fd client(::accept(socket_.get(), nullptr, nullptr));
    std::array<char, 4096> bytes{};
    while (!is_whole()) {
      const ssize_t count = ::read(client.get(), bytes.data(), bytes.size());
      ASSERT_GT(count, 0);
      request_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    EXPECT_EQ(::write(client.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
  }

  sys::Fd socket_;
  std::string url_;
  std::string request_;
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

TEST(Client, SendsAFormWithItsHeaders) {
  OneAnswer server("HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n");
  const Response response =
      CurlClient().send({Method::post, server.url(), {{"Cookie", "k=v"}}, "name=" + base::percent_encode("a b&\u00e9"), std::chrono::seconds(30)}, {});
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.header("location"), "/next");
  EXPECT_EQ(std::count_if(response.headers.begin(), response.headers.end(), [](const Header& header) { return same_header(header.name, "Set-Cookie"); }), 2);
  const std::string& request = server.request();
  EXPECT_TRUE(request.starts_with("POST / HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nCookie: k=v\r\n"), std::string::npos) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\nname=a%20b%26%C3%A9")) << request;
}

TEST(Client, Deletes) {
  OneAnswer server("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(CurlClient().send({Method::remove, server.url()}, {}).status, 204);
  EXPECT_TRUE(server.request().starts_with("DELETE / HTTP/1.1\r\n"));
}

}  // namespace
}  // namespace http
