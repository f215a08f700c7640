// Lists, and what changes in them afterwards.
// Source: kubernetes.io/docs/reference/using-api/api-concepts, "Efficient detection of changes" and "Retrieving large results sets in
// chunks"
#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>

#include "envtool/doc/json.h"
#include "envtool/kube/parts.h"

namespace kube {
namespace {

using base::Error;

constexpr int kOk = 200;
constexpr int kGone = 410;
constexpr int kLongestWatchSeconds = 290;
constexpr std::chrono::milliseconds kPauseAfterNothing{1000};

/// A collection and where it is.
struct Place {
  const Collection& collection;
  std::string path;
  Asked asked;  ///< with the verb `list`

  std::string url(std::vector<std::pair<std::string, std::string>> pairs) const {
    pairs.emplace_back("labelSelector", collection.labels);
    pairs.emplace_back("fieldSelector", collection.fields);
    return path + query(pairs);
  }
};

/// One page after the other.
class Lister {
 public:
  Lister(const Connection& connection, const Place& place, std::size_t page) : connection_(connection), place_(place), page_(page) {}

  /// For the next page.
  Request request() const { return {"GET", place_.url({{"limit", std::to_string(page_)}, {"continue", next_}})}; }

  /// Returns whether there is another page. Ends early when `each` says stop.
  Go take(Reply reply, const std::function<Go(doc::Value)>& each, const std::function<void()>& restart) {
    if (reply.response.status == kGone && !next_.empty()) {
      restart();
      next_.clear();
      return Go::on;
    }
    if (const std::optional<Refusal> refusal = refusal_of(place_.asked, reply, connection_)) throw Error(refusal->diagnostic);
    doc::Value list = doc::parse_json_without({"items", "", "metadata", "managedFields"}, reply.response.body, "the list");
    reply = {};  // one page is in memory once
    next_ = take(std::move(list), each);
    return next_.empty() ? Go::stop : Go::on;
  }

  std::string run(Transport& transport, const std::function<Go(doc::Value)>& each, const std::function<void()>& restart, const std::stop_token& stop) {
    while (take(transport.send(request(), stop), each, restart) == Go::on) {
    }
    return version_;
  }

 private:
  /// Returns where the next page begins.
  std::string take(doc::Value list, const std::function<Go(doc::Value)>& each) {
    version_ = doc::text_at(list, "metadata.resourceVersion");
    if (version_.empty()) throw Error(fmt::format("the list of {} that the API server sent has no resourceVersion", place_.asked.object));
    doc::Value* items = list.find("items");
    if (items == nullptr || !items->is_list()) return doc::text_at(list, "metadata.continue");
    for (doc::Value& item : items->as_list()) {
      item["apiVersion"] = place_.collection.api_version;
      item["kind"] = place_.collection.kind;
      if (each(std::move(item)) == Go::stop) return "";
    }
    return doc::text_at(list, "metadata.continue");
  }

  const Connection& connection_;
  const Place& place_;
  const std::size_t page_;
  std::string next_;  ///< where the next page begins
  std::string version_;
};

/// What is known of an object between two looks.
struct Known {
  std::string uid;
  std::string version;
};

std::string key_of(const doc::Value& object) {
  return doc::text_at(object, "metadata.namespace") + "/" + doc::text_at(object, "metadata.name");
}

Known known_of(const doc::Value& object) {
  return {doc::text_at(object, "metadata.uid"), doc::text_at(object, "metadata.resourceVersion")};
}

struct Handlers {
  std::function<Go(const Event&)> on_event;
  std::function<Go()> on_listed = [] { return Go::on; };  ///< after everything that is there was told
};

class Watcher {
 public:
  Watcher(Transport& transport, const Place& place, std::size_t page, const Handlers& handlers, std::optional<sys::Clock::Time> end,
          std::stop_token stop)
      : transport_(transport), place_(place), page_(page), handlers_(handlers), end_(end), stop_(std::move(stop)) {}

  Waited run() {
    while (!is_over()) {
      if (version_.empty()) look();
      if (!wants_more_) return Waited::done;
      follow();
      if (!wants_more_) return Waited::done;
    }
    return Waited::timed_out;
  }

 private:
  bool is_over() { return stop_.stop_requested() || (end_ && transport_.clock().now() >= *end_); }

  void tell(Change change, doc::Value object) {
    if (wants_more_ && handlers_.on_event({change, std::move(object)}) == Go::stop) wants_more_ = false;
  }

