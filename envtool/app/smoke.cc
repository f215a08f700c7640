#include "envtool/app/smoke.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "envtool/app/hub_side.h"
#include "envtool/app/visitor.h"
#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace app {
namespace {

constexpr auto kPause = std::chrono::milliseconds(250);
constexpr auto kPatience = std::chrono::seconds(30);         // for one request
constexpr auto kPatienceWithEnd = std::chrono::seconds(30);  // for the server, then for the job, when all is to be ended
constexpr std::size_t kLogLines = 8;
constexpr std::size_t kLongestLogLine = 240;
constexpr const char* kRuntime = "01:00:00";
constexpr const char* kCode = "1+1";
constexpr const char* kHubInside = "http://127.0.0.1:8000";  ///< as the hub's configuration has it

/// USER of the first of `devUsers`.
std::string first_user(const model::DeployValues& deploy) {
  const std::vector<std::string> users = base::words(model::value_of(deploy, "devUsers"));
  return users.empty() ? "" : users.front().substr(0, users.front().find('.'));
}

/// The account on the Slurm host of a user of `project1.brics`.
std::string account_of(const std::string& user, const std::string& project) {
  return user + "." + project.substr(0, project.find('.'));
}

/// A hub's address; without a path, that is the hub's first.
std::string with_path(std::string url, const std::string& path) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) throw base::Error(fmt::format("`{}` is no address of a web page", url)).hint("https://jupyter.example.org/jupyter");
  while (url.ends_with('/')) url.pop_back();
  return url.find('/', url.find("://") + 3) == std::string::npos ? url + path : url;
}

bool signs_in_by_form(const model::Env& env) {
  const model::DeployKey* password = env.find_deploy_key("dummyAuthPassword");
  return password != nullptr && !password->unused;
}

/// The values of the form's choice of projects.
std::vector<std::string> offered_projects(std::string_view page) {
  constexpr std::string_view kOption = "<option value=\"";
  const std::size_t select = page.find("name=\"brics_project\"");
  if (select == std::string_view::npos) return {};
  page = page.substr(select, page.find("</select>", select) - select);
  std::vector<std::string> projects;
  for (std::size_t at = 0; (at = page.find(kOption, at)) != std::string_view::npos;) {
    at += kOption.size();
    const std::string_view value = page.substr(at, page.find('"', at) - at);
    if (!value.empty()) projects.emplace_back(value);
  }
  return projects;
}

/// Those of the hub's log that tell of trouble, the last of them. A record's further lines are left out, and what the hub says of
/// requests that no browser made: these.
std::vector<std::string> telling_lines(const std::vector<std::string>& log) {
  std::vector<std::string> telling;
  for (const std::string& line : log) {
    const bool tells = line.starts_with("[E ") || line.starts_with("[W ");
    if (tells && line.find("_xsrf_utils") == std::string::npos) telling.push_back(line.substr(0, kLongestLogLine));
  }
  if (telling.size() > kLogLines) telling.erase(telling.begin(), telling.end() - kLogLines);
  return telling;
}

base::Error with_log(base::Error error, const std::vector<std::string>& log) {
  for (const std::string& line : log) std::move(error).note(line);
  return error;
}

/// What ssh, sudo and their like said.
std::string words_of(const sys::Result& result) {
  const std::string_view said = base::trim(result.err.empty() ? result.out : result.err);
  return said.empty() ? fmt::format("exit code {}", result.exit_code) : base::join(base::split(said, '\n'), "; ");
}

/// One look at something that is waited for.
struct Look {
  bool done = false;
  std::string seen;
};

/// One person's way. Each hop is a function that returns its evidence, or throws base::Error: the message is the evidence, notes are
/// lines of logs, a hint is a better way to mend it than the table's.
class Walk {
 public:
  Walk(const model::Env& env, const model::DeployValues& deploy, const SmokeOptions& options, SmokeWorld world, std::stop_token stop)
      : env_(env), deploy_(deploy), options_(options), world_(std::move(world)), stop_(std::move(stop)), side_(world_.containers, env, deploy),
        user_(options.user.empty() ? first_user(deploy) : options.user), visitor_(world_.http, world_.address.url, kPatience) {}

