#include "envtool/http/cookies.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/strings.h"

namespace http {
namespace {

/// RFC 6265, section 5.1.4.
bool path_matches(std::string_view cookie, std::string_view request) {
  if (!request.starts_with(cookie)) return false;
  return request.size() == cookie.size() || cookie.ends_with('/') || request[cookie.size()] == '/';
}

std::string default_path(std::string_view request) {
  const std::size_t slash = request.rfind('/');
  return slash == std::string_view::npos || slash == 0 ? "/" : std::string(request.substr(0, slash));
}

std::pair<std::string, std::string> name_and_value(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(base::trim(text)), ""};
  return {std::string(base::trim(text.substr(0, equals))), std::string(base::trim(text.substr(equals + 1)))};
}

}  // namespace

void add_cookies(std::vector<Header>& headers, const std::string& cookies) {
  if (cookies.empty()) return;
  const auto given = std::ranges::find_if(headers, [](const Header& header) { return same_header(header.name, "cookie"); });
  if (given == headers.end()) {
    headers.push_back({"Cookie", cookies});
  } else {
    given->value += "; " + cookies;
  }
}

CookieJar::Cookie CookieJar::parse(std::string_view text, std::string_view request_path) {
  const std::vector<std::string> parts = base::split(text, ';');
  const auto [name, value] = name_and_value(parts.front());
  Cookie cookie{name, value == "\"\"" ? "" : value, default_path(request_path)};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [attribute, said] = name_and_value(parts[i]);
    if (same_header(attribute, "path") && said.starts_with('/')) cookie.path = said;
    if (same_header(attribute, "max-age") && said == "0") cookie.value.clear();
  }
  return cookie;
}

void CookieJar::keep(Cookie cookie) {
  std::erase_if(cookies_, [&](const Cookie& other) { return other.name == cookie.name && other.path == cookie.path; });
  if (!cookie.value.empty()) cookies_.push_back(std::move(cookie));
}

void CookieJar::take(const Response& response, std::string_view path) {
  for (const Header& header : response.headers) {
    if (same_header(header.name, "set-cookie")) keep(parse(header.value, path));
  }
}

std::vector<const CookieJar::Cookie*> CookieJar::sent_to(std::string_view path) const {
  std::vector<const Cookie*> found;
  for (const Cookie& cookie : cookies_) {
    if (path_matches(cookie.path, path)) found.push_back(&cookie);
  }
  std::stable_sort(found.begin(), found.end(), [](const Cookie* a, const Cookie* b) { return a->path.size() > b->path.size(); });
  return found;
}

std::string CookieJar::header_for(std::string_view path) const {
  std::vector<std::string> pairs;
  for (const Cookie* cookie : sent_to(path)) pairs.push_back(fmt::format("{}={}", cookie->name, cookie->value));
  return base::join(pairs, "; ");
}

std::string CookieJar::value(std::string_view name, std::string_view path) const {
  for (const Cookie* cookie : sent_to(path)) {
    if (cookie->name == name) return cookie->value;
  }
  return "";
}

}  // namespace http