  /// Lists everything, and tells what is different from what was known.
  void look() {
    std::map<std::string, Known> before = std::exchange(known_, {});
    const auto each = [&](doc::Value object) {
      take_listed(std::move(object), before);
      return wants_more_ ? Go::on : Go::stop;
    };
    const auto restart = [&] { before.merge(std::exchange(known_, {})); };
    version_ = Lister(transport_.connection(), place_, page_).run(transport_, each, restart, stop_);
    for (const auto& [key, known] : before) tell(Change::removed, tombstone(key, known));
    if (wants_more_ && handlers_.on_listed() == Go::stop) wants_more_ = false;
  }

  void take_listed(doc::Value object, std::map<std::string, Known>& before) {
    const std::string key = key_of(object);
    const Known now = known_of(object);
    const auto was = before.find(key);
    const bool is_same = was != before.end() && was->second.uid == now.uid;
    if (was != before.end() && !is_same) tell(Change::removed, tombstone(key, was->second));
    if (!is_same || was->second.version != now.version) tell(is_same ? Change::modified : Change::added, std::move(object));
    if (was != before.end()) before.erase(was);
    known_[key] = now;
  }

  doc::Value tombstone(const std::string& key, const Known& known) const {
    const std::size_t slash = key.find('/');
    doc::Value metadata = doc::make_map({{"name", key.substr(slash + 1)}, {"uid", known.uid}});
    if (slash > 0) metadata["namespace"] = key.substr(0, slash);
    return doc::make_map(
        {{"apiVersion", place_.collection.api_version}, {"kind", place_.collection.kind}, {"metadata", std::move(metadata)}});
  }

  /// Until the connection ends.
  void follow() {
    const Request request{"GET", place_.url({{"watch", "true"},
                                             {"allowWatchBookmarks", "true"},
                                             {"resourceVersion", version_},
                                             {"timeoutSeconds", std::to_string(kLongestWatchSeconds)}})};
    line_.clear();
    heard_ = false;
    const Reply reply = transport_.stream(
        request, [this](std::string_view bytes) { return take(bytes); }, end_, stop_);
    if (!wants_more_ || version_.empty() || is_over()) return;
    if (reply.response.status == kGone) return version_.clear();
    const bool broke = reply.failure == Failure::cut && reply.response.status == kOk;
    if (!broke) throw_if_refused(reply);
    if (!heard_) transport_.clock().pause(kPauseAfterNothing, stop_);  // ended at once: not again at once
  }

  void throw_if_refused(const Reply& reply) const {
    Asked asked = place_.asked;
    asked.verb = "watch";
    if (const std::optional<Refusal> refusal = refusal_of(asked, reply, transport_.connection())) throw Error(refusal->diagnostic);
  }

  /// Events come one a line.
  bool take(std::string_view bytes) {
    heard_ = true;
    while (!bytes.empty() && wants_more_ && !version_.empty()) {
      const std::size_t end = bytes.find('\n');
      line_ += bytes.substr(0, end);
      if (end == std::string_view::npos) break;
      bytes.remove_prefix(end + 1);
      if (!line_.empty()) take_event(doc::parse_json_without({"object", "metadata", "managedFields"}, std::exchange(line_, {}), "an event"));
    }
    return wants_more_ && !version_.empty();
  }

  void take_event(doc::Value event) {
    const std::string type = doc::text_at(event, "type");
    doc::Value* object = event.find("object");
    if (object == nullptr) return;
    if (type == "ERROR") return take_error(*object);
    version_ = doc::text_at(*object, "metadata.resourceVersion");
    if (type == "ADDED" || type == "MODIFIED") return take_changed(std::move(*object));
    if (type != "DELETED") return;
    known_.erase(key_of(*object));
    tell(Change::removed, std::move(*object));
  }

  void take_changed(doc::Value object) {
    const auto [place, is_new] = known_.insert_or_assign(key_of(object), known_of(object));
    tell(is_new ? Change::added : Change::modified, std::move(object));
  }

  /// Mostly: what is asked for is too long ago. Then, and when the server failed, everything is listed again.
  void take_error(const doc::Value& status) {
    const doc::Value* code = status.find("code");
    const int number = code != nullptr && code->is_integer() ? static_cast<int>(code->as_integer()) : 500;
    version_.clear();
    if (number == kGone || number == 429 || number >= 500) return;
    Asked asked = place_.asked;
    asked.verb = "watch";
    throw Error(refusal_of(asked, number, status, transport_.connection()).diagnostic);
  }

