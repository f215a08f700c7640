#include "envtool/http/client.h"

#include <strings.h>

#include <cstdlib>
#include <memory>

#include "envtool/base/error.h"
#include "envtool/http/libcurl.h"

namespace http {
namespace {

constexpr std::size_t kLargestBody = 1U << 20U;

std::size_t keep_body(char* bytes, std::size_t size, std::size_t count, void* body) {
  auto& kept = *static_cast<std::string*>(body);
  if (kept.size() + size * count <= kLargestBody) kept.append(bytes, size * count);
  return size * count;
}

/// Is called with one line of the header at a time (RFC 9110, section 5.6.7: the form of a date that servers must send).
std::size_t keep_date(char* bytes, std::size_t size, std::size_t count, void* date) {
  constexpr std::string_view kName = "date:";
  const std::string line(bytes, size * count);
  std::tm parts{};
  if (strncasecmp(line.c_str(), kName.data(), kName.size()) != 0) return line.size();
  if (strptime(line.c_str() + kName.size(), " %a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return line.size();
  *static_cast<std::optional<std::time_t>*>(date) = timegm(&parts);
  return line.size();
}

int check_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

}  // namespace

Response CurlClient::get(const std::string& url, std::chrono::milliseconds timeout, std::stop_token stop) {
  const Libcurl& curl = libcurl();
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl.easy_init(), curl.easy_cleanup);
  if (!handle) throw base::Error("cannot set up an HTTP request");
  Response response;
  curl.easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl.easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl.easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl.easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl.easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &keep_body);
  curl.easy_setopt(handle.get(), CURLOPT_WRITEDATA, &response.body);
  curl.easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, &keep_date);
  curl.easy_setopt(handle.get(), CURLOPT_HEADERDATA, &response.date);
  curl.easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  curl.easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, &check_stop);
  curl.easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &stop);
  if (const char* bundle = std::getenv("SSL_CERT_FILE")) curl.easy_setopt(handle.get(), CURLOPT_CAINFO, bundle);  // NOLINT
  const CURLcode code = curl.easy_perform(handle.get());
  if (code != CURLE_OK) response.problem = curl.easy_strerror(code);
  long status = 0;
  curl.easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

}  // namespace http
