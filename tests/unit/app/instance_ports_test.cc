#include "envtool/app/instance_ports.h"

#include <gmock/gmock.h>

#include <thread>

#include "envtool/app/environment.h"
#include "envtool/base/error.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

model::Port port(const std::string& name, std::uint16_t number) { return {name, "app", 80, "127.0.0.1", number}; }

/// Nobody else uses any port, unless said otherwise.
PortChoice choice() {
  const auto always = [](const std::string&, std::uint16_t) { return true; };
  return {{}, {}, {}, always, always};
}

TEST(ChoosePorts, TakesTheFirstAboveTheDefinitions) {
  EXPECT_THAT(choose_ports({port("web", 8000)}, choice()), ElementsAre(Pair("web", 8001)));
}

TEST(ChoosePorts, LeavesWhatOthersHaveAndUse) {
  PortChoice given = choice();
  given.taken = {8001, 8002};
  given.is_free = [](const std::string& address, std::uint16_t number) { return address == "127.0.0.1" && number != 8003; };
  EXPECT_THAT(choose_ports({port("web", 8000)}, given), ElementsAre(Pair("web", 8004)));
}

TEST(ChoosePorts, GivesNoPortTwice) {
  EXPECT_THAT(choose_ports({port("api", 8001), port("web", 8000)}, choice()), ElementsAre(Pair("api", 8002), Pair("web", 8003)));
}

TEST(ChoosePorts, KeepsWhatItRemembers) {
  PortChoice given = choice();
  given.remembered = {{"web", 9000}, {"gone", 9001}};
  given.is_free = [](const std::string&, std::uint16_t) { return false; };
  EXPECT_THAT(choose_ports({port("web", 8000)}, given), ElementsAre(Pair("web", 9000)));
}

TEST(ChoosePorts, ReplacesWhatSomebodyElseUses) {
  PortChoice given = choice();
  given.remembered = {{"web", 9000}};
  given.keeps = [](const std::string&, std::uint16_t number) { return number != 9000; };
  EXPECT_THAT(choose_ports({port("web", 9000)}, given), ElementsAre(Pair("web", 9001)));
}

TEST(ChoosePorts, ReplacesWhatAnotherInstanceHas) {
  PortChoice given = choice();
  given.remembered = {{"web", 8001}};
  given.taken = {8001};
  EXPECT_THAT(choose_ports({port("web", 8000)}, given), ElementsAre(Pair("web", 8002)));
}

TEST(ChoosePorts, TakesWhatIsFixedAsItIs) {
  PortChoice given = choice();
  given.fixed = {{"web", 8001}};
  given.taken = {8001};
  EXPECT_THAT(choose_ports({port("api", 8000), port("web", 8000)}, given), ElementsAre(Pair("api", 8002), Pair("web", 8001)));
}

TEST(ChoosePorts, SaysWhenNoneIsFree) {
  const auto none_is_free = [] {
    PortChoice given = choice();
    given.is_free = [](const std::string&, std::uint16_t) { return false; };
    choose_ports({port("web", 65000)}, given);
  };
  EXPECT_THAT(test::error_of(none_is_free), AllOf(HasSubstr("no port above 65000 is free for `web`"), HasSubstr("--set ports.web.host_port")));
}

/// An environment with one port, in a project of its own.
class ReservedPorts : public testing::Test {
 protected:
  model::Env instance(const std::string& name) const {
    model::Env env;
    env.name = "dev";
    env.instance = name;
    env.ports = {port("web", 20000)};
    return env;
  }
  HostPorts reserve(const std::string& name, PortInUse in_use = PortInUse::replace) const {
    return reserve_ports(project_, instance(name), {}, in_use);
  }

  const test::TemporaryFolder folder_;
  const Project project_{folder_.path()};
};

TEST_F(ReservedPorts, AreRememberedUntilForgotten) {
  const HostPorts first = reserve("a");
  EXPECT_EQ(remembered_ports(project_, "dev-a"), first);
  EXPECT_EQ(reserve("a"), first);
  forget_ports(project_, "dev-a");
  EXPECT_THAT(remembered_ports(project_, "dev-a"), IsEmpty());
}

TEST_F(ReservedPorts, AreOnlyProposedBefore) {
  EXPECT_EQ(propose_ports(project_, instance("a"), {}), reserve("a"));
  const HostPorts of_b = propose_ports(project_, instance("b"), {});
  EXPECT_NE(of_b, reserve("a"));
  EXPECT_THAT(remembered_ports(project_, "dev-b"), IsEmpty());
}

TEST_F(ReservedPorts, DifferHoweverManyAskAtOnce) {
  constexpr std::size_t kMany = 16;
  std::vector<HostPorts> given(kMany);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kMany; ++i) threads.emplace_back([&, i] { given[i] = reserve(std::to_string(i)); });
  }
  std::set<std::uint16_t> different;
  for (const HostPorts& ports : given) different.insert(ports.at("web"));
  EXPECT_EQ(different.size(), kMany);
}

TEST_F(ReservedPorts, AreChosenAnewWhereTheFileIsDamaged) {
  for (const char* text : {"", "{", "[]", "{\"dev-a\": 1}", "{\"dev-a\": {\"web\": 70000}}", "{\"dev-a\": {\"web\": \"x\"}}"}) {
    folder_.write(".envtool/ports.json", text);
    EXPECT_THAT(remembered_ports(project_, "dev-a"), IsEmpty()) << text;
    EXPECT_THAT(reserve("a"), ElementsAre(Pair("web", testing::Gt(20000)))) << text;
  }
}

TEST(AssignedPorts, AreThoseOfTheCommandLine) {
  EnvironmentOptions options;
  options.assignments = {"ports.web.host_port=9000", "ports.api.host_ip=127.0.0.1", "ports.bad.host_port=x", "title=A"};
  EXPECT_THAT(assigned_ports(options), ElementsAre(Pair("web", 9000)));
}

/// The working directory is this project.
Environment load(const std::string& instance, const HostPorts& ports, std::vector<std::string> assignments = {}) {
  base::Sources sources;
  Surroundings surroundings;
  surroundings.ports = ports;
  EnvironmentOptions options{"dev_dummyauth", std::move(assignments), {}, instance};
  return load_environment({fs::current_path()}, options, sources, surroundings);
}

TEST(Instance, HasNamesOfItsOwnAndSharedImages) {
  const model::Env ours = load("a", {{"public", 8005}, {"gone", 1}}).env;
  const model::Env plain = load("", {}).env;
  EXPECT_EQ(ours.pod, "jupyterhub-slurm-dev_dummyauth-a");
  EXPECT_EQ(ours.words(), "dev_dummyauth --instance a");
  EXPECT_EQ(ours.find_port("public")->host_port, 8005);
  for (std::size_t i = 0; i < plain.volumes.size(); ++i) EXPECT_EQ(ours.volumes[i].object, plain.volumes[i].object + "-a");
  for (std::size_t i = 0; i < plain.secrets.size(); ++i) EXPECT_EQ(ours.secrets[i].object, plain.secrets[i].object + "-a");
  for (std::size_t i = 0; i < plain.images.size(); ++i) EXPECT_EQ(ours.images[i].reference, plain.images[i].reference);
}

TEST(Instance, TakesAPortThatTheCommandLineSets) {
  EXPECT_EQ(load("a", {{"public", 8005}}, {"ports.public.host_port=9000"}).env.find_port("public")->host_port, 9000);
}

TEST(Instance, HasANameThatFits) {
  EXPECT_THAT(test::error_of([] { load("a-b", {}); }), HasSubstr("`a-b` is no name of an instance"));
}

}  // namespace
}  // namespace app
