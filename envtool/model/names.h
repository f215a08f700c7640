// What an environment's objects are called, and which names are allowed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace model {

/// Names of environments: letters, digits, `_`, `-` and `.`, beginning with a letter or digit. Never a path.
bool is_env_name(std::string_view name);

/// Names of instances: letters, digits and `_`, beginning with a letter or digit. Without `-`, an instance's id can be taken
/// apart in one way only.
bool is_instance_name(std::string_view name);

/// What the names of an instance's objects are made of: `dev_dummyauth-a` for the instance `a` of `dev_dummyauth`. The
/// environment by itself, whose instance has no name, goes by its own.
std::string instance_id(std::string_view env, std::string_view instance);

/// An environment and the instance that an id may stand for.
struct InstanceOf {
  std::string env;
  std::string instance;
};
/// The parts of an id; nothing where there is no name of an instance at its end.
std::optional<InstanceOf> split_instance_id(std::string_view id);

/// Below, `env` is an id as above.
/// `jupyterhub_root` of `dev_dummyauth` is `jupyterhub_root_dev_dummyauth`.
std::string volume_object(std::string_view key, std::string_view env);

/// `ssh-client-key` of `dev_dummyauth` is `jupyterhub-slurm-ssh-client-key-dev_dummyauth`.
std::string secret_object(std::string_view stem, std::string_view key, std::string_view env);

/// `jupyterhub-slurm-dev_dummyauth`.
std::string pod_object(std::string_view stem, std::string_view env);

/// Whether podman takes the name for pods, volumes and secrets.
bool is_object_name(std::string_view name);

/// Whether podman takes a text as the name of an image: `localhost/brics_slurm:dev-latest`, `quay.io/a/b@sha256:...`.
/// The grammar is that of the Docker distribution project's package `reference`.
bool is_image_reference(std::string_view text);

}  // namespace model
