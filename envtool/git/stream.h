// The TCP connections that libgit2 makes, with time-outs and stop requests, which libgit2 1.5 lacks.
// Knows neither HTTP nor SSH; TLS goes over it.
#pragma once

#include <chrono>

#include "envtool/git/watch.h"

namespace git {

/// Times that a connection may take.
struct StreamTimes {
  std::chrono::milliseconds connect;  ///< to find the address and to connect
  std::chrono::milliseconds stall;    ///< from one piece of data to the next
};

/// While this lives, connections that libgit2 makes on this thread are under a watch. Not nested.
class WatchedStreams {
 public:
  WatchedStreams(Watch& watch, const StreamTimes& times);
  ~WatchedStreams();
  WatchedStreams(WatchedStreams&&) = delete;
};

/// Makes libgit2 use these connections, in the whole process. Connections made outside of any `WatchedStreams` have
/// no limits.
void register_streams();

}  // namespace git
