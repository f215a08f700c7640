#include "envtool/manifest/check.h"

#include <gmock/gmock.h>

#include "envtool/base/source.h"
#include "envtool/doc/yaml.h"

namespace manifest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kGood =
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: demo-dev, labels: {a: b}}\n"
    "spec:\n"
    "  containers:\n"
    "  - {name: app, image: localhost/app, volumeMounts: [{name: data_vol, mountPath: /x}]}\n"
    "  volumes:\n"
    "  - {name: data_vol, emptyDir: {}}\n";

class CheckObjects : public testing::Test {
 protected:
  /// What is said about the good Pod with one text replaced by another.
  std::vector<std::string> with(const std::string& from, const std::string& to) {
    std::string text = kGood;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return check(text.replace(at, from.size(), to));
  }
  std::vector<std::string> check(std::string text) {
    base::Diagnostics problems;
    check_objects(env_, doc::read_yaml_all(sources_.add("m.yaml", std::move(text))), problems);
    std::vector<std::string> found;
    for (const base::Diagnostic& problem : problems.all()) {
      const std::string at = to_string(problem.span);
      found.push_back((at.empty() ? "" : at + " ") + problem.message);
    }
    return found;
  }

  CheckObjects() {
    env_.name = "dev";
    env_.pod = "demo-dev";
  }

  base::Sources sources_;
  model::Env env_;
};

TEST_F(CheckObjects, AGoodPodPasses) { EXPECT_THAT(check(kGood), IsEmpty()); }

TEST_F(CheckObjects, ThePodMustBeThere) {
  EXPECT_THAT(check(""), ElementsAre("the manifest has no Pod `demo-dev`"));
  EXPECT_THAT(with("name: demo-dev", "name: other"), ElementsAre("the manifest has no Pod `demo-dev`"));
  EXPECT_THAT(with("kind: Pod", "kind: Deployment"), ElementsAre("the manifest has no Pod `demo-dev`"));
}

TEST_F(CheckObjects, NamesAndLabels) {
  EXPECT_THAT(with("name: app", "name: Ap_p"), ElementsAre("m.yaml:6:12 `Ap_p` is no name for a container"));
  EXPECT_THAT(with("name: app, ", ""), ElementsAre("m.yaml:6:5 a container has no `name`"));
  EXPECT_THAT(with("a: b", "a: 1"), ElementsAre("m.yaml:3:40 label `a` must be a string, found an integer"));
  EXPECT_THAT(with("a: b", "a b: c"), ElementsAre("m.yaml:3:37 `a b` is no key for a label"));
  EXPECT_THAT(with("a: b", "a: -b"), ElementsAre("m.yaml:3:40 `-b` is no value for label `a`"));
}

TEST_F(CheckObjects, ContainersAndVolumes) {
  EXPECT_THAT(with("image: localhost/app, ", ""), ElementsAre("m.yaml:6:5 container `app` has no `image`"));
  EXPECT_THAT(with("localhost/app", "-rf"), ElementsAre("m.yaml:6:24 container `app` must have the name of an image as `image`, found `-rf`"));
  EXPECT_THAT(with("[{name: data_vol", "[{name: dta_vol"),
              ElementsAre("m.yaml:6:61 container `app` mounts the volume `dta_vol`, which the Pod doesn't have"));
  EXPECT_THAT(with("emptyDir: {}}\n", "emptyDir: {}}\n  - {name: data_vol}\n"), ElementsAre("m.yaml:9:12 the Pod has two volumes `data_vol`"));
}

TEST_F(CheckObjects, PortsAndChecksNameContainers) {
  model::Port port;
  port.name = "web";
  port.container = "ap";
  env_.ports = {port};
  EXPECT_THAT(check(kGood), ElementsAre("port `web` names the container `ap`, which the Pod doesn't have"));
}

}  // namespace
}  // namespace manifest
