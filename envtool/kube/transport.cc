#include "envtool/kube/transport.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/http/header_lines.h"
#include "envtool/http/libcurl.h"

namespace kube {
namespace {

using base::Error;
using http::curl_easy_getinfo;
using http::curl_easy_setopt;
using std::chrono::milliseconds;

constexpr milliseconds kConnectTimeout{10000};
constexpr milliseconds kLongestPoll{1000};
constexpr milliseconds kSocketPoll{100};
constexpr std::size_t kLargestBody = 256U << 20U;

/// The parts of a server's URL.
struct Address {
  std::string scheme;
  std::string host;  ///< with brackets, if it has some
  std::string port;
  std::string prefix;  ///< the path, without a slash at the end

  explicit Address(const std::string& url) {
    const std::size_t colon = url.find("://");
    scheme = url.substr(0, colon);
    const std::string rest = url.substr(colon + 3);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    prefix = rest.substr(slash);
    host = rest.substr(0, slash);
    const std::size_t port_colon = host.rfind(':');
    const bool has_port = port_colon != std::string::npos && host.find(']', port_colon) == std::string::npos;
    port = has_port ? host.substr(port_colon + 1) : scheme == "https" ? "443" : "80";
    if (has_port) host.resize(port_colon);
  }
  std::string host_and_port() const { return host + ":" + port; }
  bool is_loopback() const { return host == "localhost" || host.starts_with("127.") || host == "[::1]"; }
};

/// Part of one transfer, which libcurl fills.
struct Received {
  http::Response response;
  std::string unread;  ///< of a body that is given on in parts
  std::array<char, CURL_ERROR_SIZE> problem{};
};

std::size_t keep_body(char* bytes, std::size_t size, std::size_t count, void* body) {
  auto& kept = *static_cast<std::string*>(body);
  if (kept.size() + size * count > kLargestBody) return 0;
  kept.append(bytes, size * count);
  return size * count;
}

curl_blob blob_of(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
}  // NOLINT: libcurl copies it

void set_pem(CURL* handle, const Pem& pem, CURLoption as_text, CURLoption as_file) {
  if (!pem.text.empty()) {
    curl_blob blob = blob_of(pem.text);
    curl_easy_setopt(handle, as_text, &blob);
  } else if (!pem.file.empty()) {
    curl_easy_setopt(handle, as_file, pem.file.c_str());
  }
}

void set_tls(CURL* handle, const Connection& connection, const Proof& proof) {
  if (connection.insecure) {
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!connection.authority.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));  // else this machine's are trusted, too
    set_pem(handle, connection.authority, CURLOPT_CAINFO_BLOB, CURLOPT_CAINFO);
  } else if (const char* bundle = std::getenv("SSL_CERT_FILE")) {  // NOLINT(concurrency-mt-unsafe)
    curl_easy_setopt(handle, CURLOPT_CAINFO, bundle);
  }
  set_pem(handle, proof.certificate, CURLOPT_SSLCERT_BLOB, CURLOPT_SSLCERT);
  set_pem(handle, proof.key, CURLOPT_SSLKEY_BLOB, CURLOPT_SSLKEY);
  curl_easy_setopt(handle, CURLOPT_KEYPASSWD, "");  // else OpenSSL asks at the terminal for that of an encrypted key
}

void set_proxy(CURL* handle, const Connection& connection, const Address& address) {
  std::string url = connection.proxy_url;
  if (url.starts_with("socks5://")) url.replace(0, std::string_view("socks5://").size(), "socks5h://");  // the proxy resolves names
  if (!url.empty()) {
    curl_easy_setopt(handle, CURLOPT_PROXY, url.c_str());
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
    curl_easy_setopt(handle, CURLOPT_HTTPPROXYTUNNEL, 1L);
  } else if (address.is_loopback()) {
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
  }
}

Failure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return Failure::none;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return Failure::not_connected;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return Failure::distrust;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return Failure::cut;
    default:
      return Failure::other;
  }
}

