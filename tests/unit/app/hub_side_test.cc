#include "envtool/app/hub_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Keeps the words of the last command.
struct RecordingContainers : Containers {
  sys::Result exec(const std::string&, const std::vector<std::string>& command, std::stop_token) const override {
    words = command;
    return {};
  }
  sys::Result exec_with_line(const std::string&, const std::vector<std::string>&, const std::string&, std::stop_token) const override { return {}; }
  std::string logs_since(const std::string&, std::time_t) const override { return ""; }

  mutable std::vector<std::string> words;
};

class HubSideOverSsh : public testing::TestWithParam<std::pair<std::string, std::vector<std::string>>> {};

TEST_P(HubSideOverSsh, GoesToThePortOfTheSlurmHost) {
  const auto& [host, port_and_name] = GetParam();
  const RecordingContainers containers;
  HubSide(containers, {}, {{"sshHostname", host}}).over_ssh("hostname", {});
  EXPECT_THAT(containers.words, ElementsAre("sh", "-c", HasSubstr("-p \"$1\" \"jupyterspawner@$2\" \"$3\""), "sh", port_and_name[0], port_and_name[1], "hostname"));
}

INSTANTIATE_TEST_SUITE_P(Each, HubSideOverSsh,
                         testing::Values(std::pair{"login.site", std::vector<std::string>{"22", "login.site"}},
                                         std::pair{"login.site:2222", std::vector<std::string>{"2222", "login.site"}},
                                         std::pair{"2001:db8::1", std::vector<std::string>{"22", "2001:db8::1"}},
                                         std::pair{"[2001:db8::1]:2222", std::vector<std::string>{"2222", "2001:db8::1"}}));

}  // namespace
}  // namespace app