  std::string sign_in();
  std::string choose_project();
  std::string reach_host();
  std::string ask_sudo();
  std::string submit();
  std::string wait_for_job();
  std::string wait_for_callback();
  std::string follow_route();
  std::string run_code();
  std::string stop_server();
  std::string wait_for_end();

  /// Each hop has its time.
  void begin_hop(std::chrono::seconds timeout) {
    timeout_ = timeout;
    deadline_ = world_.clock.now() + timeout;
  }
  bool is_late() const { return world_.clock.now() >= deadline_; }

  /// Ends what was started. Never throws; says what is left.
  std::vector<std::string> clean_up();

  const std::string& user() const { return user_; }
  const std::string& project() const { return project_; }
  const std::string& job() const { return job_; }

 private:
  std::vector<http::Header> make_token();
  void sign_in_by_form();
  void sign_in_by_token();
  std::string wait_until(const std::function<Look()>& look);
  std::optional<SlurmJob> find_job(std::stop_token stop);
  [[noreturn]] void job_ended(const std::string& state, const char* before_what);
  std::vector<std::string> trouble_since(std::time_t since) const;
  void check_server_is_starting(const std::optional<ServerState>& server);
  std::optional<std::string> callback_line();
  Look look_for_callback();
  Look look_for_server();
  http::Response ask_to_stop(std::stop_token stop);
  bool check_cancelled(std::time_t asked_at);
  bool ended_within(const std::function<bool()>& ended);
  void wait_for_number();
  bool end_server();
  std::vector<std::string> own_active_jobs();

  const model::Env& env_;
  const model::DeployValues& deploy_;
  const SmokeOptions& options_;
  SmokeWorld world_;
  std::stop_token stop_;
  HubSide side_;
  std::string user_;
  std::vector<http::Header> headers_;  ///< secrets
  Visitor visitor_;
  std::chrono::seconds timeout_{0};
  sys::Clock::Time deadline_;
  std::string project_;
  std::string account_;
  std::string job_;
  std::set<std::string> jobs_before_;
  std::time_t submitted_at_ = 0;
  bool submitted_ = false;
};

// --- Waiting ----------------------------------------------------------------------------------------------------------

std::string Walk::wait_until(const std::function<Look()>& look) {
  while (true) {
    Look now = look();
    if (now.done) return std::move(now.seen);
    if (stop_.stop_requested()) throw base::Error("interrupted");
    if (is_late()) throw base::Error(fmt::format("after {} s still: {}", timeout_.count(), now.seen));
    world_.clock.pause(kPause, stop_);
  }
}

std::optional<SlurmJob> Walk::find_job(std::stop_token stop) {
  for (SlurmJob& job : side_.jobs(account_, std::move(stop))) {
    const bool is_ours = job_.empty() ? !jobs_before_.contains(job.number) : job.number == job_;
    if (is_ours) return std::move(job);
  }
  return std::nullopt;
}

void Walk::job_ended(const std::string& state, const char* before_what) {
  throw with_log(base::Error(fmt::format("job {} ended ({}) before {}", job_, state, before_what)), side_.job_log(account_, job_));
}

/// What the hub's log tells, for who reads of another failure; if it can't be seen, that.
std::vector<std::string> Walk::trouble_since(std::time_t since) const {
  try {
    return telling_lines(side_.hub_log(since));
  } catch (const base::Error& error) {
    return {error.what()};
  }
}

void Walk::check_server_is_starting(const std::optional<ServerState>& server) {
  if (server) return;
  std::string why = visitor_.why_start_failed(user_, stop_);
  if (why.empty()) why = "the hub has given up starting the server";
  throw with_log(base::Error(why), trouble_since(submitted_at_));
}

// --- The hops ---------------------------------------------------------------------------------------------------------

