// The combined.yaml of each environment and podman, as `render` writes it for a deploy directory that began as a copy of
// examples/. Contents of Secrets and keys of steps are masked, the rest must be what tests/golden/manifest/ holds.
// ENVTOOL_UPDATE_GOLDEN=1 accepts what comes out, and skips.
#include <gmock/gmock.h>

#include <cstdlib>
#include <regex>
#include <set>

#include "envtool/app/cluster_form.h"
#include "envtool/app/execute.h"
#include "envtool/doc/yaml.h"
#include "envtool/manifest/portability.h"
#include "envtool/ssh/key.h"
#include "tests/support/environments.h"
#include "tests/support/recording_processes.h"
#include "tests/support/temporary_folder.h"

namespace manifest {
namespace {

class NoHttp : public http::Client {
 public:
  http::Response send(const http::Request& request, std::stop_token) override {
    throw base::Error("rendering asks nobody, but it asked " + request.url);
  }
};

class NoReporter : public app::Reporter {
 public:
  void begin(const plan::Plan&) override {}
  void started(std::size_t) override {}
  void line(std::size_t, const std::string&) override {}
  void finished(std::size_t, const graph::Outcome&) override {}
};

/// Puts what can't be generated beside the example: the keys and the known hosts that an administrator brings along.
struct BringFile {
  const sys::fs::path& folder;
  void operator()(const model::KeyPairSecret& pair) const {
    if (!pair.generate) sys::create_file(folder / pair.file, ssh::generate_ed25519("brought").private_text, sys::Access::secret);
  }
  void operator()(const model::FileSecret& file) const { sys::create_file(folder / file.file, "brought\n", sys::Access::secret); }
  void operator()(const model::RandomSecret&) const {}
};

/// One environment that is rendered for one target by what `envtool render` runs, with a podman that only says where its
/// volumes are.
class Deployment {
 public:
  Deployment(const std::string& name, const std::string& target)
      : environment_(app::load_environment({sys::fs::current_path()}, {name, {}, {}}, sources_)), memory_(environment_) {
    facts_.target = parse_target(target);
    for (const model::Image& image : environment_.env.images) facts_.contexts[image.name] = "context";
    for (const model::Volume& volume : environment_.env.volumes) facts_.seeds[volume.name] = "seed";
    sys::make_folder(deploy_.folder(), sys::Access::secret);
    sys::fs::copy("examples/" + name, deploy_.folder());
    for (const model::Secret& secret : environment_.env.secrets) std::visit(BringFile{deploy_.folder()}, secret.source);
  }

  /// The bytes of the manifest, written anew at each call.
  std::string render() {
    facts_.manifest_key.reset();
    run(make_plan(plan::Scope::render));
    return sys::read_file(deploy_.manifest_file());
  }

  plan::Plan make_plan(plan::Scope scope) const { return plan::make(environment_.env, facts_, environment_.objects, scope); }

  void run(const plan::Plan& plan) {
    test::RecordingProcesses processes;
    for (int call = 0; call < 100; ++call) processes.prints("/volumes\n");
    const podman::Podman podman(processes, {});
    NoHttp http;
    NoReporter reporter;
    sys::SteadyClock clock;
    app::Executor executor(environment_, deploy_, {processes, http, podman, clock}, facts_, memory_);
    executor.run(plan, {}, reporter, {});
    facts_ = executor.facts();
  }

  /// The same for a cluster, with images in a registry.
  ClusterForm cluster_form(app::Contents contents = app::Contents::whole) {
    run(make_plan(plan::Scope::render));
    environment_.env.cluster.registry = "registry.example/hub";
    base::Diagnostics problems;
    const ClusterInputs inputs = app::cluster_inputs(environment_, deploy_, facts_, app::registry_images(environment_.env), contents);
    ClusterForm form = to_kubernetes(environment_.env, environment_.objects, inputs, problems);
    problems.throw_if_errors();
    return form;
  }

