// What goes over WebSockets: commands in containers, and connections to their ports.
// Source: the package remotecommand of client-go (v4 and v5.channel.k8s.io: the first byte of a message is its channel)
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <thread>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/kube/parts.h"
#include "envtool/kube/websocket.h"
#include "envtool/sys/fd.h"

namespace kube {
namespace {

using base::Error;

constexpr char kInput = 0;
constexpr char kOut = 1;
constexpr char kErr = 2;
constexpr char kProblem = 3;
constexpr char kResize = 4;
constexpr char kCloseChannel = '\xff';
constexpr std::string_view kNewest = "v5.channel.k8s.io";
constexpr std::string_view kOlder = "v4.channel.k8s.io";  // can't say that the input has ended

/// Sends what a descriptor gives, on a thread of its own, until that ends or this object does.
class Pump {
 public:
  /// `send` may throw; then nothing more is sent. `at_end` is called when the descriptor has no more.
  Pump(int from, std::function<void(std::string_view)> send, std::function<void()> at_end)
      : from_(from), send_(std::move(send)), at_end_(std::move(at_end)), thread_([this] { run(); }) {}
  ~Pump() {
    over_.signal();
    thread_.join();
  }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

 private:
  bool wait_for_input() const {
    std::array<pollfd, 2> both{{{from_, POLLIN, 0}, {over_.get(), POLLIN, 0}}};
    while (poll(both.data(), both.size(), -1) < 0) {
      if (errno != EINTR) return false;
    }
    return both[1].revents == 0;
  }

  void run() {
    try {
      std::array<char, 32768> bytes;  // NOLINT: filled by read
      while (wait_for_input()) {
        const ssize_t count = read(from_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return at_end_();
        send_({bytes.data(), static_cast<std::size_t>(count)});
      }
    } catch (const Error&) {  // the connection is gone, which whoever receives finds out
    }
  }

  const int from_;
  const std::function<void(std::string_view)> send_;
  const std::function<void()> at_end_;
  sys::EventFd over_;
  std::thread thread_;
};

std::string on_channel(char channel, std::string_view bytes) { return std::string(1, channel).append(bytes); }

/// The exit code that the last message tells: a Status.
int exit_code_of(const doc::Value& status) {
  if (doc::text_at(status, "status") == "Success") return 0;
  const doc::Value* causes = doc::at_path(status, "details.causes");
  if (doc::text_at(status, "reason") == "NonZeroExitCode" && causes != nullptr && causes->is_list()) {
    for (const doc::Value& cause : causes->as_list()) {
      if (doc::text_at(cause, "reason") == "ExitCode") return std::atoi(doc::text_at(cause, "message").c_str());
    }
  }
  throw Error(doc::text_at(status, "message"));
}

std::string exec_path(const std::string& pod, const ExecOptions& options) {
  const bool has_err = !options.terminal && options.on_err;
  const auto flag = [](bool set) { return set ? "true" : ""; };
  std::vector<std::pair<std::string, std::string>> pairs{{"container", options.container},
                                                         {"stdin", flag(options.input >= 0)},
                                                         {"stdout", "true"},
                                                         {"stderr", flag(has_err)},
                                                         {"tty", flag(options.terminal.has_value())}};
  std::string path = pod + "/exec" + query(pairs);
  for (const std::string& word : options.command) path += "&command=" + base::percent_encode(word);
  return path;
}

void give(const sys::Sink& sink, std::string_view bytes) {
  if (sink && !bytes.empty()) sink(bytes);
}

/// Until the command has ended; its exit code.
int converse(WebSocket& socket, const ExecOptions& options, const std::stop_token& stop) {
  while (const std::optional<std::string> message = socket.receive(stop)) {
    if (message->empty()) continue;
    const std::string_view bytes = std::string_view(*message).substr(1);
    if (message->front() == kOut) give(options.on_out, bytes);
    if (message->front() == kErr) give(options.on_err, bytes);
    if (message->front() == kProblem && !bytes.empty()) return exit_code_of(doc::parse_json(bytes, "the end of the command"));
  }
  throw Error(stop.stop_requested() ? "stopped on request" : "the connection ended before the command did");
}

std::unique_ptr<WebSocket> open(Transport& transport, const Asked& asked, const std::string& path,
                                const std::vector<std::string>& protocols, const std::stop_token& stop) {
  Reply reply;
  std::unique_ptr<WebSocket> socket = WebSocket::open(transport, path, protocols, reply, stop);
  if (socket) return socket;
  if (std::optional<Refusal> refusal = refusal_of(asked, reply, transport.connection())) throw Error(refusal->diagnostic);
  throw Error("the API server does not speak WebSocket").hint("Kubernetes does since 1.30");
}

/// Throws base::Error with what the node says.
void check_error_channel(std::string_view message, std::uint16_t port) {
  const std::string_view said = base::trim(message);
  if (!said.empty()) throw Error(fmt::format("cannot reach port {} of the pod: {}", port, said));
}

void write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error("whoever connected is gone");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

int Client::exec(const Reference& pod, const ExecOptions& options, std::stop_token stop) {
  const Asked asked = parts_->asked("run a command in", pod, stop);
  const std::string path = exec_path(parts_->path_of_object(pod, stop), options);
  const std::unique_ptr<WebSocket> socket = open(parts_->transport, asked, path, {std::string(kNewest), std::string(kOlder)}, stop);
  if (options.terminal) {
    const doc::Value size = doc::make_map({{"Width", options.terminal->columns}, {"Height", options.terminal->rows}});
    socket->send(on_channel(kResize, doc::emit_json(size)));
  }
  std::optional<Pump> pump;
  if (options.input >= 0) {
    const auto send = [&](std::string_view bytes) { socket->send(on_channel(kInput, bytes)); };
    const auto end = [&] {
      if (socket->protocol() == kNewest) socket->send(on_channel(kCloseChannel, std::string_view(&kInput, 1)));
    };
    pump.emplace(options.input, send, end);
  }
  return base::with_context(fmt::format("running `{}` in {}", base::join(options.command, " "), to_string(pod)),
                            [&] { return converse(*socket, options, stop); });
}

/// The first message of each channel says which port it is for.
void Client::forward(const Reference& pod, std::uint16_t port, int socket, std::stop_token stop) {
  const Asked asked = parts_->asked("forward a port of", pod, stop);
  const std::string path = parts_->path_of_object(pod, stop) + fmt::format("/portforward?ports={}", port);
  const std::unique_ptr<WebSocket> there = open(parts_->transport, asked, path, {std::string(kOlder)}, stop);
  std::stop_source ended;
  const std::stop_callback pass_on(stop, [&] { ended.request_stop(); });
  const Pump pump(
      socket, [&](std::string_view bytes) { there->send(on_channel(0, bytes)); }, [&] { ended.request_stop(); });
  std::array<bool, 2> told{};
  while (const std::optional<std::string> message = there->receive(ended.get_token())) {
    if (message->empty() || message->front() > 1) continue;
    const auto channel = static_cast<std::size_t>(message->front());
    std::string_view bytes = std::string_view(*message).substr(1);
    if (!std::exchange(told[channel], true)) bytes.remove_prefix(std::min<std::size_t>(2, bytes.size()));
    if (channel == 1) check_error_channel(bytes, port);
    if (channel == 0) write_all(socket, bytes);
  }
  there->close();
}

}  // namespace kube