/// By what is in the pod for that; the proxy in front of the hub takes it with each request.
std::vector<http::Header> Walk::make_token() {
  if (!env_.token) throw base::Error("nothing here signs people in").hint("give what does with `--token-file`");
  std::vector<std::string> command = env_.token->command;
  command.insert(command.end(), {"--user", user_});
  const sys::Result made = world_.containers.exec(env_.token->container, command, stop_);
  if (!made.ok()) {
    throw base::Error(fmt::format("no token was made for `{}`: {}", user_, words_of(made)))
        .hint(fmt::format("envtool exec {} {} {}", world_.running, env_.token->container, base::join(command, " ")));
  }
  return {{"Authorization", fmt::format("Bearer {}", base::trim(made.out))}};
}

void Walk::sign_in_by_form() {
  visitor_.open("/hub/login", stop_);
  const http::Response answer = visitor_.submit("/hub/login", {{"username", user_}, {"password", model::value_of(deploy_, "dummyAuthPassword")}}, stop_);
  if (answer.status != 302) throw base::Error(problem_of(answer));
}

void Walk::sign_in_by_token() {
  headers_ = options_.sign_in.empty() ? make_token() : options_.sign_in;
  visitor_.carry(headers_);
  const http::Response answer = visitor_.get("/hub/login", stop_);
  const std::string_view next = answer.header("location");
  if (answer.status != 302) throw base::Error(problem_of(answer));
  if (next.ends_with("/hub/logout")) throw base::Error("the hub refuses the token, and leads to the sign-out");
}

std::string Walk::sign_in() {
  const bool by_form = signs_in_by_form(env_) && !env_.token && options_.sign_in.empty();
  if (by_form) {
    sign_in_by_form();
  } else {
    sign_in_by_token();
  }
  const doc::Value person = visitor_.ask("/hub/api/user", stop_);
  const doc::Value* name = person.find("name");
  if (name == nullptr || !name->is_string()) throw base::Error("the hub doesn't say who is signed in");
  user_ = name->as_string();
  return fmt::format("as `{}`, by {}", user_, by_form ? "password" : "token");
}

std::string Walk::choose_project() {
  if (visitor_.server(user_, stop_)) {
    throw base::Error(fmt::format("`{}` has a server already, which is left alone", user_))
        .hint(fmt::format("stop it at {}/hub/home, or take another `--user`", world_.address.url));
  }
  const http::Response page = visitor_.open("/hub/spawn", stop_);
  if (page.status != 200) throw base::Error(problem_of(page));
  const std::vector<std::string> offered = offered_projects(page.body);
  if (offered.empty()) throw base::Error("the form offers no project").hint("name projects of the user in `devUsers`, or in the token's claim `projects`");
  project_ = options_.project.empty() ? offered.front() : options_.project;
  if (std::find(offered.begin(), offered.end(), project_) == offered.end()) {
    throw base::Error(fmt::format("the form doesn't offer `{}`", project_)).hint("it offers " + base::quoted_list(offered));
  }
  account_ = account_of(user_, project_);
  return fmt::format("offers {}; `{}` is taken", base::quoted_list(offered), project_);
}

std::string Walk::reach_host() {
  const sys::Result result = side_.over_ssh("hostname", stop_);
  if (!result.ok()) throw base::Error(words_of(result));
  return fmt::format("`jupyterspawner` is let in at {}", base::trim(result.out));
}

std::string Walk::ask_sudo() {
  const sys::Result result = side_.may_submit(account_, stop_);
  if (!result.ok()) throw base::Error(fmt::format("`jupyterspawner` may not run the three commands as `{}`: {}", account_, words_of(result)));
  return fmt::format("all three commands are allowed as `{}`", account_);
}

