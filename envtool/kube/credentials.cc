#include "envtool/kube/credentials.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/sys/file.h"

namespace kube {
namespace {

using base::Error;

constexpr std::size_t kShownLines = 5;
constexpr std::size_t kLongestShownWord = 20;

bool may_be_in_token(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("+/=_-").find(c) != std::string_view::npos;
}

/// Long words may be tokens.
std::string without_secrets(std::string_view line) {
  std::string shown;
  while (!line.empty()) {
    const auto word = static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), may_be_in_token) - line.begin());
    shown += word > kLongestShownWord ? "<withheld>" : line.substr(0, word);
    line.remove_prefix(word);
    if (line.empty()) break;
    shown += static_cast<unsigned char>(line.front()) < ' ' ? ' ' : line.front();
    line.remove_prefix(1);
  }
  return shown;
}

/// The last lines of what a plugin said on its standard error.
Error&& with_last_lines(Error&& error, const std::string& said) {
  std::move(error).hint("run it by hand to see what it wants: it has to print an ExecCredential by itself");
  std::vector<std::string> lines = base::split(base::trim(said), '\n');
  const std::size_t first = lines.size() > kShownLines ? lines.size() - kShownLines : 0;
  for (std::size_t i = first; i < lines.size(); ++i) {
    if (!lines[i].empty()) std::move(error).note("it says: " + without_secrets(lines[i]));
  }
  return std::move(error);
}

std::string pem_text(const Pem& pem) { return pem.text.empty() && !pem.file.empty() ? sys::read_file(pem.file) : pem.text; }

}  // namespace

std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') rest += 1 + std::string_view(rest + 1).find_first_not_of("0123456789");
  std::tm zone{};
  const bool is_utc = std::string_view(rest) == "Z";
  if (!is_utc && (std::string_view("+-").find(*rest) == std::string_view::npos || strptime(rest + 1, "%H:%M", &zone) == nullptr))
    return std::nullopt;
  const int offset = (zone.tm_hour * 60 + zone.tm_min) * 60 * (*rest == '-' ? -1 : 1);
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts) - (is_utc ? 0 : offset)));
}

Credentials::Credentials(const Connection& connection, sys::Processes& processes, std::chrono::milliseconds plugin_timeout)
    : connection_(connection), processes_(processes), plugin_timeout_(plugin_timeout) {}

/// Then a plugin isn't asked.
bool Credentials::has_own_proof() const {
  return !connection_.token.empty() || !connection_.token_file.empty() || !connection_.basic_user.empty() ||
         !connection_.certificate.empty();
}

/// Whoever rotates the token replaces the file; in between the last one is good.
std::string Credentials::read_token_file() {
  try {
    last_file_token_ = base::trim(sys::read_file(connection_.token_file));
  } catch (const Error&) {
    if (last_file_token_.empty() && connection_.token.empty()) throw;
  }
  return last_file_token_.empty() ? connection_.token : last_file_token_;
}

Proof Credentials::current(std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  if (connection_.plugin && !has_own_proof()) return printed_proof(stop);
  Proof proof{"", connection_.certificate, connection_.key};
  const std::string token = connection_.token_file.empty() ? connection_.token : read_token_file();
  if (!token.empty()) {
    proof.authorization = fmt::format("Bearer {}", base::trim(token));
  } else if (!connection_.basic_user.empty()) {
    proof.authorization = "Basic " + base::to_base64(connection_.basic_user + ":" + connection_.basic_password);
  }
  return proof;
}

Proof Credentials::printed_proof(std::stop_token stop) {
  if (!printed_ ||
      (printed_->expires && *printed_->expires <= std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()))) {
    printed_ = ask_plugin(stop);
    ++generation_;
  }
  return {printed_->token.empty() ? "" : fmt::format("Bearer {}", base::trim(printed_->token)), printed_->certificate, printed_->key,
          generation_};
}

bool Credentials::renew(const Proof& refused, std::stop_token stop) {
  if (!connection_.token_file.empty()) return current(stop).authorization != refused.authorization;
  const std::lock_guard lock(mutex_);
  if (!connection_.plugin || has_own_proof()) return false;
  if (refused.generation == generation_) printed_.reset();
  printed_proof(stop);
  return true;
}

