#include "envtool/sys/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <thread>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/sys/fd.h"

namespace sys {
namespace {

using base::Error;
using Clock = std::chrono::steady_clock;
constexpr auto kGrace = std::chrono::seconds(5);
constexpr int kExecFailed = 127;

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) out.emplace_back(*entry);
  return out;
}

/// All that the child needs, made before fork: after it only async-signal-safe calls are allowed.
struct Launch {
  std::string program;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<gid_t> groups;
  const Command& command;

  explicit Launch(const Command& c) : environment(c.environment ? *c.environment : own_environment()), command(c) {
    const std::optional<std::string> found = find_program(c.argv.at(0));
    if (!found) throw Error(fmt::format("program `{}` not found on PATH", c.argv[0]));
    program = *found;
    argv = pointers(c.argv);
    envp = pointers(environment);
    if (c.user) groups = groups_of(*c.user);
  }

  static std::vector<gid_t> groups_of(const User& user) {
    int count = 64;
    std::vector<gid_t> found(static_cast<std::size_t>(count));
    if (getgrouplist(user.name.c_str(), user.gid, found.data(), &count) < 0) count = 1;
    found.resize(static_cast<std::size_t>(count));
    return found;
  }
};

struct ChildStreams {
  int in = -1;
  int out = -1;
  int err = -1;
};

enum class Ground { background, foreground };

bool become_user(const Launch& launch) {
  if (!launch.command.user || geteuid() == launch.command.user->uid) return true;
  const User& user = *launch.command.user;
  return setgroups(launch.groups.size(), launch.groups.data()) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0;
}

void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) signal(number, SIG_DFL);
}

/// In the child. Never returns; errno travels to the parent through `report`.
[[noreturn]] void exec_child(const Launch& launch, ChildStreams streams, Ground ground, int report, pid_t parent) {
  reset_signals();
  if (ground == Ground::background) setpgid(0, 0);
  bool ok = true;
  if (streams.in >= 0) ok = ok && dup2(streams.in, 0) >= 0;
  if (streams.out >= 0) ok = ok && dup2(streams.out, 1) >= 0;
  if (streams.err >= 0) ok = ok && dup2(streams.err, 2) >= 0;
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);  // what libraries have open; before Linux 5.11 that goes along
  ok = ok && become_user(launch);
  if (ground == Ground::background) prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kExecFailed);
  if (!launch.command.directory.empty()) ok = ok && chdir(launch.command.directory.c_str()) == 0;
  if (ok) execve(launch.program.c_str(), launch.argv.data(), launch.envp.data());
  const int reason = errno;
  [[maybe_unused]] const ssize_t written = write(report, &reason, sizeof reason);
  _exit(kExecFailed);
}

/// Starts the child; throws if it could not be executed.
pid_t spawn(const Launch& launch, ChildStreams streams, Ground ground) {
  auto [report_read, report_write] = make_pipe();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw Error(fmt::format("cannot start `{}`: {}", launch.command.argv[0], std::strerror(errno)));
  if (pid == 0) exec_child(launch, streams, ground, report_write.get(), parent);
  if (ground == Ground::background) setpgid(pid, pid);
  report_write.close();
  int reason = 0;
  if (read(report_read.get(), &reason, sizeof reason) == static_cast<ssize_t>(sizeof reason)) {
    waitpid(pid, nullptr, 0);
    throw Error(fmt::format("cannot run `{}`: {}", launch.command.argv[0], std::strerror(reason)));
  }
  return pid;
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

/// Thrown inside the feeding thread when the program no longer reads.
struct InputClosed {};

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw InputClosed{};
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// Writes a feed into a pipe on a thread of its own; keeps what the feed throws.
class Feeder {
 public:
  Feeder(const Feed& feed, Fd pipe) : pipe_(std::move(pipe)) {
    thread_ = std::thread([this, &feed] { feed_all(feed); });
  }
  ~Feeder() {
    if (thread_.joinable()) thread_.join();
  }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  /// After the program has ended: its end of the pipe is closed, so the thread ends too.
  std::exception_ptr join() {
    thread_.join();
    return problem_;
  }

 private:
  void feed_all(const Feed& feed) {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    try {
      feed([this](std::string_view bytes) { write_all(pipe_.get(), bytes); });
    } catch (const InputClosed&) {
    } catch (...) {
      problem_ = std::current_exception();
    }
    pipe_.close();
  }

  Fd pipe_;
  std::thread thread_;
  std::exception_ptr problem_;
};

/// One output pipe of the program and where its bytes go.
struct Output {
  Fd fd;
  const Sink& sink;
  std::string& kept;

  void read_some() {
    std::array<char, 65536> buffer;  // NOLINT: filled by read
    const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) return fd.close();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    sink ? sink(bytes) : static_cast<void>(kept.append(bytes));
  }
};

/// Programs may open /dev/stdout by its name, for which the pipe must belong to their account.
void give_to(const std::optional<User>& user, const Fd& pipe) {
  if (user && fchown(pipe.get(), user->uid, user->gid) != 0) {
    throw Error(fmt::format("cannot give a pipe to `{}`: {}", user->name, std::strerror(errno)));
  }
}

