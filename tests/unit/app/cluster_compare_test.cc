#include "envtool/app/cluster_compare.h"

#include <gmock/gmock.h>

#include "envtool/doc/yaml.h"

namespace app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Compare : public ::testing::Test {
 protected:
  doc::Value yaml(const std::string& text) { return doc::read_yaml(sources_.add("text.yaml", text)); }
  manifest::ClusterObject wanted(const std::string& text) {
    manifest::ClusterObject object;
    object.object = yaml(text);
    object.span = object.object.span();
    return object;
  }
  static std::vector<std::string> told(const std::vector<FieldChange>& changes) {
    std::vector<std::string> all;
    for (const FieldChange& one : changes) all.push_back(one.path + ": " + one.before + " -> " + one.after);
    return all;
  }

  base::Sources sources_;
};

TEST_F(Compare, WhatOthersAddedDoesNotCount) {
  const doc::Value wanted = yaml("{a: 1, list: [{name: x, image: i}], none: null, empty: {}}");
  EXPECT_TRUE(holds(wanted, yaml("{a: 1, b: 2, list: [{name: y}, {name: x, image: i, pull: Always}]}")));
}

TEST_F(Compare, WhatIsMissingOrDiffersCounts) {
  EXPECT_FALSE(holds(yaml("{a: 1}"), yaml("{a: 2}")));
  EXPECT_FALSE(holds(yaml("{a: false}"), yaml("{}"))) << "whether the server left it out, only the server can tell";
  EXPECT_FALSE(holds(yaml("{list: [1, 2]}"), yaml("{list: [1]}")));
  EXPECT_FALSE(holds(yaml("{list: [{name: x}]}"), yaml("{list: [{name: y}]}")));
}

TEST_F(Compare, TellsFieldsWithTheirPlaces) {
  const auto object = wanted("kind: Service\nmetadata: { name: s }\nspec:\n  ports:\n  - { name: a, port: 2 }\n");
  const auto changes = changes_between(object, yaml("{kind: Service, metadata: {name: s, resourceVersion: '1'}, spec: {ports: [{name: a, port: 1}], type: ClusterIP}}"),
                                       yaml("{kind: Service, metadata: {name: s, resourceVersion: '2'}, spec: {ports: [{name: a, port: 2}], type: ClusterIP}}"));
  EXPECT_THAT(told(changes), ElementsAre("spec.ports[name=a].port: 1 -> 2"));
  EXPECT_EQ(to_string(changes.at(0).place), "text.yaml:5:22");
}

TEST_F(Compare, TellsWhereWhatAFieldIsInStands) {
  const auto object = wanted("kind: Service\nspec:\n  ports:\n  - { name: a }\n");
  const auto changes = changes_between(object, yaml("{spec: {ports: [{name: a, port: 1}]}}"), yaml("{spec: {ports: [{name: a}]}}"));
  EXPECT_THAT(told(changes), ElementsAre("spec.ports[name=a].port: 1 -> "));
  EXPECT_EQ(to_string(changes.at(0).place), "text.yaml:4:5");
}

TEST_F(Compare, TellsNothingOfWhatSecretsHold) {
  const auto object = wanted("{kind: Secret, data: {password: bmV3}}");
  const auto changes = changes_between(object, yaml("{kind: Secret, data: {password: b2xk}}"), object.object);
  EXPECT_THAT(told(changes), ElementsAre("data.password: ... -> ..."));
}

TEST_F(Compare, ItsOwnKeyIsNoChange) {
  const auto object = wanted("{kind: Service, metadata: {labels: {io.envtool.key: b}}}");
  EXPECT_THAT(changes_between(object, yaml("{kind: Service, metadata: {labels: {io.envtool.key: a}}}"), object.object), IsEmpty());
}

TEST_F(Compare, KnowsWhoApplies) {
  const doc::Value live = yaml("metadata: { managedFields: [{ manager: argo, operation: Apply }, { manager: kubectl-edit, operation: Update }] }");
  EXPECT_TRUE(applies(live, "argo"));
  EXPECT_FALSE(applies(live, "kubectl-edit"));
}

TEST_F(Compare, IsReadyOnlyInTheFormThatWasAppliedLast) {
  const std::string spec = "kind: StatefulSet\nmetadata: { generation: 2 }\nspec: { replicas: 1 }\n";
  EXPECT_TRUE(is_ready(yaml(spec + "status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1 }")));
  EXPECT_FALSE(is_ready(yaml(spec + "status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 }")));
  EXPECT_FALSE(is_ready(yaml(spec + "status: { observedGeneration: 2, replicas: 1, readyReplicas: 1 }")));
  EXPECT_FALSE(is_ready(yaml(spec + "status: { observedGeneration: 2, replicas: 2, updatedReplicas: 1, readyReplicas: 1 }")));
}

TEST_F(Compare, NamesTheContainerThatHasAProblem) {
  EXPECT_EQ(problem_of(yaml("status: { containerStatuses: [{ name: a, state: { running: {} } }, { name: b, state: { waiting: { reason: ErrImagePull, message: no } } }] }")),
            "b: ErrImagePull: no");
  EXPECT_EQ(problem_of(yaml("status: { containerStatuses: [{ name: a, state: { waiting: { reason: ContainerCreating } } }] }")), "");
}

}  // namespace
}  // namespace app
