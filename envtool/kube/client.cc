#include "envtool/kube/client.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>

#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/kube/parts.h"

namespace kube {
namespace {

using base::Error;

constexpr std::string_view kApplyType = "application/apply-patch+yaml";  // JSON is YAML
constexpr std::string_view kJsonType = "application/json";

/// The texts of headers such as `Warning: 299 - "unknown field"` (RFC 9111, section 5.5).
std::vector<std::string> warnings_of(const http::Response& response) {
  std::vector<std::string> warnings;
  for (const http::Header& header : response.headers) {
    const std::size_t begin = header.value.find('"');
    const std::size_t end = header.value.rfind('"');
    if (http::same_header(header.name, "warning") && begin < end) warnings.push_back(header.value.substr(begin + 1, end - begin - 1));
  }
  return warnings;
}

Answer answer_of(const Asked& asked, const Reply& reply, const Connection& connection) {
  Answer answer{{}, warnings_of(reply.response), refusal_of(asked, reply, connection)};
  if (answer.refusal) return answer;
  try {
    answer.object = doc::parse_json(reply.response.body, "the answer");
  } catch (const Error& problem) {
    const doc::Value status = doc::make_map({{"message", fmt::format("the answer can't be read: {}", problem.what())}});
    answer.refusal = refusal_of(asked, reply.response.status, status, connection);
  }
  return answer;
}

/// No request could be made: the server doesn't know the kind, or nothing is called like that.
Answer not_sent(const Error& problem) {
  Refusal refusal{404, "NotFound", problem.what(), {}, problem.diagnostics().front()};
  return {{}, {}, std::move(refusal)};
}

std::string dry_run(Rehearse rehearse) { return rehearse == Rehearse::yes ? "All" : ""; }

std::string_view to_string(Propagation propagation) {
  switch (propagation) {
    case Propagation::background:
      return "Background";
    case Propagation::foreground:
      return "Foreground";
    case Propagation::orphan:
      return "Orphan";
  }
  return "";
}

std::string delete_options(const RemoveOptions& options) {
  doc::Value body = doc::make_map({{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", to_string(options.propagation)}});
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resource_version.empty()) body["preconditions"]["resourceVersion"] = options.resource_version;
  if (options.grace_seconds) body["gracePeriodSeconds"] = *options.grace_seconds;
  if (options.rehearse == Rehearse::yes) body["dryRun"] = doc::List{"All"};
  return doc::emit_json(body);
}

/// Requests for several objects, of which some may be of no known kind.
class Round {
 public:
  void add(Asked asked, Request request) {
    slots_.push_back(requests_.size());
    asked_.push_back(std::move(asked));
    requests_.push_back(std::move(request));
    answers_.emplace_back();
  }
  void add(Answer answer) {
    slots_.push_back(kNone);
    answers_.push_back(std::move(answer));
  }

  std::vector<Answer> send(Transport& transport, const std::stop_token& stop) {
    std::vector<Reply> replies = transport.send_all(requests_, stop);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i] == kNone) continue;
      answers_[i] = answer_of(asked_[slots_[i]], replies[slots_[i]], transport.connection());
      replies[slots_[i]] = {};
    }
    return std::move(answers_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::vector<std::size_t> slots_;  ///< of each answer: which request it is of
  std::vector<Asked> asked_;
  std::vector<Request> requests_;
  std::vector<Answer> answers_;
};

}  // namespace

std::string query(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) text += fmt::format("{}{}={}", text.empty() ? "?" : "&", name, base::percent_encode(value));
  }
  return text;
}

Client::Parts::Parts(Connection connection, Settings chosen, sys::Processes& processes, sys::Clock& clock)
    : settings(std::move(chosen)),
      transport(std::move(connection), {settings.timeout, settings.patience, settings.plugin_timeout, settings.parallel}, processes, clock),
      catalog(transport, settings.cache) {}

std::string Client::Parts::namespace_of(const Resource& resource, std::string_view said) const {
  if (!resource.namespaced || said == "*") return "";
  return said.empty() ? connection().kubernetes_namespace : std::string(said);
}

Resource Client::Parts::resource_of(std::string_view api_version, std::string_view kind, const std::stop_token& stop) {
  if (std::optional<Resource> resource = catalog.find(api_version, kind, stop)) return *std::move(resource);
  std::vector<std::string> versions;
  for (const Resource& resource : catalog.all(stop)) {
    if (resource.kind == kind) versions.push_back(resource.api_version);
  }
  Error error(fmt::format("the API server knows no kind `{}` of `{}`", kind, api_version));
  if (!versions.empty()) throw std::move(error).hint(fmt::format("it knows it of {}", base::quoted_list(versions)));
  throw std::move(error).hint("is its CustomResourceDefinition installed?");
}

std::string Client::Parts::path_of_object(const Reference& reference, const std::stop_token& stop) {
  const Resource resource = resource_of(reference.api_version, reference.kind, stop);
  return path_of(resource, namespace_of(resource, reference.kubernetes_namespace)) + "/" + path_segment(reference.name);
}

Asked Client::Parts::asked(std::string verb, const Reference& reference, const std::stop_token& stop) {
  const std::optional<Resource> resource = catalog.find(reference.api_version, reference.kind, stop);
  return {std::move(verb), kube::to_string(reference), resource ? namespace_of(*resource, reference.kubernetes_namespace) : ""};
}

Client::Client(Connection connection, Settings settings, sys::Processes& processes, sys::Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(connection), std::move(settings), processes, clock)) {}
Client::~Client() = default;

const Connection& Client::connection() const { return parts_->connection(); }

