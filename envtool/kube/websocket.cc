#include "envtool/kube/websocket.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <cstdlib>

#include "envtool/base/digest.h"
#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace kube {
namespace {

using base::Error;

constexpr std::uint64_t kLargestMessage = 64U << 20U;
constexpr std::size_t kLargestHeader = 64U << 10U;
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // section 1.3
constexpr unsigned kLast = 0x80;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kReserved = 0x70;

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count)) throw Error("this machine has no random numbers");
  return bytes;
}

std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; number >>= 8U) bytes[i] = static_cast<char>(number & 0xffU);
  return bytes;
}

std::uint64_t number_at(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

bool is_control(Opcode opcode) { return static_cast<unsigned>(opcode) >= 8; }

[[noreturn]] void throw_nonsense(std::string_view what) {
  throw Error(fmt::format("the API server broke the rules of WebSockets: {}", what));
}

/// What a server answers before it speaks WebSocket.
struct Handshake {
  Reply reply;
  std::string rest;  ///< of what has come
};

void read_header(const std::string& text, http::Response& response) {
  const std::vector<std::string> lines = base::split(text, '\n');
  const std::vector<std::string> words = base::words(lines.front());
  if (words.size() < 2 || !words.front().starts_with("HTTP/1.")) throw_nonsense("its answer is not HTTP");
  response.status = std::atoi(words[1].c_str());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    if (colon != std::string::npos)
      response.headers.push_back({lines[i].substr(0, colon), std::string(base::trim(std::string_view(lines[i]).substr(colon + 1)))});
  }
}

Handshake read_handshake(Transport::Socket& socket, std::chrono::milliseconds timeout, const std::stop_token& stop) {
  std::string bytes;
  std::size_t end = std::string::npos;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const std::string more = socket.receive(stop, timeout);
    if (more.empty()) throw Error("the API server closed the connection without an answer");
    bytes += more;
    if (bytes.size() > kLargestHeader) throw_nonsense("its header has no end");
  }
  Handshake handshake;
  read_header(bytes.substr(0, end), handshake.reply.response);
  handshake.rest = bytes.substr(end + 4);
  return handshake;
}

/// Of an answer that is no upgrade.
void read_body(Transport::Socket& socket, Handshake& handshake, std::chrono::milliseconds timeout, const std::stop_token& stop) {
  http::Response& response = handshake.reply.response;
  response.body = std::move(handshake.rest);
  const auto length = static_cast<std::size_t>(std::atoll(std::string(response.header("content-length")).c_str()));
  while (response.body.size() < std::min(length, kLargestHeader)) {
    const std::string more = socket.receive(stop, timeout);
    if (more.empty()) return;
    response.body += more;
  }
}

std::string upgrade_request(const Transport::Socket& socket, const std::string& path, const std::vector<std::string>& protocols,
                            const std::string& key) {
  std::string text = fmt::format("GET {}{} HTTP/1.1\r\n", socket.prefix(), path);
  for (const http::Header& header : socket.headers()) text += fmt::format("{}: {}\r\n", header.name, header.value);
  text += fmt::format(
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\nSec-WebSocket-Protocol: "
      "{}\r\n\r\n",
      key, base::join(protocols, ", "));
  return text;
}

}  // namespace

std::string encode_frame(const Message& message, std::string_view mask) {
  std::string frame(1, static_cast<char>(kLast | static_cast<unsigned>(message.opcode)));
  const std::size_t size = message.payload.size();
  const std::size_t bytes_of_size = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  frame += static_cast<char>(kMasked | (bytes_of_size == 0 ? size : bytes_of_size == 2 ? 126 : 127));
  frame += big_endian(size, bytes_of_size);
  frame += mask;
  for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(message.payload[i] ^ mask[i % mask.size()]);
  return frame;
}

