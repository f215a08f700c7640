#include "envtool/app/smoke.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "envtool/base/error.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A hub with Slurm behind it, seen through HTTP and podman. One hop may be broken. Time passes only in pauses.
class Site : public http::Client, public sys::Processes, public sys::Clock {
 public:
  using sys::Processes::run;

  http::Response send(const http::Request& request, std::stop_token) override {
    const std::string path = request.url.substr(std::string("http://127.0.0.1:8000/jupyter").size());
    requests.push_back(fmt::format("{} {}", to_string(request.method), path));
    if (request.method == http::Method::remove) return stop();
    if (request.method == http::Method::post) return path == "/hub/login" ? sign_in(request) : spawn(request);
    const bool signed_in = std::ranges::any_of(request.headers, [](const http::Header& header) { return header.value.starts_with("session=a secret"); });
    return path == "/hub/login" && signed_in ? let_in() : page(path);
  }

  sys::Result run(const sys::Command& command, const sys::Io& io, std::stop_token) override {
    const std::string line = sys::to_string(command);
    std::string input;
    if (io.input) io.input([&input](std::string_view bytes) { input += bytes; });
    command_lines.push_back(line);
    const auto says = [](std::string out) { return sys::Result{0, std::move(out), "", false, false}; };
    const auto fails = [](std::string err) { return sys::Result{1, "", std::move(err), false, false}; };
    if (line.find("sudo -n -l") != std::string::npos) return broken == "sudo" ? fails("a password is required") : says("/opt/slurmspawner_sbatch\n");
    if (line.find("squeue") != std::string::npos) return says(queue());
    if (line.find("scancel") != std::string::npos) return job = "CANCELLED", says("");
    if (line.find(" logs ") != std::string::npos) return says(told ? "[I] 201 POST /jupyter/hub/api/batchspawner (testuser@10.0.0.1) 9ms\n" : "");
    if (line.find("tail") != std::string::npos) return says("Traceback\n  frame\nValueError: no\n");
    if (line.find("python") != std::string::npos) return broken == "kernel" ? fails("the server answers HTTP 500") : says("2\n");
    return broken == "ssh" ? fails("Permission denied") : says("host\n");
  }
  int run_foreground(const sys::Command&) override { return 125; }

  Time now() override { return time_; }
  void pause(std::chrono::milliseconds time, std::stop_token) override { time_ += time; }

  std::string broken;
  std::string job;  ///< state of the only job
  bool server = false;
  bool told = false;  ///< the job has told the hub where it is
  std::vector<std::string> requests;
  std::vector<std::string> command_lines;

 private:
  static http::Response found(const std::string& where) { return {302, "", "", {}, {{"Location", where}}}; }

  http::Response sign_in(const http::Request& request) const {
    EXPECT_THAT(request.body, HasSubstr("password=a%20secret"));
    EXPECT_THAT(request.body, HasSubstr("_xsrf=before"));
    if (broken == "sign in") return {403, R"(<p class="login_error">Invalid <b>password</b></p>)", ""};
    return let_in();
  }

  static http::Response let_in() {
    http::Response answer = found("/jupyter/hub/spawn");
    answer.headers.push_back({"Set-Cookie", "_xsrf=after; Path=/jupyter/hub/"});
    return answer;
  }

  http::Response spawn(const http::Request& request) {
    EXPECT_THAT(request.body, HasSubstr("brics_project=p1.brics"));
    EXPECT_THAT(request.body, HasSubstr("_xsrf=after"));
    if (broken == "sbatch") return {503, R"(<p class="spawn-error-msg alert">Error: no Slurm</p>)", ""};
    server = true;
    job = broken == "job start" ? "PENDING" : "RUNNING";
    told = broken != "callback";
    return found("/jupyter/hub/spawn-pending/testuser");
  }

  http::Response stop() {
    if (broken == "stop") return {500, R"({"message": "scancel failed"})", ""};
    server = false;
    if (broken != "job gone") job = "CANCELLED";
    return {204, "", ""};
  }

  /// A job whose server can't be used ends soon after it was seen to run.
  std::string queue() {
    if (job.empty()) return "6:COMPLETED:None\n";
    if ((broken == "callback" || broken == "proxy route") && ++looks_ > 2) job = "FAILED";
    return fmt::format("6:COMPLETED:None\n7:{}:Resources\n", job);
  }

