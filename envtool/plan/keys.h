// The keys of steps: what a result depends on (its inputs), as one digest.
#pragma once

#include <optional>

#include "envtool/plan/plan.h"

namespace plan {

/// A key with what it is the digest of.
struct Identity {
  Key key;
  doc::Value inputs;
};

/// Of a root filesystem image.
Identity bootstrap_identity(const BootstrapImage& step, const Facts& facts);

/// Of a built image: everything that its build is told, the digest of its context and the key of a base from this tree.
/// Nothing while its context is incomplete.
std::optional<Identity> image_identity(const BuildImage& step, const Facts& facts, const std::optional<Key>& base);

std::optional<Identity> volume_identity(const model::Volume& volume, const Facts& facts);

/// Of a volume that holds a secret: a keyed fingerprint of the files, never the files themselves.
std::optional<Identity> secret_identity(const SeedSecret& step, const Facts& facts);

/// Of the manifest: the objects, the target and the secrets' fingerprints.
std::optional<Identity> manifest_identity(const std::vector<doc::Value>& objects, const model::Env& env, const Facts& facts);

/// Of the running pod: its manifest, its images, the deploy ConfigMap and the network that it joins.
std::optional<Identity> pod_identity(const PlayPod& step, const std::optional<Key>& manifest, const std::vector<std::optional<Key>>& images,
                                     const Facts& facts);

/// The key of some canonical data, made unlike keys of another kind of step.
Key make_key(const std::string& kind, const doc::Value& data);

}  // namespace plan
