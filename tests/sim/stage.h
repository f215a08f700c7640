// A small project on disk for the simulation: three images upon each other, volumes, secrets, a pod of two containers.
#pragma once

#include <string>
#include <vector>

#include "envtool/app/contents.h"
#include "envtool/app/environment.h"
#include "envtool/app/facts.h"
#include "envtool/archive/tar.h"
#include "tests/support/temporary_folder.h"

namespace sim {

inline constexpr const char* kDefinition = R"(
title: A small environment
stem: sim
images:
  rootfs: { reference: localhost/sim/rootfs:1, bootstrap: { suite: bookworm } }
  base:
    reference: localhost/sim/base:1
    context: images/base
    base: { argument: BASE, image: registry.example/rootfs:1, standin: rootfs }
  app:
    reference: localhost/sim/app:1
    context: images/app
    base: { argument: BASE, image: registry.example/base:1, standin: base }
  side:
    reference: localhost/sim/side:1
    context: images/app
    base: { argument: BASE, image: registry.example/base:1, standin: base }
volumes:
  data: { trees: [volumes/data] }
  logs: { trees: [volumes/logs] }
secrets:
  pair: { ssh_key_pair: { file: pair, comment: simulated } }
  token: { random: { file: token, bytes: 16 }, key: token }
manifest: { template: manifests/pod.yaml.j2 }
deploy:
  keys:
    password: { type: password, generate_bytes: 18, secret: true, description: For signing in }
ports:
  public: { container: app, container_port: 80, host_ip: 127.0.0.1, host_port: 80 }
ready:
  app: { description: the app to answer, http: { port: public, path: / }, timeout: 20 }
  side: { description: the side to be idle, exec: { container: side, command: [state], expect: idle }, timeout: 20 }
)";

inline constexpr const char* kManifest = R"(
apiVersion: v1
kind: Pod
metadata: { name: "{{ pod }}" }
spec:
  containers:
  - name: app
    image: "{{ images.app }}"
    volumeMounts: [{ name: data, mountPath: /data, subPath: data }, { name: token, mountPath: /token }]
  - name: side
    image: "{{ images.side }}"
    volumeMounts: [{ name: logs, mountPath: /logs }, { name: pair, mountPath: /pair }]
  volumes:
  - { name: data, persistentVolumeClaim: { claimName: "{{ volumes.data }}" } }
  - { name: logs, persistentVolumeClaim: { claimName: "{{ volumes.logs }}" } }
  - { name: token, secret: { secretName: "{{ secrets.token }}" } }
  - { name: pair, secret: { secretName: "{{ secrets.pair }}" } }
)";

inline std::string tar_of(const std::vector<archive::Layer>& layers) {
  std::string bytes;
  archive::write_tar(layers, {}, [&bytes](std::string_view part) { bytes += part; });
  return bytes;
}

class Stage {
 public:
  Stage() {
    folder_.write("envs/small/env.yaml", kDefinition);
    folder_.write("manifests/pod.yaml.j2", kManifest);
    folder_.write("images/base/Containerfile", "ARG BASE\nFROM $BASE\n");
    folder_.write("images/app/Containerfile", "ARG BASE\nFROM $BASE\nCOPY app /app\n");
    folder_.write("images/app/app", "the app");
    folder_.write("volumes/data/data/first", "what it begins with");
    folder_.write("volumes/logs/log", "");
    environment = app::load_environment({folder_.path()}, {"small", {}, {}}, sources_);
    for (const model::Volume& volume : environment.env.volumes) {
      seeds[volume.object] = tar_of(app::volume_layers(environment.project, environment.env, volume));
    }
    app::DigestMemory memory(environment);
    app::add_local_facts(environment, app::DeployDirectory(deploy_folder()), memory, facts);
    for (const char* outside : {"registry.example/rootfs:1", "registry.example/base:1"}) facts.choices[outside] = plan::Choice::standin;
    deployment = environment;
    deployment.env.images.clear();
    deployment.env.volumes.clear();
  }

  /// Forgets what earlier stories left in the project.
  void clear() const {
    std::filesystem::remove_all(environment.project.state_directory());
    std::filesystem::remove_all(deploy_folder());
  }
  std::filesystem::path deploy_folder() const { return environment.project.deploy_directory("small"); }

  app::Environment environment;
  app::Environment deployment;  ///< the same without images and volumes: what can change on disk while a story is told
  plan::Facts facts;            ///< what can't, looked at once
  std::map<std::string, std::string> seeds;  ///< by volume: what it holds at first, as a tar

 private:
  test::TemporaryFolder folder_;
  base::Sources sources_;
};

}  // namespace sim
