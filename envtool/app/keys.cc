#include "envtool/app/keys.h"

#include "envtool/plan/rotation.h"
#include "envtool/ssh/key.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

/// Fills in what the files of one secret say.
struct FileLook {
  const fs::path& folder;
  KeyStatus& key;

  void operator()(const model::KeyPairSecret& pair) const {
    key.file = pair.file;
    key.kind = "key pair";
    const auto text = sys::read_file_if_exists(folder / pair.file);
    if (!text) return;
    const ssh::PublicKey public_key = ssh::complete_pair(*text, sys::read_file_if_exists(folder / (pair.file + ".pub")));
    key.kind = public_key.type;
    key.fingerprint = public_key.fingerprint();
  }
  void operator()(const model::FileSecret& file) const {
    key.file = file.file;
    key.kind = "file";
  }
  void operator()(const model::RandomSecret& random) const {
    key.file = random.file;
    key.kind = "random";
  }
};

/// Whether the running pod has the files that are there now.
bool pod_has(const plan::Plan& plan, const model::Secret& secret) {
  const plan::Step* volume = plan.find("secret-volume " + secret.name);
  const plan::Step* holder = volume != nullptr ? volume : plan.find("pod");
  return holder != nullptr && holder->action == plan::Action::nothing;
}

std::string state_of(const plan::Facts& facts, const plan::Plan& plan, const model::Secret& secret) {
  if (!facts.deploy_files.contains(secret.name)) return "not made yet";
  if (facts.pod != plan::PodState::running) return "not running";
  return pod_has(plan, secret) ? "in use" : "not in the running pod";
}

}  // namespace

std::vector<KeyStatus> probe_keys(Session& session, std::stop_token stop) {
  const plan::Facts facts = session.gather(Session::Outside::remember, std::move(stop));
  const plan::Plan plan = session.make_plan(facts, plan::Scope::up);
  std::vector<KeyStatus> keys;
  for (const model::Secret& secret : session.env().secrets) {
    KeyStatus key;
    key.secret = secret.name;
    base::with_context("looking at secret `" + secret.name + "`", [&] { std::visit(FileLook{session.deploy().folder(), key}, secret.source); });
    key.containers = plan::containers_with(session.environment().objects, {secret.object});
    key.state = state_of(facts, plan, secret);
    keys.push_back(std::move(key));
  }
  return keys;
}

doc::Value to_value(const KeyStatus& key) {
  return doc::make_map({{"secret", key.secret},
                        {"file", key.file},
                        {"kind", key.kind},
                        {"fingerprint", key.fingerprint},
                        {"containers", doc::make_list(key.containers)},
                        {"state", key.state}});
}

}  // namespace app
