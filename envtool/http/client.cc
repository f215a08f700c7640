#include "envtool/http/client.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/http/header_lines.h"
#include "envtool/http/libcurl.h"

namespace http {
namespace {

constexpr std::size_t kLargestBody = 1U << 20U;

std::size_t keep_body(char* bytes, std::size_t size, std::size_t count, void* body) {
  auto& kept = *static_cast<std::string*>(body);
  if (kept.size() + size * count <= kLargestBody) kept.append(bytes, size * count);
  return size * count;
}

/// RFC 9110, section 5.6.7: the form of a date that servers must send.
std::optional<std::time_t> parse_date(const std::string& text) {
  std::tm parts{};
  if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return timegm(&parts);
}

int check_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

void set_method(CURL* handle, const Request& request) {
  if (request.method == Method::remove) curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "DELETE");
  if (request.method != Method::post) return;
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
}

}  // namespace

std::string_view to_string(Method method) {
  constexpr std::array<std::string_view, 3> kNames{"GET", "POST", "DELETE"};
  return kNames.at(static_cast<std::size_t>(method));
}

bool same_header(std::string_view one, std::string_view other) {
  return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

std::string_view Response::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header& header) { return same_header(header.name, name); });
  return found == headers.end() ? std::string_view() : found->value;
}

Response CurlClient::send(const Request& request, std::stop_token stop) {
  prepare_libcurl();
  const EasyHandle handle(curl_easy_init());
  if (!handle) throw base::Error("cannot set up an HTTP request");
  const HeaderLines headers = header_lines(request.headers);
  Response response;
  curl_easy_setopt(handle.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  set_method(handle.get(), request);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &keep_body);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, &keep_header);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &response.headers);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, &check_stop);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &stop);
  if (const char* bundle = std::getenv("SSL_CERT_FILE")) curl_easy_setopt(handle.get(), CURLOPT_CAINFO, bundle);  // NOLINT
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) response.problem = curl_easy_strerror(code);
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  response.date = parse_date(std::string(response.header("date")));
  return response;
}

}  // namespace http