std::string Walk::submit() {
  for (const SlurmJob& job : side_.jobs(account_, stop_)) jobs_before_.insert(job.number);
  submitted_at_ = std::time(nullptr);
  submitted_ = true;
  const http::Response answer = visitor_.submit(
      "/hub/spawn", {{"brics_project", project_}, {"runtime", kRuntime}, {"ngpus", "1"}, {"partition", ""}, {"reservation", ""}}, stop_);
  if (answer.status != 302) throw with_log(base::Error(problem_of(answer)), trouble_since(submitted_at_));
  return wait_until([this]() -> Look {
    const std::optional<SlurmJob> job = find_job(stop_);
    if (!job) {
      check_server_is_starting(visitor_.server(user_, stop_));
      return {false, "Slurm has no new job"};
    }
    job_ = job->number;
    return {true, fmt::format("job {}", job_)};
  });
}

std::string Walk::wait_for_job() {
  return wait_until([this]() -> Look {
    const std::optional<SlurmJob> job = find_job(stop_);
    if (!job) job_ended("forgotten by Slurm", "it was seen to run");
    if (job->state == "CANCELLED" || job->state == "BOOT_FAIL") job_ended(job->state, "it was seen to run");
    return {!job->is_waiting(), fmt::format("job {} is {}{}", job_, job->state, job->is_waiting() ? " (" + job->reason + ")" : "")};
  });
}

/// The line of the hub's log about the request with which a job tells where its server is.
std::optional<std::string> Walk::callback_line() {
  const std::string request = fmt::format(" POST {}/hub/api/batchspawner ({}@", visitor_.base(), user_);
  for (const std::string& line : side_.hub_log(submitted_at_)) {
    if (line.find(request) != std::string::npos) return line;
  }
  return std::nullopt;
}

Look Walk::look_for_callback() {
  const std::optional<ServerState> server = visitor_.server(user_, stop_);
  if (server && server->ready) return {true, "the job has told where its server is"};
  if (const std::optional<std::string> line = callback_line()) {
    if (line->find(" 201 POST ") == std::string::npos) throw base::Error("the hub refuses what the job tells: " + *line);
    return {true, "the job has told where its server is"};
  }
  const std::optional<SlurmJob> job = find_job(stop_);
  if (!job || !job->is_active()) job_ended(job ? job->state : "forgotten by Slurm", "it told the hub where its server is");
  check_server_is_starting(server);
  return {false, fmt::format("job {} is {}, and the hub has not heard from it", job_, job->state)};
}

std::string Walk::wait_for_callback() {
  return wait_until([this] { return look_for_callback(); });
}

Look Walk::look_for_server() {
  const std::optional<ServerState> server = visitor_.server(user_, stop_);
  if (server && server->ready) return {true, ""};
  const std::optional<SlurmJob> job = find_job(stop_);
  if (!job || !job->is_active()) job_ended(job ? job->state : "forgotten by Slurm", "its server answered");
  check_server_is_starting(server);
  return {false, "the hub gets no answer from the server of job " + job_};
}

std::string Walk::follow_route() {
  wait_until([this] { return look_for_server(); });
  const std::string own = fmt::format("/user/{}/", base::percent_encode(user_));
  const http::Response page = visitor_.open(own + "lab", stop_);
  if (page.status != 200) throw base::Error(fmt::format("{}{}lab: {}", visitor_.base(), own, problem_of(page)));
  if (!visitor_.place().starts_with(visitor_.base() + own)) throw base::Error(fmt::format("{}lab leads to {}", own, visitor_.place()));
  return fmt::format("{}{}lab answers", visitor_.base(), own);
}

std::string Walk::run_code() {
  const std::string own = "/user/" + base::percent_encode(user_);
  const KernelRequest request{world_.address.inside + own, visitor_.cookies_for(own + "/api"), visitor_.form_token_for(own + "/api"),
                              world_.address.same_door ? headers_ : std::vector<http::Header>(), kCode, timeout_};
  const sys::Result result = side_.run_code(request, stop_);
  if (!result.ok()) throw with_log(base::Error(words_of(result)), side_.job_log(account_, job_));
  const std::string value(base::trim(result.out));
  if (value != "2") throw base::Error(fmt::format("{} is {}", kCode, value));
  return fmt::format("{} is {}", kCode, value);
}