/// Follows one program from start to end. Owns its pipes, its deadlines and its death.
class Run {
 public:
  Run(const Command& command, const Io& io, std::stop_token stop) : stop_(std::move(stop)) {
    const Launch launch(command);
    auto [in_read, in_write] = io.input ? make_pipe() : std::pair{open_null(), Fd()};
    auto [out_read, out_write] = make_pipe();
    auto [err_read, err_write] = make_pipe();
    give_to(command.user, out_write);
    give_to(command.user, err_write);
    pid_ = spawn(launch, {in_read.get(), out_write.get(), err_write.get()}, Ground::background);
    exit_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (io.timeout) deadline_ = Clock::now() + *io.timeout;
    in_read.close();
    if (io.input) widen_pipe(in_write.get());
    if (io.input) feeder_.emplace(io.input, std::move(in_write));
    outputs_[0].emplace(Output{std::move(out_read), io.on_out, result_.out});
    outputs_[1].emplace(Output{std::move(err_read), io.on_err, result_.err});
  }

  Result finish() {
    const std::stop_callback wake(stop_, [this] { wake_.signal(); });
    try {
      while (!drained_ && (outputs_[0]->fd || outputs_[1]->fd)) step();
    } catch (...) {
      end_now(SIGKILL);
      reap();
      if (feeder_) feeder_->join();
      throw;
    }
    reap();
    const std::exception_ptr problem = feeder_ ? feeder_->join() : nullptr;
    if (problem && !result_.stopped) std::rethrow_exception(problem);
    return std::move(result_);
  }

 private:
  /// Reads what came. Once the program has ended, what is still in the pipes is read and no more is waited for: a process
  /// that it left behind may keep them open.
  void step() {
    check_deadlines();
    std::array<pollfd, 4> fds{pollfd{outputs_[0]->fd.get(), POLLIN, 0}, pollfd{outputs_[1]->fd.get(), POLLIN, 0},
                              pollfd{ending_ ? -1 : wake_.get(), POLLIN, 0}, pollfd{ended_ ? -1 : exit_.get(), POLLIN, 0}};
    if (poll(fds.data(), fds.size(), ended_ ? 0 : poll_time()) < 0 && errno != EINTR) {
      throw Error(fmt::format("cannot wait for a program: {}", std::strerror(errno)));
    }
    bool readable = false;
    for (std::size_t i = 0; i < 2; ++i) {
      if ((fds[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      outputs_[i]->read_some();
      readable = true;
    }
    drained_ = ended_ && !readable;
    ended_ = ended_ || (fds[3].revents & POLLIN) != 0;
  }

  void check_deadlines() {
    const auto now = Clock::now();
    if (!ending_ && stop_.stop_requested()) {
      result_.stopped = true;
      begin_end(now);
    } else if (!ending_ && deadline_ && now >= *deadline_) {
      result_.timed_out = true;
      begin_end(now);
    } else if (ending_ && now >= *deadline_) {
      end_now(SIGKILL);
      for (auto& output : outputs_) output->fd.close();
    }
  }

  void begin_end(Clock::time_point now) {
    ending_ = true;
    deadline_ = now + kGrace;
    end_now(SIGTERM);
  }

  void end_now(int signal_number) const { kill(-pid_, signal_number); }

  int poll_time() const {
    if (!deadline_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
    return static_cast<int>(std::clamp<long>(left.count(), 0, 60'000));
  }

  void reap() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    result_.exit_code = exit_code_of(status);
  }

  std::stop_token stop_;
  pid_t pid_ = -1;
  Fd exit_;  ///< readable once the program has ended
  bool ended_ = false;
  bool drained_ = false;
  std::optional<Clock::time_point> deadline_;
  bool ending_ = false;
  EventFd wake_;
  Result result_;
  std::array<std::optional<Output>, 2> outputs_;
  std::optional<Feeder> feeder_;
};

}  // namespace

namespace {

User to_user(const passwd& record) { return {record.pw_name, record.pw_uid, record.pw_gid, record.pw_dir, record.pw_shell}; }

using RecordBuffer = std::array<char, 16384>;

}  // namespace

std::optional<User> find_user(const std::string& name) {
  RecordBuffer buffer{};
  passwd record{};
  passwd* found = nullptr;
  getpwnam_r(name.c_str(), &record, buffer.data(), buffer.size(), &found);
  return found == nullptr ? std::nullopt : std::optional(to_user(record));
}

User current_user() {
  RecordBuffer buffer{};
  passwd record{};
  passwd* found = nullptr;
  getpwuid_r(geteuid(), &record, buffer.data(), buffer.size(), &found);
  return found == nullptr ? User{std::to_string(geteuid()), geteuid(), getegid(), "/", "/bin/sh"} : to_user(record);
}

Result SystemProcesses::run(const Command& command, const Io& io, std::stop_token stop) {
  return Run(command, io, std::move(stop)).finish();
}

int SystemProcesses::run_foreground(const Command& command) {
  const Launch launch(command);
  const pid_t pid = spawn(launch, {}, Ground::foreground);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_code_of(status);
}

std::string to_string(const Command& command) {
  std::vector<std::string> quoted;
  for (const std::string& word : command.argv) quoted.push_back(base::shell_quote(word));
  return base::join(quoted, " ");
}

std::optional<std::string> find_program(const std::string& name) {
  const auto executable = [](const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) return executable(name) ? std::optional(name) : std::nullopt;
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  for (const std::string& folder : base::split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    std::string candidate = folder + "/" + name;
    if (!folder.empty() && executable(candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace sys