Version Client::version(std::stop_token stop) {
  const Reply reply = parts_->transport.send({"GET", "/version"}, stop);
  const doc::Value answer = answer_of({"ask", "which version it is"}, reply, connection()).value();
  return {std::atoi(doc::text_at(answer, "major").c_str()), std::atoi(doc::text_at(answer, "minor").c_str()),
          doc::text_at(answer, "gitVersion")};
}

std::optional<Resource> Client::find_resource(std::string_view api_version, std::string_view kind, std::stop_token stop) {
  return parts_->catalog.find(api_version, kind, stop);
}

std::vector<Resource> Client::resources(std::stop_token stop) { return parts_->catalog.all(stop); }

// --- One object, or several at once ---------------------------------------------------------------------------------------------------

std::vector<Answer> Client::get_all(const std::vector<Reference>& references, std::stop_token stop) {
  Round round;
  for (const Reference& reference : references) {
    try {
      const std::string path = parts_->path_of_object(reference, stop);
      round.add(parts_->asked("get", reference, stop), {"GET", path});
    } catch (const Error& problem) {
      round.add(not_sent(problem));
    }
  }
  return round.send(parts_->transport, stop);
}

std::optional<doc::Value> Client::get(const Reference& reference, std::stop_token stop) {
  if (!parts_->catalog.find(reference.api_version, reference.kind, stop)) return std::nullopt;
  Answer answer = std::move(get_all({reference}, stop).front());
  if (answer.refusal && answer.refusal->reason == "NotFound") return std::nullopt;
  return std::move(answer).value();
}

std::vector<Answer> Client::apply_all(const std::vector<doc::Value>& objects, const ApplyOptions& options, std::stop_token stop) {
  const std::string options_query = query({{"fieldManager", parts_->settings.field_manager},
                                           {"force", options.force == Force::yes ? "true" : ""},
                                           {"fieldValidation", "Strict"},
                                           {"dryRun", dry_run(options.rehearse)}});
  Round round;
  for (const doc::Value& object : objects) {
    try {
      const Reference reference = reference_of(object);
      const std::string path = parts_->path_of_object(reference, stop);
      round.add(parts_->asked("apply", reference, stop), {"PATCH", path + options_query, doc::emit_json(object), std::string(kApplyType)});
    } catch (const Error& problem) {
      round.add(not_sent(problem));
    }
  }
  return round.send(parts_->transport, stop);
}

Answer Client::apply(const doc::Value& object, const ApplyOptions& options, std::stop_token stop) {
  return std::move(apply_all({object}, options, std::move(stop)).front());
}

Answer Client::create(const doc::Value& object, std::stop_token stop) {
  const Reference reference = reference_of(object);
  const Resource resource = parts_->resource_of(reference.api_version, reference.kind, stop);
  const std::string path = path_of(resource, parts_->namespace_of(resource, reference.kubernetes_namespace));
  const std::string options = query({{"fieldManager", parts_->settings.field_manager}, {"fieldValidation", "Strict"}});
  const Request request{"POST", path + options, doc::emit_json(object), std::string(kJsonType), std::string(kJsonType), Repeat::unsafe};
  return answer_of(parts_->asked("create", reference, stop), parts_->transport.send(request, stop), connection());
}

Answer Client::replace(const doc::Value& object, std::stop_token stop) {
  const Reference reference = reference_of(object);
  const std::string path = parts_->path_of_object(reference, stop);
  const std::string options = query({{"fieldManager", parts_->settings.field_manager}, {"fieldValidation", "Strict"}});
  const Request request{"PUT", path + options, doc::emit_json(object), std::string(kJsonType), std::string(kJsonType), Repeat::unsafe};
  return answer_of(parts_->asked("replace", reference, stop), parts_->transport.send(request, stop), connection());
}

std::vector<Answer> Client::remove_all(const std::vector<Reference>& references, const RemoveOptions& options, std::stop_token stop) {
  const std::string body = delete_options(options);
  Round round;
  for (const Reference& reference : references) {
    try {
      const std::string path = parts_->path_of_object(reference, stop);
      round.add(parts_->asked("delete", reference, stop), {"DELETE", path, body, std::string(kJsonType)});
    } catch (const Error& problem) {
      round.add(not_sent(problem));
    }
  }
  std::vector<Answer> answers = round.send(parts_->transport, stop);
  for (Answer& answer : answers) {
    if (answer.refusal && answer.refusal->reason == "NotFound") answer = {};
  }
  return answers;
}

Answer Client::remove(const Reference& reference, const RemoveOptions& options, std::stop_token stop) {
  return std::move(remove_all({reference}, options, std::move(stop)).front());
}

// --- Logs -----------------------------------------------------------------------------------------------------------------------------

void Client::logs(const Reference& pod, const LogOptions& options, const sys::Sink& sink, std::stop_token stop) {
  const auto flag = [](bool set) { return set ? "true" : ""; };
  Request request{"GET", parts_->path_of_object(pod, stop) + "/log" +
                             query({{"container", options.container},
                                    {"follow", flag(options.follow)},
                                    {"previous", flag(options.previous)},
                                    {"tailLines", options.tail ? std::to_string(*options.tail) : ""},
                                    {"timestamps", flag(options.timestamps)},
                                    {"sinceTime", options.since ? fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(*options.since)) : ""}})};
  request.accept = "*/*";
  const auto pass_on = [&](std::string_view bytes) {
    sink(bytes);
    return true;
  };
  const Reply reply = parts_->transport.stream(request, pass_on, {}, stop);
  if (reply.failure == Failure::stopped) return;
  if (const std::optional<Refusal> refusal = refusal_of(parts_->asked("read the log of", pod, stop), reply, connection()))
    throw Error(refusal->diagnostic);
}

}  // namespace kube