http::Response Walk::ask_to_stop(std::stop_token stop) {
  visitor_.open("/hub/home", stop);
  return visitor_.remove(fmt::format("/hub/api/users/{}/server", base::percent_encode(user_)), std::move(stop));
}

/// A hub forgets a server whose job it couldn't cancel, and says so in its log alone.
bool Walk::check_cancelled(std::time_t asked_at) {
  const std::optional<SlurmJob> job = find_job(stop_);
  if (!job || !job->is_active()) return true;
  std::vector<std::string> errors = telling_lines(side_.hub_log(asked_at));
  std::erase_if(errors, [](const std::string& line) { return !line.starts_with("[E ") || line.find(" batchspawner:") == std::string::npos; });
  if (!errors.empty()) throw with_log(base::Error(fmt::format("the hub could not cancel job {}", job_)), errors);
  return true;
}

std::string Walk::stop_server() {
  const std::time_t asked_at = std::time(nullptr);
  const http::Response answer = ask_to_stop(stop_);
  if (answer.status / 100 != 2) throw with_log(base::Error(problem_of(answer)), trouble_since(asked_at));
  return wait_until([this, asked_at]() -> Look {
    const std::optional<ServerState> server = visitor_.server(user_, stop_);
    if (!server) return {check_cancelled(asked_at), "the hub has stopped the server"};
    if (server->pending.empty()) throw with_log(base::Error("the hub has given up stopping the server"), trouble_since(asked_at));
    return {false, "the hub is stopping the server"};
  });
}

std::string Walk::wait_for_end() {
  return wait_until([this]() -> Look {
    const std::optional<SlurmJob> job = find_job(stop_);
    return {!job || !job->is_active(), fmt::format("job {} is {}", job_, job ? job->state : "forgotten by Slurm")};
  });
}

// --- Leaving nothing behind -------------------------------------------------------------------------------------------

/// Even after an interruption there is time for this.
bool Walk::ended_within(const std::function<bool()>& ended) {
  const auto deadline = world_.clock.now() + kPatienceWithEnd;
  while (!ended()) {
    if (world_.clock.now() >= deadline) return false;
    world_.clock.pause(kPause, {});
  }
  return true;
}

bool Walk::end_server() {
  try {
    const std::optional<ServerState> server = visitor_.server(user_, {});
    if (!server) return true;
    if (ask_to_stop({}).status / 100 != 2) return false;
    return ended_within([this] {
      const std::optional<ServerState> still = visitor_.server(user_, {});
      return !still || still->pending.empty();
    }) && !visitor_.server(user_, {});
  } catch (const base::Error&) {
    return false;
  }
}

std::vector<std::string> Walk::own_active_jobs() {
  std::vector<std::string> numbers;
  for (const SlurmJob& job : side_.jobs(account_, {})) {
    if (job.is_active() && !jobs_before_.contains(job.number)) numbers.push_back(job.number);
  }
  return numbers;
}

/// A hub that is told to stop while a job is being submitted never learns the job's number, and can't end it.
void Walk::wait_for_number() {
  try {
    if (job_.empty()) ended_within([this] { return !visitor_.server(user_, {}) || !own_active_jobs().empty(); });
  } catch (const base::Error&) {
    // Then there is nothing to wait for.
  }
}

std::vector<std::string> Walk::clean_up() {
  if (!submitted_) return {};
  std::vector<std::string> left;
  wait_for_number();
  bool server_gone = end_server();
  try {
    for (const std::string& number : own_active_jobs()) side_.cancel(number);
    ended_within([this] { return own_active_jobs().empty(); });
    for (const std::string& number : own_active_jobs()) left.push_back(fmt::format("job {} of `{}`", number, account_));
  } catch (const base::Error& error) {
    left.push_back(fmt::format("perhaps a job of `{}` ({})", account_, error.what()));
  }
  // A hub that couldn't end a job takes note that it is gone when it is asked again.
  if (!server_gone) server_gone = end_server();
  if (!server_gone) left.push_back(fmt::format("the server of `{}`", user_));
  return left;
}

// --- The table --------------------------------------------------------------------------------------------------------

