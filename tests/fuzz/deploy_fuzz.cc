// Deploy ConfigMaps, against an environment that has a key of each type.
#include "envtool/model/deploy.h"

#include "envtool/base/render.h"
#include "tests/fuzz/documents.h"

namespace {

model::DeployKey key_of(const std::string& type) {
  model::DeployKey key;
  key.name = type;
  key.type = type;
  key.secret = type == "password";
  key.fixed = type == "path";
  if (key.fixed) key.default_value = "/opt";
  return key;
}

const model::Env& env() {
  static const model::Env made = [] {
    model::Env all;
    all.name = "fuzz";
    for (const std::string& type : model::deploy_types()) all.deploy.keys.push_back(key_of(type));
    return all;
  }();
  return made;
}

void check(const doc::Value& document) {
  base::Diagnostics problems;
  const model::DeployValues values = model::check_deploy_config(env(), document, problems);
  base::render(problems.all());
  fuzz::require(problems.has_errors() || values.size() == env().deploy.keys.size(), "a good ConfigMap has every key");
  for (const auto& [key, value] : values) model::dev_users(value);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  base::Sources sources;
  for (const doc::Value& document : fuzz::documents_of(fuzz::text_of(bytes, size), sources)) check(document);
  return 0;
}
