#include "envtool/spawn/render.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "envtool/base/render.h"
#include "envtool/doc/json.h"
#include "envtool/spawn/check.h"
#include "envtool/spawn/identity.h"
#include "tests/support/errors.h"
#include "tests/unit/spawn/configuration.h"

namespace spawn {
namespace {

using doc::Value;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> identities(const Rendered& result) {
  std::vector<std::string> all;
  for (const Value& object : result.objects) all.push_back(identity(object));
  return all;
}

std::string error_of(const std::string& yaml) {
  return test::error_of([&] { rendered(yaml); });
}

std::string patched(const std::string& patch) { return "patches:\n  01-x: |\n    kind: Pod\n    metadata: {name: '{{key}}'}\n    " + patch; }

TEST(RenderTest, MakesTheDefaultObjectsInOrder) {
  const Rendered result = rendered("");
  EXPECT_THAT(identities(result), ElementsAre("Namespace/jupyter-alice", "ServiceAccount/jupyter-alice", "Pod/jupyter-alice", "Service/jupyter-alice",
                                              "Ingress/jupyter-alice"));
  EXPECT_EQ(at(result, "Namespace", "metadata.labels"), doc::make_map({{"kubernetes.io/metadata.name", "jupyter-alice"},
                                                                      {"mcks.hub.jupyter.org/delete-on-stop", "false"},
                                                                      {"name", "jupyter-alice"}}));
  for (const char* kind : {"ServiceAccount", "Pod", "Service", "Ingress"}) {
    EXPECT_EQ(at(result, kind, "metadata.labels"), doc::make_map({{"mcks.hub.jupyter.org/key", "jupyter-alice"}})) << kind;
  }
  EXPECT_EQ(at(result, "Ingress", "spec.rules.0.http.paths.0.path"), Value("/user/alice/"));
  EXPECT_EQ(at(result, "Ingress", "spec.rules.0.host"), Value());
}

TEST(RenderTest, UsesThePortEverywhere) {
  const Rendered result = rendered("port: 9999");
  EXPECT_EQ(at(result, "Pod", "spec.containers.0.ports.0.containerPort"), Value(9999));
  EXPECT_EQ(at(result, "Service", "spec.ports"), doc::List{doc::make_map({{"protocol", "TCP"}, {"port", 9999}, {"targetPort", 9999}})});
  EXPECT_EQ(at(result, "Ingress", "spec.rules.0.http.paths.0.backend.service.port.number"), Value(9999));
  EXPECT_EQ(variable(result, "JUPYTERHUB_SERVICE_URL"), Value("http://0.0.0.0:9999/user/alice/"));
}

TEST(RenderTest, TakesIngressClassAndHost) {
  const Rendered result = rendered("{ingress_class: nginx, ingress_host: hub.example.org}");
  EXPECT_EQ(at(result, "Ingress", "spec.ingressClassName"), Value("nginx"));
  EXPECT_EQ(at(result, "Ingress", "spec.rules.0.host"), Value("hub.example.org"));
  EXPECT_EQ(at(rendered("ingress_class: ''"), "Ingress", "spec.ingressClassName"), Value());
}

TEST(RenderTest, WritesAmountsAsTheSpawnerDoes) {
  const Rendered result = rendered("{mem_limit: 1G, cpu_guarantee: 0.5, cpu_limit: 2}");
  EXPECT_EQ(doc::canonical_json(at(result, "Pod", "spec.containers.0.resources")),
            R"({"limits":{"cpu":"2.0","memory":"1073741824"},"requests":{"cpu":"0.5"}})");
  EXPECT_EQ(variable(result, "CPU_LIMIT"), Value("2.00"));
  EXPECT_EQ(variable(result, "CPU_GUARANTEE"), Value("0.50"));
}

TEST(RenderTest, PutsTheHubsVariablesBehindTheMemorys) {
  const Rendered result = rendered("environment: {Z: '1', JUPYTERHUB_HOST: mine, MEM_LIMIT: lie, EMOJI: \"a\U0001F600b\"}");
  const Value environment = at(result, "Pod", "spec.containers.0.env");
  EXPECT_EQ(environment.as_list()[0], doc::make_map({{"name", "MEM_GUARANTEE"},
                                                     {"valueFrom", doc::make_map({{"resourceFieldRef", doc::make_map({{"containerName", "notebook"},
                                                                                                                     {"resource", "requests.memory"}})}})}}));
  EXPECT_EQ(*environment.as_list()[2].find("name"), Value("JUPYTERHUB_API_TOKEN"));
  EXPECT_EQ(variable(result, "JUPYTERHUB_API_TOKEN"), Value("secret"));
  EXPECT_EQ(variable(result, "JUPYTERHUB_HOST"), Value("mine"));
  EXPECT_EQ(variable(result, "MEM_LIMIT"), Value());
  EXPECT_EQ(variable(result, "EMOJI"), Value("a\U0001F600b"));
}

TEST(RenderTest, CustomResourcesReplaceAddAndLeaveOut) {
  const Rendered result = rendered(
      "create_namespace: false\n"
      "resources:\n"
      "  01-sa: ''\n"
      "  03-service: |\n"
      "    {% if spawner.port == 1 %}never{% endif %}\n"
      "  10-two: |\n"
      "        apiVersion: v1\n"
      "        kind: ConfigMap\n"
      "        metadata: {name: '{{key}}-a'}\n"
      "        ---\n"
      "        apiVersion: v1\n"
      "        kind: ConfigMap\n"
      "        metadata: {name: '{{key}}-b'}\n");
  EXPECT_THAT(identities(result),
              ElementsAre("Pod/jupyter-alice", "Ingress/jupyter-alice", "ConfigMap/jupyter-alice-a", "ConfigMap/jupyter-alice-b"));
}

TEST(RenderTest, TemplatesSeeTheSpawnersVariables) {
  const Rendered result = rendered(
      "resources:\n"
      "  10-x: |\n"
      "    apiVersion: v1\n"
      "    kind: ConfigMap\n"
      "    metadata: {name: x}\n"
      "    data: {{ [userid, username, unescaped_username, servername, unescaped_servername, proxy_spec, key, spawner.name, spawner.user.name,\n"
      "              spawner.namespace, spawner.image, spawner.get_args(), resources, spawner.get_env().JUPYTERHUB_USER]|tojson }}\n"
      "args: [--debug]\n"
      "image: img\n",
      {.user = "Zoë", .user_id = 7, .name = "a b", .profile = {}, .api_token = ""});
  EXPECT_EQ(doc::emit_json(at(result, "ConfigMap", "data")),
            R"([7,"-5ao-c3-ab","Zoë","a-20b","a b","/user/Zo%C3%AB/a%20b/","jupyter--5ao-c3-ab--a-20b","a b","Zoë","jupyter--5ao-c3-ab","img",)"
            R"(["--debug"],{"limits":{},"requests":{}},"Zoë"])");
}

TEST(RenderTest, PatchesApplyInTheOrderOfTheirKeys) {
  const Rendered result = rendered(
      "patches:\n"
      "  02-b: |\n"
      "    kind: Pod\n"
      "    metadata: {name: '{{key}}', annotations: {order: second}}\n"
      "  01-a: |\n"
      "    kind: Pod\n"
      "    metadata: {name: '{{key}}', annotations: {order: first, other: x}}\n"
      "    ---\n"
      "    kind: Service\n"
      "    metadata: {name: '{{key}}'}\n"
      "    spec: {type: NodePort}\n");
  EXPECT_EQ(at(result, "Pod", "metadata.annotations"), doc::make_map({{"order", "second"}, {"other", "x"}}));
  EXPECT_EQ(at(result, "Service", "spec.type"), Value("NodePort"));
}

TEST(RenderTest, AugmentsWhatPatchesLeft) {
  const Rendered result = rendered(patched("spec: {containers: [{name: notebook, image: 'mine:1', resources: {limits: {cpu: 1500m}, requests: {cpu: 1}}}]}"));
  EXPECT_EQ(variable(result, "JUPYTER_IMAGE"), Value("mine:1"));
  EXPECT_EQ(variable(result, "JUPYTER_IMAGE_SPEC"), Value("mine:1"));
  EXPECT_EQ(variable(result, "CPU_LIMIT"), Value("1.50"));
  EXPECT_EQ(variable(result, "CPU_GUARANTEE"), Value("1.00"));
  for (const auto& [amount, shown] : {std::pair("100u", "0.00"), {"1k", "1000.00"}, {"0.125", "0.12"}, {"25e-2", "0.25"}}) {
    const std::string patch = fmt::format("spec: {{containers: [{{name: notebook, resources: {{limits: {{cpu: {}}}}}}}]}}", amount);
    EXPECT_EQ(variable(rendered(patched(patch)), "CPU_LIMIT"), Value(shown)) << amount;
  }
  EXPECT_THAT(error_of(patched("spec: {containers: [{name: notebook, resources: {limits: {cpu: lots}}}]}")), HasSubstr("lots"));
}

TEST(RenderTest, ToleratesAPodWithoutNotebook) {
  const Rendered other = rendered(patched("spec: {containers: [{name: notebook, $patch: delete}, {name: main, image: x}]}"));
  ASSERT_EQ(other.warnings.size(), 1U);
  EXPECT_THAT(other.warnings[0].message, HasSubstr("no container `notebook`"));
  const Rendered none = rendered(patched("$patch: delete"));
  EXPECT_THAT(none.warnings.at(0).message, HasSubstr("no Pod is called `jupyter-alice`"));
  const Rendered bare = rendered(patched("spec: {containers: [{name: notebook, env: null}]}"));
  EXPECT_EQ(variable(bare, "JUPYTER_IMAGE"), Value("pangeo/pangeo-notebook:latest"));
}

TEST(RenderTest, PatchErrorsNameThePatchAndWhatIsThere) {
  const std::string missed = error_of("patches: {01-x: '{kind: Pod, metadata: {name: jupiter}}'}");
  EXPECT_THAT(missed, HasSubstr("patch for `Pod/jupiter` matches no object"));
  EXPECT_THAT(missed, HasSubstr("`Service/jupyter-alice`"));
  EXPECT_THAT(missed, HasSubstr("patches.01-x at hub.yaml:1:17, rendered:1:1"));
  EXPECT_THAT(error_of("patches: {01-x: '{kind: Pod}'}"), HasSubstr("`patches.01-x` doesn't say which object it is for"));
  EXPECT_THAT(error_of("patches: {01-x: '[1]'}"), HasSubstr("`patches.01-x` doesn't say which object it is for"));
}

TEST(RenderTest, RefusesWhatIsNoObject) {
  const auto resource = [](const std::string& text) { return error_of("resources: {10-x: '" + text + "'}"); };
  EXPECT_THAT(resource("text"), HasSubstr("expected an object of Kubernetes, found a string"));
  EXPECT_THAT(resource("{kind: X, metadata: {name: x}}"), HasSubstr("no `apiVersion`"));
  EXPECT_THAT(resource("{apiVersion: v1, kind: X}"), HasSubstr("no `metadata.name`"));
  EXPECT_THAT(resource("{apiVersion: v1, kind: X, metadata: {name: {{userid}} }}"), HasSubstr("`metadata.name` must be a string, found an integer"));
  EXPECT_THAT(resource("{apiVersion: v1, kind: X, metadata: {name: x, labels: [a]}}"), HasSubstr("`metadata.labels` must be a map"));
  EXPECT_THAT(resource("{apiVersion: v1, kind: X, metadata: {name: my_x}}"), HasSubstr("`my_x` is no name for a X"));
  EXPECT_THAT(resource("{apiVersion: v1, kind: X, metadata: {name: x, namespace: other}}"), HasSubstr("another namespace"));
  EXPECT_THAT(resource("{apiVersion: v1, kind: Pod, metadata: {name: {{key}} }}"), HasSubstr("`Pod/jupyter-alice` is there twice"));
}

TEST(RenderTest, UserNamesCantLeaveTheirPlace) {
  const std::string hostile = "x\"}, evil: {\"y #'\\ {{ key }}{% raw %} : - & * !!int";
  const Rendered result = rendered("", {.user = hostile, .name = hostile, .profile = {}, .api_token = ""});
  EXPECT_EQ(variable(result, "JUPYTERHUB_USER"), Value(hostile));
  EXPECT_EQ(variable(result, "JUPYTERHUB_SERVER_NAME"), Value(hostile));
  EXPECT_EQ(result.objects.size(), 5U);
  for (const char* kind : {"ServiceAccount", "Pod", "Service", "Ingress"}) EXPECT_EQ(at(result, kind, "metadata.name"), Value(result.key));
}

TEST(RenderTest, RefusesNamesThatNoHubGives) {
  for (const char* name : {"", "a\nb", "a\x7f", "\xff", "a\tb"}) {
    EXPECT_NE(test::error_of([&] { rendered("", {.user = name, .name = "", .profile = {}, .api_token = ""}); }), "no error") << name;
  }
  EXPECT_THAT(error_of("key_template: '--'"), HasSubstr("`key_template` gives an empty name"));
  EXPECT_THAT(error_of("{create_namespace: false, namespace_template: Users}"), HasSubstr("which can't be the name of a namespace"));
}

TEST(RenderTest, WarnsOfAProfileWithoutProfiles) {
  const Rendered result = rendered("", {.user = "a", .name = "", .profile = "gpu", .api_token = ""});
  EXPECT_THAT(result.warnings.at(0).message, HasSubstr("profile `gpu` is asked for"));
}

TEST(CheckTest, FindsWhatOnlySomeUsersOrProfilesRunInto) {
  base::Sources sources;
  const Config config = configuration(
      "profile_list:\n"
      "- {display_name: a}\n"
      "- display_name: b\n"
      "  spawner_override:\n"
      "    patches:\n"
      "      01-x: |\n"
      "        kind: Pod\n"
      "        metadata:\n"
      "          name: {{key}}\n"
      "          annotations: {user: \"{{unescaped_username}}\"}\n"
      "    resources:\n"
      "      10-y: |\n"
      "        apiVersion: v1\n"
      "        kind: Service\n"
      "        metadata: {name: \"{{unescaped_username}}\"}\n",
      sources);
  base::Diagnostics problems;
  check(config, sources, problems);
  const std::string text = base::render(problems.all());
  EXPECT_THAT(text, HasSubstr("for user `O'Neil"));
  EXPECT_THAT(text, HasSubstr("`42` is no name for a Service"));
  EXPECT_THAT(text, HasSubstr("profile `b`"));
  EXPECT_THAT(text, testing::Not(HasSubstr("profile `a`")));
}

}  // namespace
}  // namespace spawn