struct Hop {
  const char* name;
  std::string (Walk::*go)();
  const char* fix;  ///< {env} is how commands are told of the environment, {running} of where it is up
};

constexpr std::array<Hop, 11> kHops{{
    {"sign in", &Walk::sign_in, "see `envtool status {running}`; what was changed in the deploy ConfigMap takes effect with `envtool up {running}`"},
    {"form", &Walk::choose_project, "see `envtool logs {running} -c jupyterhub`: the hub's form comes from bricsauthenticator"},
    {"ssh", &Walk::reach_host, "see sshd's log on the Slurm host, and the keys with `envtool keys show {env}`; `envtool doctor {env}` looks at a host outside"},
    {"sudo", &Walk::ask_sudo, "put images/brics_slurm/jupyterspawner_sudoers into /etc/sudoers.d on the Slurm host, and see that the account is in the group `jupyterusers`"},
    {"sbatch", &Walk::submit, "run `sbatch --wrap hostname` as that account on the Slurm host, and see `envtool logs {running} -c jupyterhub`"},
    {"job start", &Walk::wait_for_job, "see `sinfo -R` and `squeue --start` on the Slurm host; wait longer with `--timeout`"},
    {"callback", &Walk::wait_for_callback, "see that compute nodes reach `hubConnectUrl`, and what the job has written to ~/jupyterhub_slurmspawner_JOB.log"},
    {"proxy route", &Walk::follow_route, "see that the hub reaches the compute node's ports, and what the job has written to ~/jupyterhub_slurmspawner_JOB.log"},
    {"kernel", &Walk::run_code, "see that the conda environment jupyter-user-env has ipykernel, and what the job has written"},
    {"stop", &Walk::stop_server, "see that slurmspawner_scancel works on the Slurm host, and `envtool logs {running} -c jupyterhub`"},
    {"job gone", &Walk::wait_for_end, "see what scancel does on the Slurm host"},
}};

/// Those from here on are left out when the server is to be kept.
constexpr std::string_view kFirstOfEnd = "stop";

/// How commands are told.
struct Words {
  std::string env;
  std::string running;
};

HopResult failed(HopResult result, const base::Error& error, const Hop& hop, const Words& words) {
  const base::Diagnostic& why = error.diagnostics().front();
  result.verdict = Verdict::fail;
  result.evidence = why.message;
  result.fix = why.hints.empty() ? fmt::format(fmt::runtime(hop.fix), fmt::arg("env", words.env), fmt::arg("running", words.running)) : why.hints.front();
  result.log = why.notes;
  return result;
}

HopResult go(Walk& walk, const Hop& hop, std::chrono::seconds timeout, const Words& words, sys::Clock& clock) {
  HopResult result;
  result.hop = hop.name;
  const auto began = clock.now();
  walk.begin_hop(timeout);
  try {
    result.evidence = (walk.*hop.go)();
    result.verdict = Verdict::ok;
  } catch (const base::Error& error) {
    result = failed(std::move(result), error, hop, words);
    result.in_time = !walk.is_late();
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began);
  return result;
}

HopResult skip(const Hop& hop, std::string why) {
  HopResult result;
  result.hop = hop.name;
  result.evidence = std::move(why);
  return result;
}

[[noreturn]] void end_interrupted(Walk& walk, const std::string& hop) {
  base::Error error(fmt::format("interrupted at hop `{}`", hop));
  for (const std::string& left : walk.clean_up()) std::move(error).note(left + " is left");
  throw error;
}

}  // namespace

std::chrono::seconds SmokeOptions::timeout_of(const std::string& hop) const {
  const auto own = timeouts.find(hop);
  return own == timeouts.end() ? timeout : own->second;
}

const model::Port& public_port(const model::Env& env) {
  if (const model::Port* port = env.find_port("public")) return *port;
  throw base::Error(fmt::format("environment `{}` publishes no port for users: they arrive from elsewhere", env.id()))
      .hint("say from where with `--url`, and what signs one in there with `--token-file`");
}