  http::Response page(const std::string& path) const {
    if (path == "/hub/login") return {200, "", "", {}, {{"Set-Cookie", "_xsrf=before; Path=/jupyter/hub/"}}};
    if (path == "/hub/api/user") return {200, R"({"name": "testuser"})", ""};
    if (path == "/hub/api/users/testuser") return {200, model(), ""};
    if (path == "/hub/spawn" && broken == "form") return {500, "", ""};
    if (path == "/hub/spawn") return {200, R"(<select name="brics_project"><option value="p1.brics" selected>P</option></select><option value="1">)", ""};
    return {200, "", ""};
  }

  std::string model() const {
    if (!server) return R"({"servers": {}})";
    const bool ready = broken.empty() || broken == "kernel" || broken == "stop" || broken == "job gone";
    return fmt::format(R"({{"servers": {{"": {{"ready": {}, "pending": null}}}}}})", ready);
  }

  Time time_{};
  int looks_ = 0;
};

model::Env environment() {
  model::Env env;
  env.name = "dev";
  env.pod = "hub-of-dev";
  env.parameters["slurm"] = "pod";
  model::DeployKey password;
  password.name = "dummyAuthPassword";
  env.deploy.keys.push_back(password);
  env.ports.push_back({"public", "jupyterhub", 8000, "127.0.0.1", 8000});
  return env;
}

const model::DeployValues kDeploy{{"baseUrl", "/jupyter"}, {"devUsers", "testuser.p1 other.p1"}, {"dummyAuthPassword", "a secret"}, {"slurmSpawnerWrappersBin", "/opt"}};

SmokeReport smoke(Site& site, const SmokeOptions& options = {}, const OnHop& on_hop = [](const HopResult&) {}, std::stop_token stop = {}) {
  const podman::Podman podman(site, {});
  const model::Env env = environment();
  const PodmanContainers containers(podman, env);
  return go_whole_way(env, kDeploy, options, {containers, site, site, published_address(env, kDeploy), env.words()}, on_hop, stop);
}

std::vector<std::string> hops_with(const SmokeReport& report, Verdict verdict) {
  std::vector<std::string> names;
  for (const HopResult& hop : report.hops) {
    if (hop.verdict == verdict) names.push_back(hop.hop);
  }
  return names;
}

TEST(Smoke, GoesTheWholeWay) {
  Site site;
  const SmokeReport report = smoke(site);
  EXPECT_EQ(hops_with(report, Verdict::ok), hop_names());
  EXPECT_EQ(report.job, "7");
  EXPECT_EQ(report.project, "p1.brics");
  EXPECT_THAT(report.left, IsEmpty());
  EXPECT_FALSE(site.server);
}

TEST(Smoke, ShowsNoSecretInCommandLines) {
  Site site;
  smoke(site);
  for (const std::string& line : site.command_lines) {
    EXPECT_EQ(line.find("a secret"), std::string::npos);
    EXPECT_EQ(line.find("after"), std::string::npos) << line;
  }
}

struct Broken {
  const char* hop;
  const char* evidence;
  bool in_time = true;
};

class SmokeWithOneHopBroken : public testing::TestWithParam<Broken> {};

TEST_P(SmokeWithOneHopBroken, NamesItAndLeavesNothing) {
  Site site;
  site.broken = GetParam().hop;
  const SmokeReport report = smoke(site);
  ASSERT_THAT(hops_with(report, Verdict::fail), ElementsAre(GetParam().hop));
  const HopResult& hop = *std::find_if(report.hops.begin(), report.hops.end(), [](const HopResult& result) { return result.verdict == Verdict::fail; });
  EXPECT_THAT(hop.evidence, HasSubstr(GetParam().evidence));
  EXPECT_NE(hop.fix, "");
  EXPECT_EQ(hop.in_time, GetParam().in_time);
  EXPECT_EQ(hop_names().size(), hops_with(report, Verdict::ok).size() + 1 + hops_with(report, Verdict::skipped).size());
  EXPECT_NE(site.job, "RUNNING");
  EXPECT_NE(site.job, "PENDING");
  EXPECT_EQ(site.server, site.broken == "stop");
  EXPECT_EQ(report.left.empty(), site.broken != "stop");
}

INSTANTIATE_TEST_SUITE_P(Each, SmokeWithOneHopBroken,
                         testing::Values(Broken{"sign in", "403: Invalid password"}, Broken{"form", "500"}, Broken{"ssh", "Permission denied"},
                                         Broken{"sudo", "a password is required"}, Broken{"sbatch", "503: Error: no Slurm"},
                                         Broken{"job start", "after 120 s still: job 7 is PENDING (Resources)", false},
                                         Broken{"callback", "job 7 ended (FAILED)"}, Broken{"proxy route", "job 7 ended (FAILED)"},
                                         Broken{"kernel", "HTTP 500"}, Broken{"stop", "500: scancel failed"},
                                         Broken{"job gone", "after 120 s still: job 7 is RUNNING", false}));

