// envtool's Kubernetes client for tests in Python: requests come one a line as JSON, answers go one a line. A watch answers with one line
// for each event. What fails answers with `error`, the text that people would see.
//     kube_peer [KUBECONFIG CONTEXT [CACHE]]
//     kube_peer in-pod FOLDER                  with a service account's folder, and the variables that pods have
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <map>
#include <thread>

#include "envtool/base/error.h"
#include "envtool/base/render.h"
#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/kube/client.h"
#include "envtool/kube/config.h"
#include "envtool/sys/clock.h"
#include "envtool/sys/file.h"
#include "envtool/sys/process.h"

namespace {

using doc::make_map;
using doc::Value;

void say(const Value& value) {
  fmt::print("{}\n", doc::emit_json(value));
  std::fflush(stdout);
}

std::string text(const Value& request, std::string_view key) { return doc::text_at(request, key); }

std::optional<int> number(const Value& request, std::string_view key) {
  const Value* value = request.find(key);
  return value == nullptr || !value->is_integer() ? std::nullopt : std::optional(static_cast<int>(value->as_integer()));
}

bool flag(const Value& request, std::string_view key) {
  const Value* value = request.find(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

// --- kubeconfig -----------------------------------------------------------------------------------------------------------------------

std::string data_of(const kube::Pem& pem) {
  return base::to_base64(pem.text.empty() && !pem.file.empty() ? sys::read_file(pem.file) : pem.text);
}

void set(Value& map, std::string_view key, const std::string& value) {
  if (!value.empty()) map[key] = value;
}

Value exec_of(const kube::Plugin& plugin) {
  Value exec = make_map({{"apiVersion", plugin.api_version}, {"command", plugin.command}, {"provideClusterInfo", plugin.wants_cluster}});
  exec["args"] = plugin.arguments.empty() ? Value() : Value(doc::make_list(plugin.arguments));
  exec["env"] = plugin.environment.empty() ? Value() : Value(doc::make_list(plugin.environment, [](const auto& pair) {
    return make_map({{"name", pair.first}, {"value", pair.second}});
  }));
  exec["interactiveMode"] = plugin.input == kube::Plugin::Input::never    ? "Never"
                            : plugin.input == kube::Plugin::Input::always ? "Always"
                                                                          : "IfAvailable";
  set(exec, "installHint", plugin.install_hint);
  return exec;
}

Value user_of(const kube::Connection& connection) {
  Value user{doc::Map()};
  set(user, "client-certificate-data", data_of(connection.certificate));
  set(user, "client-key-data", data_of(connection.key));
  set(user, "token", connection.token);
  set(user, "tokenFile", connection.token_file);
  set(user, "username", connection.basic_user);
  set(user, "password", connection.basic_password);
  const kube::Impersonation& as = connection.impersonation;
  set(user, "as", as.user);
  set(user, "as-uid", as.uid);
  if (!as.groups.empty()) user["as-groups"] = doc::make_list(as.groups);
  for (const auto& [key, values] : as.extra) user["as-user-extra"][key] = doc::make_list(values);
  if (connection.plugin) user["exec"] = exec_of(*connection.plugin);
  return user;
}

/// As `kubectl config view --minify --flatten --raw -o json` shows it.
Value flattened(const kube::Connection& connection) {
  Value cluster = make_map({{"server", connection.server}});
  set(cluster, "certificate-authority-data", data_of(connection.authority));
  set(cluster, "tls-server-name", connection.tls_server_name);
  set(cluster, "proxy-url", connection.proxy_url);
  if (connection.insecure) cluster["insecure-skip-tls-verify"] = true;
  if (!connection.compressed) cluster["disable-compression"] = true;
  return make_map({{"context", connection.context},
                   {"cluster_name", connection.cluster},
                   {"user_name", connection.user},
                   {"namespace", connection.kubernetes_namespace},
                   {"cluster", std::move(cluster)},
                   {"user", user_of(connection)}});
}

Value read_config(const Value& request) {
  base::Sources sources;
  base::Diagnostics warnings;
  kube::Surroundings surroundings;
  surroundings.kubeconfig = text(request, "kubeconfig");
  const kube::Connection connection = kube::load_connection({"", text(request, "context")}, surroundings, sources, warnings);
  Value answer = flattened(connection);
  answer["warnings"] = doc::make_list(warnings.all(), [](const base::Diagnostic& warning) { return Value(base::render(warning)); });
  return answer;
}

// --- The server -----------------------------------------------------------------------------------------------------------------------

kube::Reference reference(const Value& request) {
  return {text(request, "apiVersion"), text(request, "kind"), text(request, "namespace"), text(request, "name")};
}

kube::Collection collection(const Value& request) {
  return {text(request, "apiVersion"), text(request, "kind"), text(request, "namespace"), text(request, "labels"), text(request, "fields")};
}

Value show(kube::Answer answer) {
  if (!answer.refusal) return make_map({{"object", std::move(answer.object)}, {"warnings", doc::make_list(answer.warnings)}});
  const kube::Refusal& refusal = *answer.refusal;
  const auto show_conflict = [](const kube::Conflict& conflict) {
    return make_map({{"manager", conflict.manager}, {"field", conflict.field}});
  };
  return make_map({{"code", refusal.code},
                   {"reason", refusal.reason},
                   {"message", refusal.message},
                   {"conflicts", doc::make_list(refusal.conflicts(), show_conflict)},
                   {"error", base::render(refusal.diagnostic)}});
}

Value show(std::vector<kube::Answer> answers) {
  doc::List list;
  for (kube::Answer& answer : answers) list.push_back(show(std::move(answer)));
  return list;
}

std::string_view name_of(kube::Change change) {
  return change == kube::Change::added ? "added" : change == kube::Change::modified ? "modified" : "removed";
}

Value name_of(kube::Waited waited) { return make_map({{"waited", waited == kube::Waited::done ? "done" : "timed out"}}); }

class Peer {
 public:
  explicit Peer(kube::Client& client) : client_(client) {}

  Value answer(const Value& request) {
    const std::string verb = text(request, "do");
    if (verb == "config") return read_config(request);
    if (verb == "version") return client_.version({}).text;
    if (verb == "resources") return static_cast<std::int64_t>(client_.resources({}).size());
    if (verb == "get") return get(request);
    if (verb == "list") return list(request);
    if (verb == "apply") return show(client_.apply_all(request.find("objects")->as_list(), apply_options(request), {}));
    if (verb == "create") return show(client_.create(*request.find("object"), {}));
    if (verb == "replace") return show(client_.replace(*request.find("object"), {}));
    if (verb == "remove") return remove(request);
    if (verb == "watch") return watch(request);
    if (verb == "wait_gone") return name_of(client_.wait_gone(reference(request), text(request, "uid"), timeout(request), {}));
    if (verb == "logs") return logs(request);
    if (verb == "follow") return follow(request);
    if (verb == "exec") return exec(request);
    if (verb == "forward") return forward(request);
    throw base::Error(fmt::format("what is `{}`?", verb));
  }

 private:
  static std::chrono::milliseconds timeout(const Value& request) {
    return std::chrono::milliseconds(number(request, "timeout").value_or(30000));
  }

  static kube::ApplyOptions apply_options(const Value& request) {
    return {flag(request, "force") ? kube::Force::yes : kube::Force::no,
            flag(request, "rehearse") ? kube::Rehearse::yes : kube::Rehearse::no};
  }

  Value get(const Value& request) {
    std::optional<Value> object = client_.get(reference(request), {});
    return object ? *std::move(object) : Value();
  }

  Value list(const Value& request) {
    doc::List names;
    const std::string version = client_.list(
        collection(request), [&](const Value& object) { names.emplace_back(text(object, "metadata.name")); }, [&] { names.clear(); }, {});
    return make_map({{"names", std::move(names)}, {"version", version}});
  }

  Value remove(const Value& request) {
    const kube::Propagation propagation =
        text(request, "propagation") == "Foreground" ? kube::Propagation::foreground : kube::Propagation::background;
    return show(client_.remove(reference(request),
                               {propagation, text(request, "uid"), text(request, "version"), number(request, "grace"), {}}, {}));
  }

  /// `until` events, or until the time is over.
  Value watch(const Value& request) {
    int left = number(request, "until").value_or(-1);
    const kube::Waited waited = client_.wait(collection(request),
                                             [&](const kube::Event& event) {
                                               say(make_map({{"change", name_of(event.change)},
                                                             {"name", text(event.object, "metadata.name")},
                                                             {"uid", text(event.object, "metadata.uid")}}));
                                               return --left == 0 ? kube::Go::stop : kube::Go::on;
                                             },
                                             timeout(request), {});
    return name_of(waited);
  }

  Value logs(const Value& request) {
    std::string all;
    client_.logs(reference(request),
                 {text(request, "container"), flag(request, "follow"), false, number(request, "tail"), flag(request, "timestamps")},
                 [&](std::string_view bytes) { all += bytes; }, {});
    return all;
  }

  /// Says every part of the log as it comes.
  Value follow(const Value& request) {
    std::stop_source enough;
    int left = number(request, "until").value_or(1);
    const auto take = [&](std::string_view bytes) {
      say(make_map({{"change", bytes}, {"name", ""}}));
      if (--left == 0) enough.request_stop();
    };
    client_.logs(reference(request), {"", true, false, number(request, "tail"), false}, take, enough.get_token());
    return "followed";
  }

  Value exec(const Value& request) {
    std::string out;
    std::string err;
    kube::ExecOptions options;
    options.container = text(request, "container");
    for (const Value& word : request.find("command")->as_list()) options.command.push_back(word.as_string());
    std::optional<sys::TemporaryFile> input;
    sys::Fd open_input;
    if (request.find("input") != nullptr) {
      input.emplace(text(request, "input"), "", std::nullopt);
      open_input = sys::Fd(::open(input->path().c_str(), O_RDONLY | O_CLOEXEC));
      options.input = open_input.get();
    }
    if (flag(request, "terminal")) options.terminal = kube::TerminalSize{101, 17};
    options.on_out = [&](std::string_view bytes) { out += bytes; };
    options.on_err = [&](std::string_view bytes) { err += bytes; };
    const int code = client_.exec(reference(request), options, {});
    return make_map({{"code", code}, {"out", out}, {"err", err}});
  }

  /// Sends `input` and takes as many bytes back.
  Value forward(const Value& request) {
    int ends[2] = {};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw base::Error("no sockets");
    const sys::Fd mine(ends[0]);
    sys::Fd theirs(ends[1]);
    const std::string input = text(request, "input");
    std::string back;
    std::thread writer([&] {
      if (write(mine.get(), input.data(), input.size()) < 0) return;
      std::string buffer(65536, '\0');
      while (back.size() < input.size()) {
        const ssize_t count = read(mine.get(), buffer.data(), buffer.size());
        if (count <= 0) break;
        back.append(buffer, 0, static_cast<std::size_t>(count));
      }
      shutdown(mine.get(), SHUT_WR);
    });
    try {
      client_.forward(reference(request), static_cast<std::uint16_t>(number(request, "port").value_or(80)), theirs.get(), {});
    } catch (...) {
      shutdown(theirs.get(), SHUT_RDWR);
      writer.join();
      throw;
    }
    theirs.close();
    writer.join();
    return back;
  }

  kube::Client& client_;
};

kube::Connection connection_of(int count, char** arguments) {
  if (count < 3) return {};
  base::Sources sources;
  base::Diagnostics warnings;
  if (std::string_view(arguments[1]) != "in-pod") return kube::load_connection({arguments[1], arguments[2]}, {}, sources, warnings);
  kube::Surroundings surroundings = kube::surroundings_of_process();
  surroundings.kubeconfig = surroundings.home = "";
  surroundings.service_account = arguments[2];
  return kube::load_connection({}, surroundings, sources, warnings);
}

}  // namespace

int main(int count, char** arguments) {
  sys::SystemProcesses processes;
  sys::SteadyClock clock;
  kube::Settings settings;
  settings.patience = std::chrono::seconds(180);
  if (count > 3) settings.cache = arguments[3];
  kube::Client client(connection_of(count, arguments), settings, processes, clock);
  Peer peer(client);
  for (std::string line; std::getline(std::cin, line);) {
    try {
      say(make_map({{"answer", peer.answer(doc::parse_json(line, "the request"))}}));
    } catch (const base::Error& error) {
      say(make_map({{"error", base::render(error.diagnostics())}}));
    }
  }
  return 0;
}