HubAddress published_address(const model::Env& env, const model::DeployValues& deploy) {
  const model::Port& port = public_port(env);
  const std::string host = port.host_ip.empty() || port.host_ip == "0.0.0.0" ? "127.0.0.1" : port.host_ip;
  const std::string base = model::value_of(deploy, "baseUrl");
  return {fmt::format("http://{}:{}{}", host, port.host_port, base), fmt::format("http://127.0.0.1:{}{}", port.container_port, base)};
}

HubAddress forwarded_address(const model::Env& env, const model::DeployValues& deploy, std::uint16_t local_port) {
  HubAddress address = published_address(env, deploy);
  address.url = fmt::format("http://127.0.0.1:{}{}", local_port, model::value_of(deploy, "baseUrl"));
  return address;
}

HubAddress address_elsewhere(const model::DeployValues& deploy, const std::string& url) {
  const std::string base = model::value_of(deploy, "baseUrl");
  return {with_path(url, base), kHubInside + base, false};
}

std::vector<http::Header> parse_sign_in(const std::string& text) {
  const std::vector<std::string> lines = base::split(base::trim(text), '\n');
  if (lines.size() == 1 && !lines[0].empty() && lines[0].find_first_of(": ") == std::string::npos) return {{"Authorization", "Bearer " + lines[0]}};
  std::vector<http::Header> headers;
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || colon == 0 || colon > line.find(' ')) {
      throw base::Error(fmt::format("line {} is no header", headers.size() + 1)).hint("the file holds a token, or headers, one a line: `Cookie: session=...`");
    }
    headers.push_back({line.substr(0, colon), std::string(base::trim(line.substr(colon + 2)))});
  }
  return headers;
}

SmokeReport go_whole_way(const model::Env& env, const model::DeployValues& deploy, const SmokeOptions& options, SmokeWorld world,
                         const OnHop& on_hop, std::stop_token stop) {
  Walk walk(env, deploy, options, world, stop);
  const Words words{env.words(), world.running};
  SmokeReport report;
  std::string why_skipped;
  for (const Hop& hop : kHops) {
    if (hop.name == kFirstOfEnd && options.afterwards == Afterwards::keep_server && why_skipped.empty()) why_skipped = "the server is kept";
    report.hops.push_back(why_skipped.empty() ? go(walk, hop, options.timeout_of(hop.name), words, world.clock) : skip(hop, why_skipped));
    if (stop.stop_requested()) end_interrupted(walk, hop.name);
    if (report.hops.back().verdict == Verdict::fail) why_skipped = fmt::format("after `{}`", hop.name);
    on_hop(report.hops.back());
  }
  if (options.afterwards == Afterwards::stop_server) report.left = walk.clean_up();
  report.user = walk.user();
  report.project = walk.project();
  report.job = walk.job();
  return report;
}

std::vector<std::string> hop_names() {
  std::vector<std::string> names;
  for (const Hop& hop : kHops) names.emplace_back(hop.name);
  return names;
}

bool has_failure(const SmokeReport& report) {
  return std::any_of(report.hops.begin(), report.hops.end(), [](const HopResult& hop) { return hop.verdict == Verdict::fail; });
}

bool in_time(const SmokeReport& report) {
  return std::all_of(report.hops.begin(), report.hops.end(), [](const HopResult& hop) { return hop.in_time; });
}

doc::Value to_value(const SmokeReport& report) {
  const auto hop_value = [](const HopResult& hop) {
    return doc::make_map({{"hop", hop.hop},
                          {"verdict", to_string(hop.verdict)},
                          {"milliseconds", static_cast<std::int64_t>(hop.took.count())},
                          {"evidence", hop.evidence},
                          {"fix", hop.fix},
                          {"log", doc::make_list(hop.log)}});
  };
  return doc::make_map({{"passed", !has_failure(report)},
                        {"user", report.user},
                        {"project", report.project},
                        {"job", report.job},
                        {"hops", doc::make_list(report.hops, hop_value)},
                        {"left", doc::make_list(report.left)}});
}

}  // namespace app
