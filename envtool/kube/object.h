// What objects and kinds are called, and what a server answers about them. Asks nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/doc/value.h"

namespace kube {

/// Which object.
struct Reference {
  std::string api_version;
  std::string kind;
  std::string kubernetes_namespace = {};  ///< empty: that of the connection; not looked at for kinds without one
  std::string name;

  friend bool operator==(const Reference&, const Reference&) = default;
};

/// That of an object. Throws base::Error with its place if apiVersion, kind or metadata.name is missing.
Reference reference_of(const doc::Value& object);

/// `ConfigMap/settings`, as messages name it.
std::string to_string(const Reference& reference);

/// Which objects of a kind.
struct Collection {
  std::string api_version;
  std::string kind;
  std::string kubernetes_namespace = {};  ///< empty: that of the connection; `*`: all of them
  std::string labels = {};                ///< a selector: `app=hub,tier!=db`
  std::string fields = {};                ///< a selector: `metadata.name=hub`
};

/// A kind as a server knows it.
struct Resource {
  std::string api_version;
  std::string kind;
  std::string plural;
  bool namespaced = true;
  std::vector<std::string> verbs;

  friend bool operator==(const Resource&, const Resource&) = default;
};

/// One of the reasons of a refusal, as the server puts it.
struct Cause {
  std::string reason;  ///< `FieldManagerConflict`, `FieldValueInvalid`
  std::string message;
  std::string field;  ///< `.spec.replicas`; may be empty
};

/// A field of an apply that somebody else owns.
struct Conflict {
  std::string manager;
  std::string field;
};

/// Why a server did not do what it was asked: a metav1.Status, or what came in its place.
struct Refusal {
  int code = 0;         ///< the HTTP status; 0: no answer came
  std::string reason;   ///< `NotFound`, `Conflict`, `Invalid`, `Forbidden`, ...; may be empty
  std::string message;  ///< in the server's words
  std::vector<Cause> causes;
  base::Diagnostic diagnostic;  ///< the same for people: verb, object, namespace, what is wrong, how to go on

  /// The other managers and their fields, if it is a conflict of an apply.
  std::vector<Conflict> conflicts() const;
};

/// What a server made of a request: an object or a refusal.
struct Answer {
  doc::Value object;                  ///< null with a refusal
  std::vector<std::string> warnings;  ///< what the server warned of: deprecations, unknown fields
  std::optional<Refusal> refusal;

  bool ok() const { return !refusal; }
  /// The object. Throws base::Error with the refusal's diagnostic if there is none.
  doc::Value& value() &;
  doc::Value value() &&;
};

}  // namespace kube
