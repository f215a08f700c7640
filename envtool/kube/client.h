// What is asked of a Kubernetes API server, in Kubernetes' terms. Knows nothing of environments.
//
// Requests are tried again, with growing pauses, when the server is busy (429, what it says in Retry-After is honoured), fails (5xx) or
// the connection breaks, as far as repeating does no harm; when the credentials are refused, they are asked for once more.
// Whatever the network or the server do is either an Answer with a refusal, or a base::Error that names verb, object and reason.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/doc/value.h"
#include "envtool/kube/config.h"
#include "envtool/kube/object.h"
#include "envtool/sys/clock.h"
#include "envtool/sys/process.h"

namespace kube {

struct Settings {
  std::string field_manager = "envtool";      ///< who applies
  fs::path cache = {};                        ///< a folder for what servers offer; empty: nothing is kept
  std::chrono::milliseconds timeout{30000};   ///< of one try
  std::chrono::milliseconds patience{60000};  ///< for how long a request is tried again
  std::chrono::milliseconds plugin_timeout{60000};
  std::size_t parallel = 32;  ///< requests at once, of those that are given together
  std::size_t page = 100;     ///< objects in one part of a list
};

enum class Force { no, yes };     ///< whether fields are taken from other managers
enum class Rehearse { no, yes };  ///< whether the server only says what it would do (dry run)
enum class Propagation { background, foreground, orphan };

struct ApplyOptions {
  Force force = Force::no;
  Rehearse rehearse = Rehearse::no;
};

struct RemoveOptions {
  Propagation propagation = Propagation::background;
  std::string uid = {};               ///< only the object with this uid; empty: any
  std::string resource_version = {};  ///< only in this version; empty: any
  std::optional<int> grace_seconds = {};
  Rehearse rehearse = Rehearse::no;
};

/// What was listed, or why nothing could be.
struct Listing {
  std::vector<doc::Value> objects;
  std::optional<base::Error> problem;
};

enum class Change { added, modified, removed };

struct Event {
  Change change;
  doc::Value object;  ///< whole but for its managedFields; of `removed`, if it was missed, only apiVersion, kind and metadata with name, namespace and uid
};

enum class Go { on, stop };

enum class Waited { done, timed_out };

struct LogOptions {
  std::string container = {};  ///< empty: the only or default one
  bool follow = false;
  bool previous = false;         ///< of the container's last run
  std::optional<int> tail = {};  ///< only so many lines; nothing: all
  bool timestamps = false;
  std::optional<std::time_t> since = {};  ///< only what was logged then and later
};

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

struct ExecOptions {
  std::string container = {};
  std::vector<std::string> command;
  int input = -1;  ///< a descriptor that is read, to its end, while the command runs; -1: no input
  sys::Sink on_out = {};
  sys::Sink on_err = {};                      ///< not with a terminal
  std::optional<TerminalSize> terminal = {};  ///< the command gets a terminal of that size; whoever has one here makes it raw
};

struct Version {
  int major = 0;
  int minor = 0;
  std::string text;  ///< `v1.36.3`
};

/// Talks to one server. May be used from several threads at once; connections are kept and shared.
class Client {
 public:
  /// Asks nothing yet. `processes` runs credential plugins and `clock` times what waits; both must outlive this object.
  Client(Connection connection, Settings settings, sys::Processes& processes, sys::Clock& clock);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Connection& connection() const;

  /// Throws base::Error if the server does not tell.
  Version version(std::stop_token stop);

  /// The kind as this server knows it, or nothing if it doesn't. What servers offer is kept in the settings' folder and asked again when a
  /// kind is not found there. Throws base::Error if the server does not tell.
  std::optional<Resource> find_resource(std::string_view api_version, std::string_view kind, std::stop_token stop);
  /// All that can be listed, in the order of the server.
  std::vector<Resource> resources(std::stop_token stop);

  /// The object, or nothing if there is none (or no such kind). Throws base::Error for other refusals.
  std::optional<doc::Value> get(const Reference& reference, std::stop_token stop);
  /// Several at once, in the order of the references. A missing object is a refusal `NotFound`.
  std::vector<Answer> get_all(const std::vector<Reference>& references, std::stop_token stop);

  /// Calls `each` with every object, without its managedFields; the server gives them in parts, and one part is in memory at a time. Returns the
  /// resourceVersion to watch from. If the list expires meanwhile, it is started again: `restart` is called, and what was given is void.
  std::string list(const Collection& collection, const std::function<void(doc::Value)>& each, const std::function<void()>& restart,
                   std::stop_token stop);
  std::vector<doc::Value> list(const Collection& collection, std::stop_token stop);
  /// Several lists at once, in the order of the collections. Of a kind that the server doesn't know there are no objects.
  std::vector<Listing> list_all(const std::vector<Collection>& collections, std::stop_token stop);

  /// Server-side apply with strict field validation: the object as it is now.
  Answer apply(const doc::Value& object, const ApplyOptions& options, std::stop_token stop);
  /// Several at once, in no order; one answer for each object, at its index. A stop request makes refusals of what is left.
  std::vector<Answer> apply_all(const std::vector<doc::Value>& objects, const ApplyOptions& options, std::stop_token stop);

  /// Refused with `AlreadyExists` if it exists. After a lost answer it is not tried again.
  Answer create(const doc::Value& object, std::stop_token stop);
  /// The object must carry the resourceVersion it is made from: refused with `Conflict` if it changed meanwhile.
  Answer replace(const doc::Value& object, std::stop_token stop);
  /// An object that is not there (any more) is no refusal, but a null object. Preconditions that don't hold are: `Conflict`.
  Answer remove(const Reference& reference, const RemoveOptions& options, std::stop_token stop);
  /// Several at once, in no order; answers in the order of the references.
  std::vector<Answer> remove_all(const std::vector<Reference>& references, const RemoveOptions& options, std::stop_token stop);

  /// Tells what is there as `added`, then what changes, until `on_event` says stop or a stop is requested. What happens while the
  /// connection is away is told afterwards, at most once for each object. `on_event` runs on the caller's thread. Throws base::Error if the
  /// server refuses, or stays away for longer than the settings' patience.
  void watch(const Collection& collection, const std::function<Go(const Event&)>& on_event, std::stop_token stop);
  /// The same with an end in time. `done` if `on_event` said stop, `timed_out` if the time came first or a stop was requested.
  Waited wait(const Collection& collection, const std::function<Go(const Event&)>& on_event, std::chrono::milliseconds timeout,
              std::stop_token stop);
  /// Until there is no such object; of one with a uid, until that one is gone.
  Waited wait_gone(const Reference& reference, std::string_view uid, std::chrono::milliseconds timeout, std::stop_token stop);

  /// Until the log ends or, following, the container. Throws base::Error if the server refuses: no such pod or container, not started yet.
  void logs(const Reference& pod, const LogOptions& options, const sys::Sink& sink, std::stop_token stop);

  /// Runs a command in a container, over a WebSocket; its exit code. Throws base::Error if it can't be run.
  int exec(const Reference& pod, const ExecOptions& options, std::stop_token stop);

  /// One connection to a port of a pod, over a WebSocket: what `socket` gives goes there, what comes goes to `socket`, until one of them
  /// ends. The caller accepts connections and closes them. Throws base::Error if the server refuses, or with the reason that the node
  /// gives.
  void forward(const Reference& pod, std::uint16_t port, int socket, std::stop_token stop);

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kube
