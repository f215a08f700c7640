// What an environment's objects are called, and which names are allowed.
#pragma once

#include <string>
#include <string_view>

namespace model {

/// Names of environments: letters, digits, `_`, `-` and `.`, beginning with a letter or digit. Never a path.
bool is_env_name(std::string_view name);

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
