#include "envtool/app/smoke.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "envtool/app/forwarded_hub.h"
#include "envtool/base/strings.h"
#include "envtool/cli/cluster.h"
#include "envtool/cli/command.h"
#include "envtool/cli/input.h"
#include "envtool/cli/print.h"
#include "envtool/sys/clock.h"

namespace cli {
namespace {

constexpr int kLongestTimeout = 86400;

struct Options {
  EnvironmentArguments arguments;
  std::string user;
  std::string project;
  std::string url;
  std::string token_file;
  std::vector<std::string> timeouts;  ///< SECONDS or HOP=SECONDS
  bool keep = false;
};

std::string hop_text(const app::HopResult& hop) {
  std::size_t width = 0;
  for (const std::string& name : app::hop_names()) width = std::max(width, name.size());
  const std::string took =
      hop.verdict == app::Verdict::skipped ? "" : fmt::format("{:.2f} s", std::chrono::duration<double>(hop.took).count());
  std::string text = fmt::format("{:<7}  {:<{}}  {:>9}  {}", to_string(hop.verdict), hop.hop, width, took, hop.evidence);
  const std::string indent(7 + 2 + width + 2 + 9 + 2, ' ');
  for (const std::string& line : hop.log) text += fmt::format("\n{}| {}", indent, line);
  if (!hop.fix.empty()) text += fmt::format("\n{}fix: {}", indent, hop.fix);
  return text;
}

std::chrono::seconds parse_seconds(const std::string& text) {
  int seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem == std::errc() && end == text.data() + text.size() && seconds > 0 && seconds <= kLongestTimeout) return std::chrono::seconds(seconds);
  throw WrongUsage(fmt::format("`--timeout` takes 1 to {} seconds, not `{}`", kLongestTimeout, text));
}

void add_timeout(const std::string& text, app::SmokeOptions& options) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    options.timeout = parse_seconds(text);
    return;
  }
  const std::string hop = text.substr(0, equals);
  const std::vector<std::string> hops = app::hop_names();
  if (std::find(hops.begin(), hops.end(), hop) == hops.end()) {
    throw WrongUsage(base::Error(fmt::format("`{}` is no hop", hop)).hint("hops: " + base::join(hops, ", ")).diagnostics());
  }
  options.timeouts[hop] = parse_seconds(text.substr(equals + 1));
}

std::vector<http::Header> read_sign_in(const std::string& file) {
  base::Sources sources;
  const std::string& text = read_input(sources, file).text;
  return as_usage([&] { return base::with_context(fmt::format("reading `{}`", file), [&] { return app::parse_sign_in(text); }); });
}

app::SmokeOptions smoke_options(const Options& options) {
  app::SmokeOptions made;
  made.user = options.user;
  made.project = options.project;
  if (!options.token_file.empty()) made.sign_in = read_sign_in(options.token_file);
  for (const std::string& timeout : options.timeouts) add_timeout(timeout, made);
  made.afterwards = options.keep ? app::Afterwards::keep_server : app::Afterwards::stop_server;
  return made;
}

int exit_code(const app::SmokeReport& report) {
  if (!app::has_failure(report)) return report.left.empty() ? kDone : kStepFailed;
  return app::in_time(report) ? kStepFailed : kNotReady;
}

/// Goes the way and shows each hop.
int go(Shell& shell, app::Session& session, const app::SmokeOptions& chosen, const app::SmokeWorld& world) {
  const bool as_json = shell.globals.output == OutputFormat::json;
  const app::OnHop show = [as_json](const app::HopResult& hop) {
    if (as_json) return;
    print_line(hop_text(hop));
    std::fflush(stdout);  // people watch, and so do programs
  };
  const app::SmokeReport report = app::go_whole_way(session.env(), session.deploy_values(), chosen, world, show, shell.stop);
  if (as_json) print_json(app::to_value(report));
  for (const std::string& left : report.left) print_diagnostics({{base::Severity::warning, left + " is left", {}, {}, {}}});
  return exit_code(report);
}