std::vector<http::Header> headers_of(const Connection& connection, const Proof& proof) {
  std::vector<http::Header> headers;
  if (!proof.authorization.empty()) headers.push_back({"Authorization", proof.authorization});
  const Impersonation& as = connection.impersonation;
  if (!as.user.empty()) headers.push_back({"Impersonate-User", as.user});
  if (!as.uid.empty()) headers.push_back({"Impersonate-Uid", as.uid});
  for (const std::string& group : as.groups) headers.push_back({"Impersonate-Group", group});
  for (const auto& [key, values] : as.extra) {
    for (const std::string& value : values) headers.push_back({"Impersonate-Extra-" + base::percent_encode(key), value});
  }
  return headers;
}

struct MultiDeleter {
  void operator()(CURLM* handle) const { http::curl_multi_cleanup(handle); }
};

/// One request on its way. What libcurl points to stays where it is.
class Transfer {
 public:
  Transfer(const Connection& connection, Proof proof, const Request& request, milliseconds timeout);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  const Proof& proof() const { return proof_; }
  Received& received() { return *received_; }
  /// Where the next parts of the body go.
  void keep_body_in(std::string& text) { curl_easy_setopt(handle(), CURLOPT_WRITEDATA, &text); }
  int status() const;
  Reply finish(CURLcode code);

 private:
  void set_address(const Connection& connection, const std::string& path);

  http::EasyHandle handle_{http::curl_easy_init()};
  std::unique_ptr<Received> received_ = std::make_unique<Received>();
  http::HeaderLines headers_;
  http::HeaderLines connect_to_;
  Proof proof_;
};

Transfer::Transfer(const Connection& connection, Proof proof, const Request& request, milliseconds timeout) : proof_(std::move(proof)) {
  if (!handle_) throw Error("cannot set up an HTTP request");
  CURL* const h = handle();
  std::vector<http::Header> headers = headers_of(connection, proof_);
  const Address address(connection.server);
  headers.push_back({"Accept", request.accept});
  if (!request.content_type.empty()) headers.push_back({"Content-Type", request.content_type});
  if (!connection.tls_server_name.empty()) headers.push_back({"Host", address.host_and_port()});
  headers.push_back({"User-Agent", "envtool"});
  headers_ = http::header_lines(headers);
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers_.get());
  set_address(connection, request.path);
  set_tls(h, connection, proof_);
  set_proxy(h, connection, address);
  curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);  // a name may be `..`
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(h, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(h, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(h, CURLOPT_TCP_KEEPINTVL, 15L);
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>((timeout.count() == 0 ? kConnectTimeout : std::min(timeout, kConnectTimeout)).count()));
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  if (connection.compressed) curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (request.repeat == Repeat::unsafe) curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);  // libcurl sends again what an old connection loses
  if (request.method != "GET") curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty()) {
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &keep_body);
  keep_body_in(received_->response.body);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, &http::keep_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, &received_->response.headers);
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, received_->problem.data());
}

/// Another name for the certificate is one for TLS only: the connection goes where it went before.
void Transfer::set_address(const Connection& connection, const std::string& path) {
  const Address address(connection.server);
  std::string host = address.host;
  if (!connection.tls_server_name.empty()) {
    host = connection.tls_server_name;
    connect_to_.reset(http::curl_slist_append(nullptr, fmt::format("{}:{}:{}:{}", host, address.port, address.host, address.port).c_str()));
    curl_easy_setopt(handle(), CURLOPT_CONNECT_TO, connect_to_.get());
  }
  curl_easy_setopt(handle(), CURLOPT_URL, fmt::format("{}://{}:{}{}{}", address.scheme, host, address.port, address.prefix, path).c_str());
}

int Transfer::status() const {
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

Reply Transfer::finish(CURLcode code) {
  Reply reply{std::move(received_->response), failure_of(code)};
  reply.response.status = status();
  if (code == CURLE_OK) return reply;
  const std::string_view problem(received_->problem.data());
  reply.response.problem = problem.empty() ? http::curl_easy_strerror(code) : problem;
  reply.response.status = 0;
  return reply;
}

Reply stopped() {
  Reply reply{{}, Failure::stopped};
  reply.response.problem = "stopped on request";
  return reply;
}

}  // namespace

