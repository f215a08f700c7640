#include "envtool/kube/object.h"

#include <fmt/format.h>

namespace kube {
namespace {

std::string required(const doc::Value& object, std::string_view path) {
  std::string text = doc::text_at(object, path);
  if (text.empty()) throw base::Error(fmt::format("expected a Kubernetes object with `{}`", path), object.span());
  return text;
}

/// `conflict with "kubectl" using v1`, or `conflict with "kubelet" with subresource "status" using v1 at ...`: who it is stands in quotes.
std::string manager_in(std::string_view message) {
  const std::size_t begin = message.find('"');
  const std::size_t end = begin == std::string_view::npos ? begin : message.find('"', begin + 1);
  return end == std::string_view::npos ? "" : std::string(message.substr(begin + 1, end - begin - 1));
}

}  // namespace

Reference reference_of(const doc::Value& object) {
  return {required(object, "apiVersion"), required(object, "kind"), doc::text_at(object, "metadata.namespace"),
          required(object, "metadata.name")};
}

std::string to_string(const Reference& reference) { return fmt::format("{}/{}", reference.kind, reference.name); }

std::vector<Conflict> Refusal::conflicts() const {
  std::vector<Conflict> all;
  for (const Cause& cause : causes) {
    if (cause.reason == "FieldManagerConflict") all.push_back({manager_in(cause.message), cause.field});
  }
  return all;
}

doc::Value& Answer::value() & {
  if (refusal) throw base::Error(refusal->diagnostic);
  return object;
}

doc::Value Answer::value() && { return std::move(static_cast<Answer&>(*this).value()); }

}  // namespace kube
