#include "envtool/manifest/probes.h"

#include <gmock/gmock.h>

#include "envtool/doc/json.h"

namespace manifest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Probes : public testing::Test {
 protected:
  Probes() { env_.ports.push_back({"public", "hub", 8000, "127.0.0.1", 80}); }

  std::string handler(const std::string& container, const char* probe) {
    doc::Value value = doc::make_map({{"name", container}});
    base::Diagnostics problems;
    add_probes(value, env_, [](const std::string& text) { return "<" + text + ">"; }, problems);
    for (const base::Diagnostic& problem : problems.all()) problems_.push_back(problem.message);
    const doc::Value* found = value.find(probe);
    return found == nullptr ? "" : doc::emit_json(*found);
  }

  model::Env env_;
  std::vector<std::string> problems_;
};

TEST_F(Probes, AreRequestsToTheContainersPort) {
  env_.ready.push_back({"hub", model::HttpCheck{"public", "/api"}, 61, ""});
  EXPECT_EQ(handler("hub", "readinessProbe"), R"({"httpGet":{"path":"</api>","port":8000},"periodSeconds":10,"timeoutSeconds":10,"failureThreshold":3})");
  EXPECT_THAT(handler("hub", "startupProbe"), HasSubstr(R"("periodSeconds":2,"timeoutSeconds":10,"failureThreshold":31)")) << "the whole time-out";
  EXPECT_EQ(handler("other", "readinessProbe"), "");
}

TEST_F(Probes, JoinCommandsAndMatchTheirOutput) {
  env_.ready.push_back({"node", model::ExecCheck{"slurm", {"sinfo", "--format=%T"}, "^(idle|mixed)$"}, 10, ""});
  env_.ready.push_back({"sshd", model::ExecCheck{"slurm", {"true"}, ""}, 20, ""});
  EXPECT_THAT(handler("slurm", "readinessProbe"), HasSubstr(R"-(["sh","-c","output=$(sinfo --format=%T) && printf '%s\\n' \"$output\" | grep -Eq -e '^(idle|mixed)$' && true > /dev/null"])-"));
  EXPECT_THAT(handler("slurm", "livenessProbe"), HasSubstr(R"(["sh","-c","sinfo --format=%T > /dev/null && true > /dev/null"])")) << "a drained node isn't dead";
  EXPECT_THAT(handler("slurm", "startupProbe"), HasSubstr(R"("failureThreshold":10)"));
}

TEST_F(Probes, NeedNoShellForOneCommand) {
  env_.ready.push_back({"it", model::ExecCheck{"hub", {"true"}, ""}, 10, ""});
  EXPECT_THAT(handler("hub", "readinessProbe"), HasSubstr(R"({"exec":{"command":["true"]})"));
}

TEST_F(Probes, ThatTheContainerHasStay) {
  env_.ready.push_back({"it", model::ExecCheck{"hub", {"true"}, ""}, 10, ""});
  doc::Value container = doc::make_map({{"name", "hub"}, {"livenessProbe", "mine"}});
  base::Diagnostics problems;
  add_probes(container, env_, [](const std::string& text) { return text; }, problems);
  EXPECT_EQ(*container.find("livenessProbe"), doc::Value("mine"));
  EXPECT_NE(container.find("readinessProbe"), nullptr);
}

TEST_F(Probes, RefuseWhatGrepDoesNotKnow) {
  env_.ready.push_back({"it", model::ExecCheck{"hub", {"true"}, R"(\d+)"}, 10, ""});
  handler("hub", "readinessProbe");
  EXPECT_THAT(problems_, ElementsAre(R"(readiness check `it` can't be a probe: `grep -E` doesn't know all of `\d+`)"));
}

TEST_F(Probes, SayWhichCheckIsLeftOut) {
  env_.ready.push_back({"one", model::HttpCheck{"public", "/one"}, 10, ""});
  env_.ready.push_back({"two", model::HttpCheck{"public", "/two"}, 10, ""});
  handler("hub", "readinessProbe");
  EXPECT_THAT(problems_, ElementsAre("readiness check `two` is left out: its container has another one, and probes can't be joined"));
}

}  // namespace
}  // namespace manifest