/// Section 5.2.
std::optional<Message> FrameReader::take_frame(bool& is_last) {
  if (bytes_.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes_[0]);
  const auto second = static_cast<unsigned char>(bytes_[1]);
  if ((first & kReserved) != 0) throw_nonsense("reserved bits are set");
  if ((second & kMasked) != 0) throw_nonsense("its frames are masked");
  const std::size_t bytes_of_size = second == 126 ? 2 : second == 127 ? 8 : 0;
  if (bytes_.size() < 2 + bytes_of_size) return std::nullopt;
  const std::uint64_t size = bytes_of_size == 0 ? second : number_at(std::string_view(bytes_).substr(2, bytes_of_size));
  if (size > kLargestMessage) throw_nonsense(fmt::format("a frame has {} bytes", size));
  if (bytes_.size() < 2 + bytes_of_size + size) return std::nullopt;
  is_last = (first & kLast) != 0;
  Message frame{static_cast<Opcode>(first & 0x0fU), bytes_.substr(2 + bytes_of_size, size)};
  bytes_.erase(0, 2 + bytes_of_size + size);
  return frame;
}

/// Section 5.4: control frames may come in the middle of a message.
std::optional<Message> FrameReader::next() {
  bool is_last = false;
  while (std::optional<Message> frame = take_frame(is_last)) {
    if (is_control(frame->opcode)) {
      if (!is_last || frame->payload.size() > 125) throw_nonsense("a control frame is too long");
      return frame;
    }
    if ((frame->opcode == Opcode::continuation) != begun_.has_value()) throw_nonsense("a frame continues nothing, or nothing is continued");
    if (begun_) {
      begun_->payload += frame->payload;
    } else {
      begun_ = std::move(frame);
    }
    if (begun_->payload.size() > kLargestMessage) throw_nonsense("a message is too long");
    if (is_last) return std::exchange(begun_, std::nullopt);
  }
  return std::nullopt;
}

std::string accept_of(std::string_view key) { return base::to_base64(base::sha1(std::string(key).append(kGuid))); }

std::unique_ptr<WebSocket> WebSocket::open(Transport& transport, const std::string& path, const std::vector<std::string>& protocols,
                                           Reply& reply, const std::stop_token& stop) {
  std::unique_ptr<Transport::Socket> socket = transport.connect(stop);
  const std::string key = base::to_base64(random_bytes(16));
  socket->send(upgrade_request(*socket, path, protocols, key));
  Handshake handshake = read_handshake(*socket, transport.limits().timeout, stop);
  if (handshake.reply.response.status != 101) {
    read_body(*socket, handshake, transport.limits().timeout, stop);
    reply = std::move(handshake.reply);
    return nullptr;
  }
  const http::Response& response = handshake.reply.response;
  if (response.header("sec-websocket-accept") != accept_of(key)) throw_nonsense("its key does not fit");
  const std::string protocol(response.header("sec-websocket-protocol"));
  if (std::find(protocols.begin(), protocols.end(), protocol) == protocols.end())
    throw_nonsense(fmt::format("it speaks `{}`, which nobody asked for", protocol));
  return std::unique_ptr<WebSocket>(new WebSocket(std::move(socket), protocol, handshake.rest));
}

void WebSocket::send(Opcode opcode, std::string_view payload) {
  const std::lock_guard lock(sending_);
  socket_->send(encode_frame({opcode, std::string(payload)}, random_bytes(4)));
}

void WebSocket::send(std::string_view payload) { send(Opcode::binary, payload); }

std::optional<std::string> WebSocket::receive(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (std::optional<Message> message = reader_.next()) {
      if (message->opcode == Opcode::close) return std::nullopt;
      if (message->opcode == Opcode::ping) send(Opcode::pong, message->payload);
      if (!is_control(message->opcode)) return std::move(message->payload);
      continue;
    }
    const std::string bytes = socket_->receive(stop, std::chrono::milliseconds::max());
    if (bytes.empty()) return std::nullopt;
    reader_.add(bytes);
  }
  return std::nullopt;
}

void WebSocket::close() noexcept {
  try {
    send(Opcode::close, big_endian(1000, 2));
  } catch (...) {  // then it is closed
  }
}

}  // namespace kube
