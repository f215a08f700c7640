#include "envtool/ssh/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/ssh/libssh_handles.h"

namespace ssh {

struct Session::State {
  Target target;
  SessionHandle session{ssh_new()};

  std::string where() const { return host_name(target.host, target.port); }

  [[noreturn]] void fail(std::string_view action) const {
    throw base::Error(fmt::format("cannot {} `{}`: {}", action, where(), ssh_get_error(session.get())));
  }
  template <typename Value>
  void set(ssh_options_e option, const Value* value) const {
    if (ssh_options_set(session.get(), option, value) != SSH_OK) fail("prepare a connection to");
  }
  void configure() const;
  void drain(ssh_channel channel, CommandResult& result) const;
};

/// The algorithms of the host keys to ask for (RFC 8332 for RSA's): the wanted types first, then all that OpenSSH's servers have.
std::string key_algorithms(const std::vector<std::string>& wanted) {
  constexpr std::array<std::string_view, 5> kTypes{"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"};
  std::vector<std::string> types = wanted;
  types.insert(types.end(), kTypes.begin(), kTypes.end());
  std::vector<std::string> algorithms;
  for (const std::string& type : types) {
    const std::string name = type == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type;
    if (std::find(algorithms.begin(), algorithms.end(), name) == algorithms.end()) algorithms.push_back(name);
  }
  return base::join(algorithms, ",");
}

/// Everything that libssh would take from files of this machine is switched off.
void Session::State::configure() const {
  const int no = 0;
  const unsigned int port = target.port;
  const long microseconds = static_cast<long>(std::chrono::microseconds(target.timeout).count());
  set(SSH_OPTIONS_PROCESS_CONFIG, &no);
  set(SSH_OPTIONS_HOST, target.host.c_str());
  set(SSH_OPTIONS_PORT, &port);
  set(SSH_OPTIONS_USER, target.user.c_str());
  set(SSH_OPTIONS_TIMEOUT_USEC, &microseconds);
  set(SSH_OPTIONS_HOSTKEYS, key_algorithms(target.key_types).c_str());
  set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
}

/// Takes both outputs in turns, so that neither can block the other, until the command closes them.
void Session::State::drain(ssh_channel channel, CommandResult& result) const {
  constexpr int kTurn = 20;  // milliseconds
  std::array<char, 16 * 1024> buffer{};
  auto last_output = std::chrono::steady_clock::now();
  while (ssh_channel_is_open(channel) != 0 && ssh_channel_is_eof(channel) == 0) {
    for (const int is_stderr : {0, 1}) {
      const int got = ssh_channel_read_timeout(channel, buffer.data(), buffer.size(), is_stderr, kTurn);
      if (got == SSH_ERROR) fail("read from");
      if (got <= 0) continue;
      (is_stderr == 0 ? result.out : result.err).append(buffer.data(), static_cast<std::size_t>(got));
      last_output = std::chrono::steady_clock::now();
    }
    if (std::chrono::steady_clock::now() - last_output > target.timeout) {
      throw base::Error(fmt::format("a command on `{}` gave no output in time", where()));
    }
  }
}

Session::Session(const Target& target) : state_(std::make_unique<State>()) {
  state_->target = target;
  state_->configure();
  if (ssh_connect(state_->session.get()) != SSH_OK) state_->fail("connect to");
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

std::string Session::banner() const {
  const char* banner = ssh_get_serverbanner(state_->session.get());
  return banner == nullptr ? std::string() : std::string(banner);
}

PublicKey Session::host_key() const {
  ssh_key raw = nullptr;
  const int result = ssh_get_server_publickey(state_->session.get(), &raw);
  const KeyHandle key(raw);
  if (result != SSH_OK) state_->fail("learn the host key of");
  char* text = nullptr;
  const int exported = ssh_pki_export_pubkey_base64(key.get(), &text);
  const TextHandle owner(text);
  if (exported != SSH_OK) state_->fail("read the host key of");
  return parse_public_key(fmt::format("{} {}", ssh_key_type_to_char(ssh_key_type(key.get())), text));
}

void Session::require_known(std::string_view known_hosts) const {
  const PublicKey key = host_key();
  const std::vector<KnownHost> lines = find_host(known_hosts, state_->target.host, state_->target.port);
  const auto states = [&](KnownHost::Marker marker) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const KnownHost& line) { return line.marker == marker && same_key(line.key, key); });
  };
  if (states(KnownHost::Marker::none) && !states(KnownHost::Marker::revoked)) return;
  throw base::Error(fmt::format("`{}` shows the host key {}, which is not among its known keys", state_->where(),
                                key.fingerprint()));
}

void Session::sign_in(const std::string& private_text) {
  const KeyHandle key = import_private_key(private_text);
  const int result = ssh_userauth_publickey(state_->session.get(), nullptr, key.get());
  if (result == SSH_AUTH_SUCCESS) return;
  if (result == SSH_AUTH_DENIED || result == SSH_AUTH_PARTIAL) {
    throw base::Error(fmt::format("`{}` refuses the key for user `{}`", state_->where(), state_->target.user));
  }
  state_->fail("sign in to");
}

CommandResult Session::run(const std::string& command, const std::map<std::string, std::string>& variables) {
  ssh_session session = state_->session.get();
  const ChannelHandle channel(ssh_channel_new(session));
  if (!channel || ssh_channel_open_session(channel.get()) != SSH_OK) state_->fail("open a channel to");
  for (const auto& [name, value] : variables) ssh_channel_request_env(channel.get(), name.c_str(), value.c_str());
  if (ssh_channel_request_exec(channel.get(), command.c_str()) != SSH_OK) state_->fail("run a command on");
  ssh_channel_send_eof(channel.get());
  CommandResult result;
  state_->drain(channel.get(), result);
  result.status = ssh_channel_get_exit_status(channel.get());
  return result;
}

}  // namespace ssh
