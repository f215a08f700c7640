#include "envtool/kube/retry.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "envtool/doc/json.h"

namespace kube {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5000};
constexpr int kTriesOfFailure = 5;  ///< a server that fails so often won't mend itself
constexpr int kTriesOfStranger = 3;

/// RFC 9110, section 10.2.3, in seconds; Kubernetes sends no dates.
std::optional<milliseconds> retry_after(const http::Response& response) {
  const std::string text(response.header("retry-after"));
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos || text.size() > 5) return std::nullopt;
  return std::chrono::seconds(std::atoi(text.c_str()));
}

/// Whether a failure is one of the request, not of the server: those are Status objects that don't say `InternalError` or the like.
bool blames_request(const http::Response& response) {
  try {
    const doc::Value status = doc::parse_json(response.body, "the answer");
    return doc::text_at(status, "kind") == "Status" && doc::text_at(status, "reason").empty();
  } catch (const base::Error&) {
    return false;
  }
}

}  // namespace

bool Retries::may_try_again(const http::Response& response, Failure failure, bool known) const {
  const bool safe = repeat_ == Repeat::safe;
  if (failure == Failure::not_connected) return known || tries_ < kTriesOfStranger;
  if (failure == Failure::cut) return safe && (known || tries_ < kTriesOfStranger);
  if (failure != Failure::none) return false;
  if (response.status == 429) return true;
  if (response.status == 503) return safe || retry_after(response);
  const bool failed = response.status == 500 || response.status == 502 || response.status == 504;
  return safe && failed && tries_ < kTriesOfFailure && !blames_request(response);
}

std::optional<milliseconds> Retries::next(const http::Response& response, Failure failure, bool known, sys::Clock::Time now) {
  ++tries_;
  if (!may_try_again(response, failure, known)) return std::nullopt;
  const milliseconds growing = std::min(kLongestPause, kFirstPause * (1 << std::min(tries_ - 1, 6)));
  const milliseconds pause = retry_after(response).value_or(growing);
  if (now + pause > end_) return std::nullopt;
  return pause;
}

}  // namespace kube