/// Some connections and what is done with them, by one thread at a time.
class Lane {
 public:
  Lane() {
    if (!multi_) throw Error("cannot set up HTTP requests");
  }

  void add(Transfer& transfer) { http::curl_multi_add_handle(multi_.get(), transfer.handle()); }
  void remove(Transfer& transfer) { http::curl_multi_remove_handle(multi_.get(), transfer.handle()); }
  void wake() { http::curl_multi_wakeup(multi_.get()); }

  /// Does what can be done now; calls `on_done` for each transfer that ended.
  void work(const std::function<void(CURL*, CURLcode)>& on_done) {
    int running = 0;
    http::curl_multi_perform(multi_.get(), &running);
    int left = 0;
    std::vector<std::pair<CURL*, CURLcode>> done;
    while (const CURLMsg* message = http::curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) done.emplace_back(message->easy_handle, message->data.result);
    }
    for (const auto& [handle, code] : done) on_done(handle, code);
  }

  void wait(milliseconds longest) {
    http::curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::clamp(longest, milliseconds(0), kLongestPoll).count()), nullptr);
  }

 private:
  std::unique_ptr<CURLM, MultiDeleter> multi_{http::curl_multi_init()};
};

class LaneLoan {
 public:
  explicit LaneLoan(Transport& transport) : transport_(transport), lane_(transport.take_lane()) {}
  ~LaneLoan() { transport_.give_back(std::move(lane_)); }
  LaneLoan(const LaneLoan&) = delete;
  LaneLoan& operator=(const LaneLoan&) = delete;
  Lane& operator*() const { return *lane_; }
  Lane* operator->() const { return lane_.get(); }

 private:
  Transport& transport_;
  std::unique_ptr<Lane> lane_;
};

/// Requests that are sent together.
class Batch {
 public:
  Batch(Transport& transport, const std::vector<Request>& requests, std::stop_token stop)
      : transport_(transport), stop_(std::move(stop)), lane_(transport) {
    for (const Request& request : requests) jobs_.push_back({request, std::nullopt, now(), {}, {}, false, false});
  }
  ~Batch() { drop_all(); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  std::vector<Reply> run() {
    const std::stop_callback wake(stop_, [this] { lane_->wake(); });
    while (done_ < jobs_.size() && !stop_.stop_requested()) {
      start_what_is_due();
      active_ == 0 ? transport_.clock_.pause(until_due(), stop_) : advance();
    }
    return replies();
  }

 private:
  struct Job {
    const Request& request;
    std::optional<Retries> retries;  ///< from the first try on
    sys::Clock::Time due;
    std::unique_ptr<Transfer> transfer;
    Reply reply;
    bool done;
    bool renewed;  ///< new credentials were asked for once
  };

  sys::Clock::Time now() { return transport_.clock_.now(); }

  void drop_all() {
    for (Job& job : jobs_) {
      if (job.transfer) lane_->remove(*job.transfer);
      job.transfer.reset();
    }
  }

  void start_what_is_due() {
    while (first_ < jobs_.size() && jobs_[first_].done) ++first_;
    for (std::size_t i = first_; i < jobs_.size() && active_ < transport_.limits_.parallel; ++i) {
      if (!jobs_[i].done && !jobs_[i].transfer && jobs_[i].due <= now()) start(jobs_[i]);
    }
  }

  void start(Job& job) {
    if (!job.retries) job.retries.emplace(job.request.repeat, transport_.limits_.patience, now());
    job.transfer =
        std::make_unique<Transfer>(transport_.connection_, transport_.credentials_.current(stop_), job.request, transport_.limits_.timeout);
    lane_->add(*job.transfer);
    ++active_;
  }

  /// Until the next pause is over.
  milliseconds until_due() {
    milliseconds shortest = kLongestPoll;
    for (std::size_t i = first_; i < jobs_.size(); ++i) {
      if (jobs_[i].done || jobs_[i].transfer) continue;
      shortest = std::min(shortest, std::chrono::ceil<milliseconds>(jobs_[i].due - now()));
    }
    return std::max(shortest, milliseconds(0));
  }

  void advance() {
    const std::size_t before = active_;
    lane_->work([this](CURL* handle, CURLcode code) { finish(handle, code); });
    if (active_ < before) return;
    lane_->wait(active_ < transport_.limits_.parallel ? until_due() : kLongestPoll);
  }

  void finish(CURL* handle, CURLcode code) {
    const auto found = std::find_if(jobs_.begin() + static_cast<std::ptrdiff_t>(first_), jobs_.end(),
                                    [&](const Job& job) { return job.transfer && job.transfer->handle() == handle; });
    Job& job = *found;
    lane_->remove(*job.transfer);
    const std::unique_ptr<Transfer> transfer = std::move(job.transfer);
    --active_;
    job.reply = transfer->finish(code);
    if (job.reply.failure == Failure::none) transport_.known_ = true;
    if (job.reply.response.status == 401 && !job.renewed) {
      job.renewed = true;
      if (transport_.credentials_.renew(transfer->proof(), stop_)) return;
    }
    if (const std::optional<milliseconds> pause = job.retries->next(job.reply.response, job.reply.failure, transport_.known_, now())) {
      job.due = now() + *pause;
      return;
    }
    job.done = true;
    ++done_;
  }

  std::vector<Reply> replies() {
    std::vector<Reply> all;
    for (Job& job : jobs_) all.push_back(job.done ? std::move(job.reply) : stopped());
    return all;
  }

  Transport& transport_;
  const std::stop_token stop_;
  LaneLoan lane_;
  std::vector<Job> jobs_;
  std::size_t first_ = 0;  ///< all before it are done
  std::size_t active_ = 0;
  std::size_t done_ = 0;
};

Transport::Transport(Connection connection, Limits limits, sys::Processes& processes, sys::Clock& clock)
    : connection_(std::move(connection)), limits_(limits), clock_(clock), credentials_(connection_, processes, limits.plugin_timeout) {
  http::prepare_libcurl();
}

Transport::~Transport() = default;

std::unique_ptr<Lane> Transport::take_lane() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Lane>();
  std::unique_ptr<Lane> lane = std::move(idle_.back());
  idle_.pop_back();
  return lane;
}

