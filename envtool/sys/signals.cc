#include "envtool/sys/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

namespace sys {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

}  // namespace

StopOnSignals::StopOnSignals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = Fd(signalfd(-1, &set, SFD_CLOEXEC));
  thread_ = std::thread([this] {
    while (true) {
      std::array<pollfd, 2> fds{pollfd{signals_.get(), POLLIN, 0}, pollfd{done_.get(), POLLIN, 0}};
      poll(fds.data(), fds.size(), -1);
      if ((fds[1].revents & POLLIN) != 0) return;
      signalfd_siginfo info{};
      if (read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
      if (!source_.request_stop()) _exit(130);
    }
  });
}

StopOnSignals::~StopOnSignals() {
  done_.signal();
  thread_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace sys
