// The Kubernetes client for bench/cluster.py, on the cluster that $KUBECONFIG names:
//     bench_kube apply FILE                 all objects of a YAML file
//     bench_kube watch NAMESPACE COUNT      until so many pods were told
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "envtool/base/error.h"
#include "envtool/base/render.h"
#include "envtool/doc/yaml.h"
#include "envtool/kube/client.h"
#include "envtool/sys/clock.h"
#include "envtool/sys/file.h"
#include "envtool/sys/process.h"

namespace {

void apply(kube::Client& client, const std::string& file, base::Sources& sources) {
  const std::vector<doc::Value> objects = doc::read_yaml_all(sources.add(file, sys::read_file(file)));
  for (kube::Answer& answer : client.apply_all(objects, {}, {})) answer.value();
}

void watch(kube::Client& client, const std::string& kubernetes_namespace, int count) {
  client.watch({"v1", "Pod", kubernetes_namespace}, [&](const kube::Event&) { return --count == 0 ? kube::Go::stop : kube::Go::on; }, {});
}

void run(std::string_view verb, const std::vector<std::string>& words) {
  base::Sources sources;
  base::Diagnostics warnings;
  sys::SystemProcesses processes;
  sys::SteadyClock clock;
  kube::Client client(kube::load_connection({}, kube::surroundings_of_process(), sources, warnings), {}, processes, clock);
  if (verb == "apply") apply(client, words.at(0), sources);
  if (verb == "watch") watch(client, words.at(0), std::stoi(words.at(1)));
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run(arguments[1], {arguments + 2, arguments + count});
  } catch (const base::Error& error) {
    fmt::print(stderr, "{}", base::render(error.diagnostics()));
    return 1;
  }
  return 0;
}
