#include "envtool/model/endpoint.h"

#include <algorithm>
#include <charconv>

namespace model {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port > 0 ? std::optional(port) : std::nullopt;
}

/// Splits `[address]`, `[address]:port`, `host:port` or what has no port. The port's text begins with its colon.
std::pair<std::string_view, std::string_view> split_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return {};
    return {text.substr(1, end - 1), text.substr(end + 1)};
  }
  const bool one_colon = std::count(text.begin(), text.end(), ':') == 1;
  const std::size_t end = one_colon ? text.find(':') : text.size();
  return {text.substr(0, end), text.substr(end)};
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  const auto [host, rest] = split_port(text);
  if (host.empty()) return std::nullopt;
  if (rest.empty()) return default_port > 0 ? std::optional(Endpoint{std::string(host), default_port}) : std::nullopt;
  const std::optional<std::uint16_t> port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
  return port ? std::optional(Endpoint{std::string(host), *port}) : std::nullopt;
}

std::optional<Endpoint> endpoint_of_url(std::string_view url) {
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return std::nullopt;
  url.remove_prefix(https ? 8 : 7);
  return parse_endpoint(url.substr(0, url.find_first_of("/?#")), https ? 443 : 80);
}

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_address(host)); }

bool is_any_address(std::string_view host) { return host.empty() || host == "0.0.0.0" || host == "::"; }

bool is_address(std::string_view host) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return v6 || (!host.empty() && std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; }));
}

}  // namespace model
