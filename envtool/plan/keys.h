// The keys of steps: what a result depends on (its inputs), as one digest.
#pragma once

#include <optional>

#include "envtool/plan/plan.h"

namespace plan {

/// Of a root filesystem image.
doc::Value bootstrap_inputs(const BootstrapImage& step, const Facts& facts);
Key bootstrap_key(const BootstrapImage& step, const Facts& facts);

/// Of a built image: everything that its build is told, the digest of its context and the key of a base from this tree.
/// Nothing while its context is incomplete.
std::optional<doc::Value> image_inputs(const BuildImage& step, const Facts& facts, const std::optional<Key>& base);
std::optional<Key> image_key(const BuildImage& step, const Facts& facts, const std::optional<Key>& base);

std::optional<doc::Value> volume_inputs(const model::Volume& volume, const Facts& facts);
std::optional<Key> volume_key(const model::Volume& volume, const Facts& facts);

/// Of a volume that holds a secret: a keyed fingerprint of the files, never the files themselves.
std::optional<doc::Value> secret_inputs(const SeedSecret& step, const Facts& facts);
std::optional<Key> secret_key(const SeedSecret& step, const Facts& facts);

/// Of the manifest: the objects, the target and the secrets' fingerprints.
std::optional<doc::Value> manifest_inputs(const WriteManifest& step, const model::Env& env, const Facts& facts);
std::optional<Key> manifest_key(const WriteManifest& step, const model::Env& env, const Facts& facts);

/// Of the running pod: its manifest, its images, the deploy ConfigMap and the network that it joins.
std::optional<doc::Value> pod_inputs(const PlayPod& step, const std::optional<Key>& manifest, const std::vector<std::optional<Key>>& images,
                                     const Facts& facts);
std::optional<Key> pod_key(const PlayPod& step, const std::optional<Key>& manifest, const std::vector<std::optional<Key>>& images,
                           const Facts& facts);

/// The key of some canonical data, made unlike keys of another kind of step.
Key make_key(const std::string& kind, const doc::Value& data);

}  // namespace plan
