#include "envtool/model/cluster.h"

#include <gmock/gmock.h>

#include "envtool/base/render.h"
#include "envtool/doc/yaml.h"

namespace model {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

class ClusterSection : public testing::Test {
 protected:
  Cluster decode(const std::string& text) {
    base::Diagnostics problems;
    const doc::Value value = doc::read_yaml(sources_.add("env.yaml", text));
    Cluster cluster = decode_cluster(&value, problems);
    problems_.clear();
    for (const base::Diagnostic& problem : problems.all()) problems_.push_back(to_string(problem.span) + " " + problem.message);
    return cluster;
  }

  base::Sources sources_;
  std::vector<std::string> problems_;
};

TEST_F(ClusterSection, IsAllDefaultsWhereItIsNot) {
  base::Diagnostics problems;
  const Cluster cluster = decode_cluster(nullptr, problems);
  EXPECT_EQ(cluster.workload, Workload::stateful_set);
  EXPECT_EQ(cluster.storage_of("data").size, "1Gi");
  EXPECT_THAT(cluster.needs_of("hub").requests, UnorderedElementsAre(Pair("cpu", "100m"), Pair("memory", "256Mi")));
  EXPECT_EQ(cluster.service_of("public").type, ServiceType::cluster_ip);
  EXPECT_FALSE(cluster.ingress);
}

TEST_F(ClusterSection, SaysWhatItSays) {
  const Cluster cluster = decode(
      "registry: registry.example:5000/hub\nnamespace: hub\ncontext: admin@there\nworkload: Deployment\n"
      "storage: { class: slow, size: 2Gi }\nvolumes: { data: { size: 10Gi } }\n"
      "containers: { hub: { limits: { cpu: 2, memory: null }, capabilities: [CHOWN], escalation: true, user: 1000 } }\n"
      "services: { public: { type: NodePort, node_port: 30080, from: [10.0.0.0/8] } }\n"
      "ingress: { host: hub.example, tls_secret: hub-tls }\npull_secrets: [registry]\negress: { slurm: \"ssh://slurm.example\", gone: null }\n");
  EXPECT_THAT(problems_, ElementsAre());
  EXPECT_EQ(cluster.registry, "registry.example:5000/hub");
  EXPECT_EQ(cluster.workload, Workload::deployment);
  EXPECT_EQ(cluster.storage_of("data").size, "10Gi");
  EXPECT_EQ(cluster.storage_of("data").storage_class, "slow");
  EXPECT_EQ(cluster.storage_of("other").size, "2Gi");
  EXPECT_THAT(cluster.needs_of("hub").limits, ElementsAre(Pair("cpu", "2")));
  EXPECT_EQ(cluster.needs_of("hub").user, 1000U);
  EXPECT_EQ(cluster.service_of("public").node_port, 30080);
  EXPECT_EQ(cluster.ingress->port, "public");
  ASSERT_EQ(cluster.egress.size(), 1U);
  EXPECT_EQ(cluster.egress[0].to, "ssh://slurm.example");
}

struct Problem {
  std::string text, expected;
};

TEST_F(ClusterSection, EveryProblemHasItsPlace) {
  const Problem cases[] = {
      {"registri: x", "env.yaml:1:1 unknown field `registri` in `cluster`"},
      {"registry: https://x", "env.yaml:1:11 `registry` in `cluster` must begin the names of images, found `https://x`"},
      {"namespace: My_Hub", "env.yaml:1:12 `namespace` in `cluster` is no name in Kubernetes: `My_Hub`"},
      {"workload: Job", "env.yaml:1:11 unknown `workload` in `cluster`: `Job`"},
      {"storage: { size: big }", "env.yaml:1:18 `size` in the storage of `cluster` must be a quantity, found `big`"},
      {"storage: { access: Mine }", "env.yaml:1:20 unknown `access` in the storage of `cluster`: `Mine`"},
      {"containers: { hub: { requests: { cpu: -1 } } }", "env.yaml:1:39 `requests.cpu` in container `hub` of `cluster` must be a quantity, found `-1`"},
      {"containers: { hub: { capabilities: [CAP_CHOWN] } }", "env.yaml:1:36 `CAP_CHOWN` in container `hub` of `cluster` is no capability"},
      {"services: { public: { node_port: 30000 } }", "env.yaml:1:34 service `public` of `cluster` has a `node_port`, which type ClusterIP doesn't use"},
      {"ingress: { class: nginx }", "env.yaml:1:10 `host` is missing in the ingress of `cluster`"},
      {"egress: { slurm: 22 }", "env.yaml:1:18 egress `slurm` of `cluster` must be a URL, found an integer"},
  };
  for (const Problem& c : cases) {
    decode(c.text);
    EXPECT_THAT(problems_, ElementsAre(c.expected)) << c.text;
  }
}

}  // namespace
}  // namespace model
