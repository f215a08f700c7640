#include "envtool/kube/refusal.h"

#include <fmt/format.h>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"

namespace kube {
namespace {

constexpr std::size_t kLongestQuote = 300;
constexpr const char* kTryAgain = "the server, or the way to it, is in trouble: try again in a while; what is done stays done";

std::string what_was_asked(const Asked& asked) {
  const std::string where = asked.kubernetes_namespace.empty() ? "" : fmt::format(" in the namespace `{}`", asked.kubernetes_namespace);
  return fmt::format("cannot {} {}{}", asked.verb, asked.object, where);
}

std::string server_of(const Connection& connection) {
  if (connection.context.empty()) return fmt::format("the API server `{}`", connection.server);
  return fmt::format("the API server `{}` of the context `{}`", connection.server, connection.context);
}

std::string first_line(std::string_view text) {
  text = base::trim(text);
  text = text.substr(0, std::min(text.find('\n'), kLongestQuote));
  return std::string(text.substr(0, base::utf8_prefix(text)));
}

std::vector<Cause> causes_of(const doc::Value& status) {
  std::vector<Cause> causes;
  const doc::Value* list = doc::at_path(status, "details.causes");
  if (list == nullptr || !list->is_list()) return causes;
  for (const doc::Value& item : list->as_list())
    causes.push_back({doc::text_at(item, "reason"), doc::text_at(item, "message"), doc::text_at(item, "field")});
  return causes;
}

bool has_cause(const Refusal& refusal, std::string_view reason) {
  return std::any_of(refusal.causes.begin(), refusal.causes.end(), [&](const Cause& cause) { return cause.reason == reason; });
}

bool says(const Refusal& refusal, std::string_view words) { return refusal.message.find(words) != std::string::npos; }

void add_conflicts(const Refusal& refusal, base::Diagnostic& to) {
  for (const Conflict& conflict : refusal.conflicts())
    to.notes.push_back(fmt::format("`{}` belongs to the field manager `{}`", conflict.field, conflict.manager));
  to.hints.push_back("take these fields out of the definition, or take them over by force");
}

void add_causes(const Refusal& refusal, base::Diagnostic& to) {
  for (const Cause& cause : refusal.causes) {
    if (!cause.message.empty())
      to.notes.push_back(cause.field.empty() ? cause.message : fmt::format("`{}`: {}", cause.field, cause.message));
  }
}

/// What is added to the server's own words.
void explain(const Refusal& refusal, base::Diagnostic& to) {
  if (!refusal.conflicts().empty()) return add_conflicts(refusal, to);
  if (refusal.reason == "Conflict") to.hints.push_back("somebody else changed it meanwhile: try again");
  if (refusal.reason == "Forbidden" && says(refusal, " cannot "))
    to.hints.push_back("whoever runs the cluster can give you the right to do this, with a Role and a RoleBinding");
  if (refusal.reason == "Forbidden" && says(refusal, "exceeded quota"))
    to.hints.push_back("remove what is no longer needed in the namespace, or have the quota raised");
  if (has_cause(refusal, "NamespaceTerminating")) to.hints.push_back("wait until the namespace is gone, and make it again");
  if (refusal.code == 401) to.hints.push_back("sign in again, or get a new token: the server does not know you by what it got");
  if (refusal.reason == "Invalid") add_causes(refusal, to);
  if (says(refusal, "denied the request")) to.hints.push_back("the cluster has rules of its own: change the object as they say, or ask whoever runs the cluster");
  if (says(refusal, "failed calling webhook"))
    to.hints.push_back("what the cluster asks before it takes objects is away: ask whoever runs the cluster, and try again");
  else if (refusal.code == 429 || refusal.code >= 500)
    to.hints.push_back(kTryAgain);
}

/// What the notes say in full, or the server's words.
std::string in_short(const Refusal& refusal) {
  if (!refusal.conflicts().empty()) return "others have set the same fields";
  return refusal.reason == "Invalid" && !refusal.causes.empty() ? "it is not valid" : refusal.message;
}

Refusal finished(const Asked& asked, Refusal refusal) {
  refusal.diagnostic.message = fmt::format("{}: {}", what_was_asked(asked), in_short(refusal));
  explain(refusal, refusal.diagnostic);
  return refusal;
}

std::string hint_for(Failure failure, const Connection& connection) {
  if (failure == Failure::not_connected) return "is the cluster up, and can this machine reach it?";
  if (failure == Failure::cut) return kTryAgain;
  if (failure != Failure::distrust) return "";
  if (connection.context.empty()) return "the certificate authority in the pod does not fit to the server";
  return fmt::format(
      "check `certificate-authority`, `tls-server-name` and the server's address of the cluster `{}`, and the client certificate of the "
      "user `{}`, in the kubeconfig",
      connection.cluster, connection.user);
}

/// No answer came at all.
Refusal without_answer(const Asked& asked, const Reply& reply, const Connection& connection) {
  Refusal refusal;
  refusal.message = reply.response.problem;
  if (reply.failure == Failure::stopped) return finished(asked, std::move(refusal));
  refusal.diagnostic.message = fmt::format("{}: {} gave no answer", what_was_asked(asked), server_of(connection));
  refusal.diagnostic.notes.push_back(reply.response.problem);
  const std::string hint = hint_for(reply.failure, connection);
  if (!hint.empty()) refusal.diagnostic.hints.push_back(hint);
  return refusal;
}

doc::Value status_in(const std::string& body) {
  try {
    return doc::parse_json(body, "the answer");
  } catch (const base::Error&) {
    return {};  // of a proxy, perhaps
  }
}

}  // namespace

Refusal refusal_of(const Asked& asked, int code, const doc::Value& status, const Connection& connection) {
  Refusal refusal{code, doc::text_at(status, "reason"), doc::text_at(status, "message"), causes_of(status), {}};
  if (refusal.message.empty()) refusal.message = fmt::format("{} answered with status {}", server_of(connection), code);
  return finished(asked, std::move(refusal));
}

std::optional<Refusal> refusal_of(const Asked& asked, const Reply& reply, const Connection& connection) {
  if (reply.failure != Failure::none) return without_answer(asked, reply, connection);
  const http::Response& response = reply.response;
  if (response.status >= 200 && response.status < 300) return std::nullopt;
  const doc::Value status = status_in(response.body);
  if (doc::text_at(status, "kind") == "Status") return refusal_of(asked, response.status, status, connection);
  const std::string line = first_line(response.body);
  Refusal refusal{response.status,
                  "",
                  fmt::format("{} answered with status {}{}", server_of(connection), response.status, line.empty() ? "" : ": " + line),
                  {},
                  {}};
  if (response.status == 404) refusal.reason = "NotFound";
  if (response.status == 401) refusal.reason = "Unauthorized";
  return finished(asked, std::move(refusal));
}

}  // namespace kube
