// WebSockets (RFC 6455) from a client's side: binary messages. libcurl's own are experimental and not built in everywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/kube/transport.h"

namespace kube {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Message {
  Opcode opcode;
  std::string payload;

  friend bool operator==(const Message&, const Message&) = default;
};

/// One whole message as a client sends it; `mask` is four bytes that nobody can guess.
std::string encode_frame(const Message& message, std::string_view mask);

/// Takes a server's bytes in any parts, and gives whole messages.
class FrameReader {
 public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  /// The next message whose end has come. Throws base::Error for what no server may send, and for messages over 64 MiB.
  std::optional<Message> next();

 private:
  std::optional<Message> take_frame(bool& is_last);

  std::string bytes_;
  std::optional<Message> begun_;  ///< a message in several frames
};

/// What the server must answer to a key.
std::string accept_of(std::string_view key);

/// A connection that has been upgraded. `send` may be called while another thread receives.
class WebSocket {
 public:
  /// Asks for `path` with one of the protocols. What is not upgraded leaves the server's `reply` and no object.
  static std::unique_ptr<WebSocket> open(Transport& transport, const std::string& path, const std::vector<std::string>& protocols,
                                         Reply& reply, const std::stop_token& stop);

  /// The one that the server has chosen.
  const std::string& protocol() const { return protocol_; }
  void send(std::string_view payload);
  /// The next binary or text message, or nothing when the server has said the end or a stop is requested. Throws base::Error if the
  /// connection breaks.
  std::optional<std::string> receive(const std::stop_token& stop);
  /// Says the end to the server; never throws.
  void close() noexcept;

 private:
  WebSocket(std::unique_ptr<Transport::Socket> socket, std::string protocol, std::string_view rest)
      : socket_(std::move(socket)), protocol_(std::move(protocol)) {
    reader_.add(rest);
  }
  void send(Opcode opcode, std::string_view payload);

  std::unique_ptr<Transport::Socket> socket_;
  std::string protocol_;
  FrameReader reader_;
  std::mutex sending_;
};

}  // namespace kube