int run_on_podman(Shell& shell, const Options& options, const app::SmokeOptions& chosen) {
  const auto session = open_session(shell, options.arguments);
  require_pod(*session);
  const model::Env& env = session->env();
  const model::DeployValues deploy = session->deploy_values();
  sys::SteadyClock clock;
  const app::PodmanContainers containers(session->podman(), env);
  const app::HubAddress address = options.url.empty() ? app::published_address(env, deploy) : app::address_elsewhere(deploy, options.url);
  return go(shell, *session, chosen, {containers, shell.http, clock, address, env.words()});
}

int run_on_cluster(Shell& shell, const Options& options, const app::SmokeOptions& chosen) {
  return with_pod_on_cluster(shell, options.arguments, [&](app::Session& session, kube::Client& client, const kube::Reference& pod) {
    const model::Env& env = session.env();
    const model::DeployValues deploy = session.deploy_values();
    const std::string words = words_on_cluster(env, options.arguments);
    sys::SteadyClock clock;
    const app::ClusterContainers containers(client, pod);
    if (!options.url.empty()) return go(shell, session, chosen, {containers, shell.http, clock, app::address_elsewhere(deploy, options.url), words});
    app::ForwardedHub hub(shell.http, client, pod, app::public_port(env).container_port);
    return go(shell, session, chosen, {containers, hub, clock, app::forwarded_address(env, deploy, hub.local_port()), words});
  });
}

int run(Shell& shell, const Options& options) {
  const app::SmokeOptions chosen = smoke_options(options);
  return is_for_cluster(options.arguments) ? run_on_cluster(shell, options, chosen) : run_on_podman(shell, options, chosen);
}

}  // namespace

void setup_smoke(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("smoke", "Go a user's whole way, from sign-in to a kernel and back, and name the hop that fails");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment, Wants::cluster});
  command->add_option("-u,--user", options->user, "Who signs in, where people choose (default: the first of `devUsers`)");
  command->add_option("-p,--project", options->project, "The project to choose in the form (default: the first it offers)");
  command->add_option("--url", options->url, "Where people reach the hub, if not at the pod's own port (a path may be left out)")
      ->type_name("URL")->envname("ENVTOOL_SMOKE_URL");
  command->add_option("--token-file", options->token_file,
                      "What signs a person in there: a file (- is stdin) with a token, or with headers that the proxy in front of the hub wants")
      ->type_name("FILE")->envname("ENVTOOL_SMOKE_TOKEN_FILE");
  command->add_option("--timeout", options->timeouts, "How long each hop may take, or one of them: SECONDS or HOP=SECONDS (default: 120)")
      ->type_name("TIME")->allow_extra_args(false);
  command->add_flag("--keep", options->keep, "Leave the server running, for a look at it");
  command->footer(
      "The hops: sign in, form, ssh, sudo, sbatch, job start, callback, proxy route, kernel, stop, job gone.\n"
      "Each line says ok, fail or skipped, how long it took, and what was seen; a failure also how to mend it. Without --keep nothing\n"
      "is left running. Exit code: 0, 1 if a hop failed, 4 if one took too long.\n"
      "A token goes along as a bearer. Where a proxy wants a session instead, sign in with a browser and put the header `Cookie: ...` of one\n"
      "of its requests into the file.\n"
      "In a cluster the pod's port is forwarded through the API server to a free one here, and what is looked at in containers goes by exec:\n"
      "that takes the rights to get and list pods, to get pods/log, and to get and create pods/portforward and pods/exec.\n\n"
      "Examples:\n  envtool smoke dev_dummyauth\n  envtool smoke dev_realauth --user otheruser --timeout 'job start=3600'\n"
      "  envtool smoke prod --url https://jupyter.example.org --token-file session\n"
      "  envtool smoke dev_dummyauth --target kubernetes --context admin@cluster\n"
      "  envtool smoke dev_dummyauth --output json | jq '.hops[] | {hop, milliseconds}'");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