  plan::Facts& facts() { return facts_; }
  const app::DeployDirectory& deploy() const { return deploy_; }
  const model::Env& env() const { return environment_.env; }

 private:
  base::Sources sources_;
  test::TemporaryFolder folder_;
  app::DeployDirectory deploy_{folder_ / "deploy"};
  app::Environment environment_;
  app::DigestMemory memory_;
  plan::Facts facts_;
};

/// The manifest with `...` for what differs from deployment to deployment: secrets, and the keys made of them.
std::string masked(const std::string& manifest) {
  const base::Source source("combined.yaml", manifest);
  std::vector<doc::Value> objects = doc::read_yaml_all(source);
  for (doc::Value& object : objects) {
    for (const char* field : {"stringData", "data"}) {
      if (doc::Value* data = object.find(field)) {
        for (doc::Entry& entry : data->as_map()) entry.value = "...";
      }
    }
    for (const char* label : {app::kManifestLabel, app::kKeyLabel}) {
      if (doc::Value* key = object["metadata"]["labels"].find(label)) *key = "...";
    }
  }
  return doc::emit_yaml(objects);
}

/// The form with `...` for what differs from deployment to deployment, and `-digest` for what names end in.
std::string masked(const ClusterForm& form) {
  std::vector<doc::Value> objects;
  for (const ClusterObject& object : form.objects) {
    objects.push_back(without_secrets(object.object));
    objects.back()["metadata"]["labels"][kKeyLabel] = "...";
  }
  static const std::regex kDigest("-[0-9a-f]{10}\\b");
  return std::regex_replace(doc::emit_yaml(objects), kDigest, "-digest");
}

/// Compares with a file, or makes it what was found where that is wanted.
void expect_golden(const std::string& text, const sys::fs::path& file) {
  if (std::getenv("ENVTOOL_UPDATE_GOLDEN") != nullptr) {
    sys::make_folder(file.parent_path());
    sys::write_file(file, text, sys::Access::shared);
    GTEST_SKIP() << "accepted " << file;
  }
  EXPECT_EQ(text, sys::read_file(file)) << "if this is meant: ENVTOOL_UPDATE_GOLDEN=1";
}

class Golden : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Deployment deployment_{std::get<0>(GetParam()), std::get<1>(GetParam())};
  const sys::fs::path file_ = sys::fs::path("tests/golden/manifest") / std::get<0>(GetParam()) / (std::get<1>(GetParam()) + ".yaml");
};

TEST_P(Golden, Manifest) {
  expect_golden(masked(deployment_.render()), file_);
}

TEST_P(Golden, RenderedTwiceIsTheSame) {
  const std::string first = deployment_.render();
  EXPECT_EQ(deployment_.render(), first);
  EXPECT_EQ(sys::fs::status(deployment_.deploy().manifest_file()).permissions(), sys::fs::perms(0600));
}

TEST_P(Golden, HoldsNoSecret) {
  deployment_.render();
  const std::string golden = sys::read_file(file_);
  for (const model::Secret& secret : deployment_.env().secrets) {
    for (const auto& [key, content] : deployment_.deploy().read_secret(secret)) {
      EXPECT_EQ(golden.find(content.substr(0, content.find('\n'))), std::string::npos) << key << " of " << secret.name;
    }
  }
  EXPECT_EQ(golden.find("PRIVATE KEY"), std::string::npos);
}

class ClusterGolden : public testing::TestWithParam<std::string> {
 protected:
  Deployment deployment_{GetParam(), "kubernetes@1.36"};
};

TEST_P(ClusterGolden, Form) {
  expect_golden(masked(deployment_.cluster_form()), sys::fs::path("tests/golden/manifest") / GetParam() / "kubernetes@1.36.yaml");
}

TEST_P(ClusterGolden, NamesAndKeysNeedNoContents) {
  const ClusterForm whole = deployment_.cluster_form();
  const ClusterForm known = deployment_.cluster_form(app::Contents::fingerprints);
  EXPECT_EQ(whole.renamed, known.renamed);
  ASSERT_EQ(whole.objects.size(), known.objects.size());
  for (std::size_t i = 0; i < whole.objects.size(); ++i) EXPECT_EQ(whole.objects[i].key, known.objects[i].key) << whole.objects[i].source;
}

TEST_P(ClusterGolden, EveryReferenceLeadsToAnObject) {
  const ClusterForm form = deployment_.cluster_form();
  std::set<std::string> names;
  for (const ClusterObject& object : form.objects) names.insert(doc::text_at(object.object, "kind") + " " + doc::text_at(object.object, "metadata.name"));
  EXPECT_EQ(names.size(), form.objects.size()) << "two objects have one name";
  const doc::Value* spec = doc::at_path(form.objects.back().object, "spec.template.spec");
  ASSERT_NE(spec, nullptr);
  for (const doc::Value& volume : spec->find("volumes")->as_list()) {
    for (const auto& [path, kind] : {std::pair{"secret.secretName", "Secret "}, {"configMap.name", "ConfigMap "}, {"persistentVolumeClaim.claimName", "PersistentVolumeClaim "}}) {
      const std::string name = doc::text_at(volume, path);
      EXPECT_TRUE(name.empty() || names.contains(kind + name)) << kind << name;
    }
  }
}

TEST_P(ClusterGolden, IsFineOnEverySupportedKubernetes) {
  const ClusterForm form = deployment_.cluster_form();
  std::vector<doc::Value> objects;
  for (const ClusterObject& object : form.objects) objects.push_back(object.object);
  for (const Version& version : {kOldestKubernetes, Version{1, 30, 0}, kNewestKubernetes}) {
    for (const Finding& finding : check_portability(objects, {Platform::kubernetes, version})) ADD_FAILURE() << to_string(version) << ": " << finding.message;
  }
}

INSTANTIATE_TEST_SUITE_P(, ClusterGolden, testing::ValuesIn(test::kEnvironments), [](const auto& param) { return param.param; });

/// The key that the objects of a manifest give to what is made of them.
std::string key_in(const std::string& manifest) {
  const base::Source source("combined.yaml", manifest);
  const std::vector<doc::Value> objects = doc::read_yaml_all(source);
  const doc::Value* labels = doc::at_path(objects.back(), "metadata.labels");
  const doc::Value* key = labels != nullptr ? labels->find(app::kKeyLabel) : nullptr;
  return key != nullptr ? key->as_string() : "no key";
}

/// The step that plays the pod, alone.
plan::Plan play_of(const Deployment& deployment) {
  plan::Plan plan = deployment.make_plan(plan::Scope::up);
  std::erase_if(plan.steps, [](const plan::Step& step) { return step.id != "pod"; });
  plan.steps.at(0).needs.clear();
  return plan;
}

TEST(PlayedPod, CarriesTheKeyOfWhatItWasPlayedWith) {
  Deployment deployment("dev_dummyauth", "podman@4.3");
  const std::string before = key_in(deployment.render());
  deployment.facts().contexts["brics_slurm"] = "changed";
  const plan::Plan play = play_of(deployment);
  EXPECT_NE(play.steps[0].key, before);
  deployment.run(play);
  EXPECT_EQ(key_in(sys::read_file(deployment.deploy().manifest_file())), play.steps[0].key);
}

INSTANTIATE_TEST_SUITE_P(, Golden,
                         testing::Combine(testing::ValuesIn(test::kEnvironments), testing::Values("podman@4.3", "podman@4.4", "podman@5")),
                         [](const auto& param) {
                           std::string name = std::get<0>(param.param) + "_" + std::get<1>(param.param);
                           for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           return name;
                         });

}  // namespace
}  // namespace manifest
