// An HTTP server on loopback that gives the answers of a script, one for each request, and notes what it was asked.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "envtool/base/strings.h"
#include "envtool/sys/fd.h"

namespace test {

struct HttpRequest {
  std::string method;
  std::string target;
  std::string head;  ///< all lines of the header
  std::string body;

  /// The value of a header, whose name is written as the client wrote it; empty if there is none.
  std::string header(const std::string& name) const {
    const std::size_t begin = head.find("\r\n" + name + ": ");
    if (begin == std::string::npos) return "";
    const std::size_t value = begin + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
  }
};

/// One connection, for scripts that do more than to answer.
class HttpConnection {
 public:
  explicit HttpConnection(sys::Fd socket) : socket_(std::move(socket)) {}

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// Some bytes, or none at the end.
  std::string receive() {
    if (closed_) return "";  // the kernel would still give what comes
    std::array<char, 65536> bytes{};
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }
  /// Until the client is gone.
  void wait_for_end() {
    while (!receive().empty()) {
    }
  }
  void close() {
    closed_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
  }

 private:
  sys::Fd socket_;
  std::atomic<bool> closed_ = false;
};

class HttpServer {
 public:
  using Step = std::function<void(const HttpRequest&, HttpConnection&)>;

  HttpServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 64), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~HttpServer() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    acceptor_.join();
    for (HttpConnection& connection : connections_) connection.close();
    for (std::thread& thread : threads_) thread.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const std::string& url() const { return url_; }

  /// What happens at the next request that has nothing yet. Requests after the last one get status 599.
  void then(Step step) {
    const std::lock_guard lock(mutex_);
    steps_.push_back(std::move(step));
  }
  void answers(int status, std::string body, std::string headers = "") {
    then([text = answer(status, body, headers)](const HttpRequest&, HttpConnection& connection) { connection.send(text); });
  }
  /// Sends some bytes and ends the connection.
  void breaks(std::string bytes = "") {
    then([bytes = std::move(bytes)](const HttpRequest&, HttpConnection& connection) {
      connection.send(bytes);
      connection.close();
    });
  }

  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  static std::string answer(int status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  void accept_all() {
    while (true) {
      sys::Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) return;
      HttpConnection& connection = connections_.emplace_back(std::move(client));
      threads_.emplace_back([this, &connection] { serve(connection); });
    }
  }

  void serve(HttpConnection& connection) {
    std::string unread;
    HttpRequest request;
    while (read_request(connection, unread, request)) note(request)(request, connection);
  }

  Step note(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (steps_.empty()) return [](const HttpRequest&, HttpConnection& connection) { connection.send(answer(599, "the script is over")); };
    Step step = std::move(steps_.front());
    steps_.pop_front();
    return step;
  }

  static bool read_request(HttpConnection& connection, std::string& unread, HttpRequest& request) {
    std::size_t end = 0;
    while ((end = unread.find("\r\n\r\n")) == std::string::npos) {
      const std::string more = connection.receive();
      if (more.empty()) return false;
      unread += more;
    }
    request.head = unread.substr(0, end + 2);
    unread.erase(0, end + 4);
    const std::vector<std::string> words = base::words(request.head);
    request.method = words.at(0);
    request.target = words.at(1);
    const std::string length = request.header("Content-Length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (unread.size() < size) {
      const std::string more = connection.receive();
      if (more.empty()) return false;
      unread += more;
    }
    request.body = unread.substr(0, size);
    unread.erase(0, size);
    return true;
  }

  sys::Fd socket_;
  std::string url_;
  std::mutex mutex_;
  std::deque<Step> steps_;
  std::vector<HttpRequest> requests_;
  std::list<HttpConnection> connections_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace test