TEST(Smoke, KeepsTheServerWhenAskedTo) {
  Site site;
  SmokeOptions options;
  options.afterwards = Afterwards::keep_server;
  const SmokeReport report = smoke(site, options);
  EXPECT_THAT(hops_with(report, Verdict::skipped), ElementsAre("stop", "job gone"));
  EXPECT_TRUE(site.server);
}

TEST(Smoke, LeavesAServerAloneThatIsThere) {
  Site site;
  site.server = true;
  EXPECT_THAT(hops_with(smoke(site), Verdict::fail), ElementsAre("form"));
  EXPECT_TRUE(site.server);
}

TEST(Smoke, RefusesAProjectThatIsNotOffered) {
  Site site;
  SmokeOptions options;
  options.project = "p9.brics";
  const SmokeReport report = smoke(site, options);
  EXPECT_EQ(report.hops[1].evidence, "the form doesn't offer `p9.brics`");
  EXPECT_EQ(report.hops[1].fix, "it offers `p1.brics`");
}

TEST(Smoke, EndsWhatItStartedWhenItIsInterrupted) {
  Site site;
  std::stop_source source;
  const OnHop interrupt = [&source](const HopResult& hop) {
    if (hop.hop == "job start") source.request_stop();
  };
  EXPECT_THROW(smoke(site, {}, interrupt, source.get_token()), base::Error);
  EXPECT_EQ(site.job, "CANCELLED");
  EXPECT_FALSE(site.server);
}

TEST(Smoke, GivesAHopATimeOfItsOwn) {
  Site site;
  site.broken = "job start";
  SmokeOptions options;
  options.timeouts["job start"] = std::chrono::seconds(3);
  EXPECT_THAT(smoke(site, options).hops[5].evidence, HasSubstr("after 3 s still: job 7 is PENDING"));
}

TEST(Smoke, TakesATokenOrHeadersToSignInWith) {
  const auto named = [](const std::string& text) {
    std::vector<std::string> headers;
    for (const http::Header& header : parse_sign_in(text)) headers.push_back(header.name + "=" + header.value);
    return headers;
  };
  EXPECT_THAT(named("abc.def.ghi\n"), ElementsAre("Authorization=Bearer abc.def.ghi"));
  EXPECT_THAT(named("Cookie: a=b; c=d\r\nX-One: 1\n"), ElementsAre("Cookie=a=b; c=d", "X-One=1"));
  for (const char* text : {"", "two words", "X-One: 1\nsecret", ": x"}) {
    try {
      parse_sign_in(text);
      ADD_FAILURE() << text;
    } catch (const base::Error& error) {
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    }
  }
}

TEST(Smoke, GoesWhereItIsToldTo) {
  EXPECT_EQ(address_elsewhere(kDeploy, "https://hub.example/").url, "https://hub.example/jupyter");
  EXPECT_EQ(address_elsewhere(kDeploy, "https://hub.example/other/").url, "https://hub.example/other");
  EXPECT_EQ(address_elsewhere(kDeploy, "https://hub.example").inside, "http://127.0.0.1:8000/jupyter");
  EXPECT_THROW(address_elsewhere(kDeploy, "hub.example"), base::Error);
}

TEST(Smoke, GoesByAForwardedPort) {
  const HubAddress address = forwarded_address(environment(), kDeploy, 40123);
  EXPECT_EQ(address.url, "http://127.0.0.1:40123/jupyter");
  EXPECT_EQ(address.inside, "http://127.0.0.1:8000/jupyter");
}

TEST(Smoke, SignsInWithWhatItIsGiven) {
  Site site;
  SmokeOptions options;
  options.sign_in = parse_sign_in("Cookie: session=a secret");
  const SmokeReport report = smoke(site, options);
  EXPECT_EQ(report.hops[0].evidence, "as `testuser`, by token");
  EXPECT_EQ(std::count(site.requests.begin(), site.requests.end(), "POST /hub/login"), 0);
}

TEST(Smoke, NeedsAPublishedPort) {
  model::Env env = environment();
  env.ports.clear();
  EXPECT_THROW(published_address(env, kDeploy), base::Error);
}

}  // namespace
}  // namespace app
