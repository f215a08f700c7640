// When a request is sent again, and after which pause. Sends nothing.
#pragma once

#include <chrono>
#include <optional>

#include "envtool/http/client.h"
#include "envtool/sys/clock.h"

namespace kube {

/// Whether a request does the same when a server gets it twice.
enum class Repeat { safe, unsafe };

/// Where a request ended that got no answer.
enum class Failure {
  none,           ///< there is an answer
  not_connected,  ///< the server never saw it
  cut,            ///< the connection broke or the time was over: the server may have done it
  distrust,       ///< the server's certificate, or ours, was refused
  stopped,        ///< on request
  other,
};

/// The tries of one request.
class Retries {
 public:
  /// `patience`: for how long a request is tried again. `known`: whether the server has answered before; one that hasn't is not waited for.
  Retries(Repeat repeat, std::chrono::milliseconds patience, sys::Clock::Time now) : repeat_(repeat), end_(now + patience) {}

  /// How long to wait before the next try, or nothing if there is none.
  std::optional<std::chrono::milliseconds> next(const http::Response& response, Failure failure, bool known, sys::Clock::Time now);

 private:
  bool may_try_again(const http::Response& response, Failure failure, bool known) const;

  Repeat repeat_;
  sys::Clock::Time end_;
  int tries_ = 0;
};

}  // namespace kube
