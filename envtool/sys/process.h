// Running other programs. Knows nothing of what they are for.
//
// `Processes` is the seam that tests replace: everything that starts a program goes through it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sys {

/// Takes bytes, in order. May throw to stop the producer.
using Sink = std::function<void(std::string_view)>;
/// Produces bytes into a sink until there are no more. Runs on a thread of its own.
using Feed = std::function<void(const Sink&)>;

/// An account that a program runs under.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
  std::string shell;
};

/// The account of that name, or nothing.
std::optional<User> find_user(const std::string& name);

/// The account that this process runs under; named by its number if it has no entry.
User current_user();

struct Command {
  std::vector<std::string> argv;               ///< the program is looked up on PATH
  std::optional<std::vector<std::string>> environment;  ///< `KEY=value`, whole; nothing: this process's own
  std::string directory;                       ///< empty: this process's own
  std::optional<User> user;                    ///< nothing: this process's own; needs root otherwise
};

/// What flows in and out while a program runs. Unset members: no input, output kept for the result.
struct Io {
  Feed input;
  Sink on_out;  ///< called on the caller's thread with chunks as they come
  Sink on_err;
  std::optional<std::chrono::milliseconds> timeout;  ///< then the program is ended as by a stop request
};

struct Result {
  int exit_code = 0;  ///< 128 + n for death by signal n
  std::string out;    ///< what `on_out` did not take
  std::string err;
  bool timed_out = false;
  bool stopped = false;  ///< ended on request
  bool ok() const { return exit_code == 0 && !timed_out && !stopped; }
};

/// Starts programs. Implementations may be used from several threads at once.
class Processes {
 public:
  virtual ~Processes() = default;

  /// Runs to the end. The program gets a process group of its own, and SIGTERM if this process dies. A stop request or a
  /// time-out sends SIGTERM to the group and, five seconds later, SIGKILL. Throws base::Error if the program can't be
  /// started, and whatever `input`, `on_out` or `on_err` throw, after the program was ended. A program that stops reading
  /// its input early is no error here: its exit code tells.
  virtual Result run(const Command& command, const Io& io, std::stop_token stop) = 0;

  /// Runs in the foreground with this process's own standard streams and terminal. Returns the exit code.
  virtual int run_foreground(const Command& command) = 0;

  Result run(const Command& command) { return run(command, {}, {}); }
};

/// The real ones.
class SystemProcesses : public Processes {
 public:
  using Processes::run;
  Result run(const Command& command, const Io& io, std::stop_token stop) override;
  int run_foreground(const Command& command) override;
};

/// A command as a shell would take it, for messages.
std::string to_string(const Command& command);

/// The full path of a program on PATH, or nothing.
std::optional<std::string> find_program(const std::string& name);

}  // namespace sys
