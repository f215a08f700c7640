// Turns Ctrl-C and its kin into a stop request that every long step listens to.
#pragma once

#include <stop_token>
#include <thread>

#include "envtool/sys/fd.h"

namespace sys {

/// While it lives, SIGINT, SIGTERM and SIGHUP request a stop instead of ending the process; the second one ends it at once.
/// One at a time per process.
class StopOnSignals {
 public:
  StopOnSignals();
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  EventFd done_;
  Fd signals_;
  std::thread thread_;
};

}  // namespace sys