Credentials::Printed Credentials::ask_plugin(std::stop_token stop) const {
  const Plugin& plugin = *connection_.plugin;
  const std::string who = fmt::format("the credential plugin `{}` of the user `{}`", plugin.command, connection_.user);
  if (plugin.input == Plugin::Input::always) {
    throw Error(fmt::format("{} wants to ask at the terminal (`interactiveMode: Always`), which is not possible here", who))
        .hint("sign in with it by hand first, and say `IfAvailable` if it remembers that");
  }
  if (plugin.command.find('/') == std::string::npos && !sys::find_program(plugin.command)) {
    throw Error(fmt::format("{} is not installed", who))
        .hint(plugin.install_hint.empty() ? "its documentation tells how to install it" : without_secrets(plugin.install_hint));
  }
  sys::Command command{{plugin.command}, std::vector<std::string>(), "", {}};
  command.argv.insert(command.argv.end(), plugin.arguments.begin(), plugin.arguments.end());
  for (char** variable = environ; *variable != nullptr; ++variable) command.environment->emplace_back(*variable);
  for (const auto& [name, value] : plugin.environment) {
    std::erase_if(*command.environment, [&, start = name + "="](const std::string& entry) { return entry.starts_with(start); });
    command.environment->push_back(name + "=" + value);
  }
  command.environment->push_back("KUBERNETES_EXEC_INFO=" + exec_info());
  sys::Io io;
  io.timeout = plugin_timeout_;
  const sys::Result result = base::with_context(fmt::format("asking {}", who), [&] { return processes_.run(command, io, stop); });
  if (result.stopped) throw Error("stopped while " + who + " ran");
  if (result.timed_out)
    throw with_last_lines(Error(fmt::format("{} gave no answer in {} s", who, plugin_timeout_.count() / 1000)), result.err);
  if (!result.ok()) throw with_last_lines(Error(fmt::format("{} failed with exit code {}", who, result.exit_code)), result.err);
  try {
    return decode(result.out);
  } catch (const Error& problem) {
    throw with_last_lines(Error(fmt::format("{} printed no usable credentials: {}", who, problem.what())), result.err);
  }
}

/// What it throws quotes nothing of the output.
Credentials::Printed Credentials::decode(std::string_view output) const {
  doc::Value answer;
  try {
    answer = doc::parse_json(output, "its output");
  } catch (const Error&) {
    throw Error(fmt::format("its output ({} bytes) is not JSON", output.size()));
  }
  if (doc::text_at(answer, "kind") != "ExecCredential") throw Error("expected an object of the kind `ExecCredential`");
  if (doc::text_at(answer, "apiVersion") != connection_.plugin->api_version) {
    throw Error(fmt::format("expected the apiVersion `{}`, which the kubeconfig says", connection_.plugin->api_version));
  }
  Printed printed{doc::text_at(answer, "status.token"),
                  {doc::text_at(answer, "status.clientCertificateData"), {}},
                  {doc::text_at(answer, "status.clientKeyData"), {}},
                  {}};
  if (printed.certificate.empty() != printed.key.empty()) throw Error("expected both a certificate and its key, or none");
  if (printed.token.empty() && printed.certificate.empty()) throw Error("there is neither a token nor a certificate in it");
  const std::string expires = doc::text_at(answer, "status.expirationTimestamp");
  if (!expires.empty() && !(printed.expires = parse_time(expires))) throw Error("`expirationTimestamp` is no time");
  return printed;
}

std::string Credentials::exec_info() const {
  doc::Value info = doc::make_map(
      {{"apiVersion", connection_.plugin->api_version}, {"kind", "ExecCredential"}, {"spec", doc::make_map({{"interactive", false}})}});
  if (connection_.plugin->wants_cluster) {
    doc::Value cluster = doc::make_map({{"server", connection_.server}});
    if (!connection_.tls_server_name.empty()) cluster["tls-server-name"] = connection_.tls_server_name;
    if (connection_.insecure) cluster["insecure-skip-tls-verify"] = true;
    if (!connection_.authority.empty()) cluster["certificate-authority-data"] = base::to_base64(pem_text(connection_.authority));
    if (!connection_.proxy_url.empty()) cluster["proxy-url"] = connection_.proxy_url;
    if (!connection_.compressed) cluster["disable-compression"] = true;
    if (!connection_.plugin->cluster_config.is_null()) cluster["config"] = connection_.plugin->cluster_config;
    info["spec"]["cluster"] = std::move(cluster);
  }
  return doc::emit_json(info);
}

}  // namespace kube