  Transport& transport_;
  const Place& place_;
  const std::size_t page_;
  const Handlers& handlers_;
  const std::optional<sys::Clock::Time> end_;
  const std::stop_token stop_;
  std::map<std::string, Known> known_;
  std::string version_;  ///< to go on from; empty: to be listed first
  std::string line_;     ///< the beginning of one that isn't whole
  bool heard_ = false;
  bool wants_more_ = true;
};

Place place_of(const Collection& collection, const Resource& resource, const std::string& where) {
  return {collection, path_of(resource, where), {"list", resource.plural, where}};
}

}  // namespace

std::string Client::list(const Collection& collection, const std::function<void(doc::Value)>& each, const std::function<void()>& restart,
                         std::stop_token stop) {
  const Resource resource = parts_->resource_of(collection.api_version, collection.kind, stop);
  const Place place = place_of(collection, resource, parts_->namespace_of(resource, collection.kubernetes_namespace));
  const auto each_of_all = [&](doc::Value object) {
    each(std::move(object));
    return Go::on;
  };
  return Lister(connection(), place, parts_->settings.page).run(parts_->transport, each_of_all, restart, stop);
}

std::vector<doc::Value> Client::list(const Collection& collection, std::stop_token stop) {
  std::vector<doc::Value> all;
  list(
      collection, [&](doc::Value object) { all.push_back(std::move(object)); }, [&] { all.clear(); }, std::move(stop));
  return all;
}

namespace {

/// A list that is asked for together with others.
class Pending {
 public:
  Pending(const Connection& connection, Place place, std::size_t page, Listing& listing)
      : place_(std::move(place)), lister_(connection, place_, page), listing_(listing) {}
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  bool done() const { return done_; }
  Request request() const { return lister_.request(); }
  void take(Reply reply) {
    try {
      const auto each = [this](doc::Value object) {
        listing_.objects.push_back(std::move(object));
        return Go::on;
      };
      done_ = lister_.take(std::move(reply), each, [this] { listing_.objects.clear(); }) == Go::stop;
    } catch (const Error& problem) {
      listing_.problem = problem;
      done_ = true;
    }
  }

 private:
  const Place place_;
  Lister lister_;
  Listing& listing_;
  bool done_ = false;
};

}  // namespace

std::vector<Listing> Client::list_all(const std::vector<Collection>& collections, std::stop_token stop) {
  std::vector<Listing> listings(collections.size());
  std::list<Pending> pending;
  for (std::size_t i = 0; i < collections.size(); ++i) {
    const Collection& collection = collections[i];
    const std::optional<Resource> resource = parts_->catalog.find(collection.api_version, collection.kind, stop);
    if (!resource) continue;
    const std::string where = parts_->namespace_of(*resource, collection.kubernetes_namespace);
    pending.emplace_back(connection(), place_of(collection, *resource, where), parts_->settings.page, listings[i]);
  }
  while (!pending.empty()) {
    std::vector<Request> requests;
    for (const Pending& one : pending) requests.push_back(one.request());
    std::vector<Reply> replies = parts_->transport.send_all(requests, stop);
    auto reply = replies.begin();
    for (Pending& one : pending) one.take(std::move(*reply++));
    pending.remove_if([](const Pending& one) { return one.done(); });
  }
  return listings;
}

void Client::watch(const Collection& collection, const std::function<Go(const Event&)>& on_event, std::stop_token stop) {
  const Resource resource = parts_->resource_of(collection.api_version, collection.kind, stop);
  const Place place = place_of(collection, resource, parts_->namespace_of(resource, collection.kubernetes_namespace));
  const Handlers handlers{on_event};
  Watcher(parts_->transport, place, parts_->settings.page, handlers, {}, stop).run();
}

Waited Client::wait(const Collection& collection, const std::function<Go(const Event&)>& on_event, std::chrono::milliseconds timeout,
                    std::stop_token stop) {
  const auto end = parts_->transport.clock().now() + timeout;
  const Resource resource = parts_->resource_of(collection.api_version, collection.kind, stop);
  const Place place = place_of(collection, resource, parts_->namespace_of(resource, collection.kubernetes_namespace));
  const Handlers handlers{on_event};
  return Watcher(parts_->transport, place, parts_->settings.page, handlers, end, stop).run();
}

Waited Client::wait_gone(const Reference& reference, std::string_view uid, std::chrono::milliseconds timeout, std::stop_token stop) {
  const auto end = parts_->transport.clock().now() + timeout;
  const std::optional<Resource> resource = parts_->catalog.find(reference.api_version, reference.kind, stop);
  if (!resource) return Waited::done;
  const Collection collection{reference.api_version, reference.kind, reference.kubernetes_namespace, "", "metadata.name=" + reference.name};
  const Place place = place_of(collection, *resource, parts_->namespace_of(*resource, reference.kubernetes_namespace));
  bool is_there = false;
  const Handlers handlers{[&](const Event& event) {
                            const bool is_meant = uid.empty() || doc::text_at(event.object, "metadata.uid") == uid;
                            if (is_meant) is_there = event.change != Change::removed;
                            return is_meant && !is_there ? Go::stop : Go::on;
                          },
                          [&] { return is_there ? Go::on : Go::stop; }};
  return Watcher(parts_->transport, place, parts_->settings.page, handlers, end, stop).run();
}

}  // namespace kube