void Transport::give_back(std::unique_ptr<Lane> lane) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(lane));
}

std::vector<Reply> Transport::send_all(const std::vector<Request>& requests, std::stop_token stop) {
  return Batch(*this, requests, std::move(stop)).run();
}

Reply Transport::send(const Request& request, std::stop_token stop) { return std::move(send_all({request}, std::move(stop)).front()); }

namespace {

/// One try of a stream.
class Stream {
 public:
  Stream(Lane& lane, Transfer& transfer, const Body& on_body) : lane_(lane), transfer_(transfer), on_body_(on_body) {
    transfer_.keep_body_in(transfer_.received().unread);
    lane_.add(transfer_);
  }
  ~Stream() { lane_.remove(transfer_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Whether an answer has begun that is no refusal.
  bool begun() const { return transfer_.status() >= 200 && transfer_.status() < 300; }

  Reply run(sys::Clock& clock, std::optional<sys::Clock::Time> end, const std::stop_token& stop) {
    std::optional<CURLcode> code;
    while (!code) {
      lane_.work([&](CURL*, CURLcode result) { code = result; });
      if (!pass_on()) return satisfied();
      if (code) break;
      if (stop.stop_requested()) return stopped();
      const milliseconds left = end ? std::chrono::ceil<milliseconds>(*end - clock.now()) : kLongestPoll;
      if (left.count() <= 0) return timed_out();
      lane_.wait(left);
    }
    Reply reply = transfer_.finish(*code);
    reply.response.status = transfer_.status();
    reply.response.body = std::move(transfer_.received().unread);
    return reply;
  }

 private:
  Reply satisfied() const {
    Reply reply;
    reply.response.status = transfer_.status();
    return reply;
  }

  static Reply timed_out() {
    Reply reply{{}, Failure::cut};
    reply.response.problem = "the time was over";
    return reply;
  }

  /// False if the receiver wants no more.
  bool pass_on() {
    std::string& unread = transfer_.received().unread;
    if (unread.empty() || !begun()) return true;
    const std::string bytes = std::move(unread);
    unread.clear();
    return on_body_(bytes);
  }

  Lane& lane_;
  Transfer& transfer_;
  const Body& on_body_;
};

}  // namespace

Reply Transport::stream(const Request& request, const Body& on_body, std::optional<sys::Clock::Time> end, std::stop_token stop) {
  const LaneLoan lane(*this);
  const std::stop_callback wake(stop, [&] { lane->wake(); });
  Retries retries(request.repeat, limits_.patience, clock_.now());
  bool renewed = false;
  while (true) {
    Transfer transfer(connection_, credentials_.current(stop), request, milliseconds(0));
    Stream stream(*lane, transfer, on_body);
    Reply reply = stream.run(clock_, end, stop);
    if (reply.failure == Failure::none) known_ = true;
    if (stream.begun() || reply.failure == Failure::stopped || (end && clock_.now() >= *end)) return reply;
    if (reply.response.status == 401 && !std::exchange(renewed, true) && credentials_.renew(transfer.proof(), stop)) continue;
    const std::optional<milliseconds> pause = retries.next(reply.response, reply.failure, known_, clock_.now());
    if (!pause) return reply;
    clock_.pause(*pause, stop);
  }
}

// --- Other protocols ------------------------------------------------------------------------------------------------------------------

namespace {

/// libcurl has made the connection; what goes over it is the caller's.
class CurlSocket : public Transport::Socket {
 public:
  CurlSocket(const Connection& connection, Proof proof, milliseconds timeout)
      : transfer_(connection, proof, Request{"GET", "/"}, timeout), headers_(headers_of(connection, proof)) {
    const Address address(connection.server);
    prefix_ = address.prefix;
    headers_.insert(headers_.begin(), {"Host", address.host_and_port()});
    curl_easy_setopt(transfer_.handle(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(transfer_.handle(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    const CURLcode code = http::curl_easy_perform(transfer_.handle());
    if (code != CURLE_OK)
      throw Error(fmt::format("cannot connect to the API server `{}`: {}", connection.server, transfer_.finish(code).response.problem));
    curl_easy_getinfo(transfer_.handle(), CURLINFO_ACTIVESOCKET, &socket_);
  }

  void send(std::string_view bytes) override {
    while (!bytes.empty()) {
      std::size_t sent = 0;
      CURLcode code = CURLE_OK;
      {
        const std::lock_guard lock(mutex_);
        code = http::curl_easy_send(transfer_.handle(), bytes.data(), bytes.size(), &sent);
      }
      if (code == CURLE_AGAIN) {
        wait_for(POLLOUT);
      } else if (code != CURLE_OK) {
        throw Error(fmt::format("the connection to the API server broke: {}", http::curl_easy_strerror(code)));
      }
      bytes.remove_prefix(sent);
    }
  }

  std::string receive(const std::stop_token& stop, milliseconds longest) override {
    std::string bytes(32768, '\0');
    for (milliseconds waited{0}; !stop.stop_requested(); waited += kSocketPoll) {
      std::size_t count = 0;
      CURLcode code = CURLE_OK;
      {
        const std::lock_guard lock(mutex_);
        code = http::curl_easy_recv(transfer_.handle(), bytes.data(), bytes.size(), &count);
      }
      if (code == CURLE_OK) {
        bytes.resize(count);
        return bytes;
      }
      if (code != CURLE_AGAIN) throw Error(fmt::format("the connection to the API server broke: {}", http::curl_easy_strerror(code)));
      if (waited >= longest) throw Error(fmt::format("the API server gave no answer in {} s", longest.count() / 1000));
      wait_for(POLLIN);
    }
    return "";
  }

  const std::vector<http::Header>& headers() const override { return headers_; }
  const std::string& prefix() const override { return prefix_; }

 private:
  /// Not for long, so that a stop request is seen.
  void wait_for(short event) const {
    pollfd one{socket_, event, 0};
    poll(&one, 1, static_cast<int>(kSocketPoll.count()));
  }

  Transfer transfer_;
  std::vector<http::Header> headers_;
  std::string prefix_;
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<Transport::Socket> Transport::connect(std::stop_token stop) {
  return std::make_unique<CurlSocket>(connection_, credentials_.current(stop), kConnectTimeout);
}

}  // namespace kube
