// A client of a scripted API server, and a clock that doesn't wait.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "envtool/doc/json.h"
#include "envtool/kube/client.h"
#include "tests/support/http_server.h"
#include "tests/support/recording_processes.h"

namespace kube {

/// Time goes on only by pauses, which are noted.
class PausingClock : public sys::Clock {
 public:
  Time now() override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void pause(std::chrono::milliseconds time, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    now_ += time;
    paused_ += time;
  }
  std::chrono::milliseconds paused() {
    const std::lock_guard lock(mutex_);
    return paused_;
  }

 private:
  std::mutex mutex_;
  Time now_{};
  std::chrono::milliseconds paused_{0};
};

inline constexpr const char* kCoreDiscovery =
    R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{"metadata":{"name":""},"versions":[{"version":"v1","resources":[
  {"resource":"configmaps","responseKind":{"group":"","version":"v1","kind":"ConfigMap"},"scope":"Namespaced","verbs":["get","list"]},
  {"resource":"pods","responseKind":{"group":"","version":"v1","kind":"Pod"},"scope":"Namespaced","verbs":["get"]},
  {"resource":"namespaces","responseKind":{"group":"","version":"v1","kind":"Namespace"},"scope":"Cluster","verbs":["get"]}]}]}]})";
inline constexpr const char* kNoGroups = R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[]})";

class Scripted {
 public:
  explicit Scripted(Connection connection = {}, Settings settings = {}) {
    connection.server = server.url();
    connection.context = "test";
    client.emplace(std::move(connection), std::move(settings), processes, clock);
  }

  /// The answers to the questions that come first.
  void knows_core_kinds() {
    server.answers(200, kCoreDiscovery);
    server.answers(200, kNoGroups);
  }
  /// Without those questions.
  std::vector<test::HttpRequest> requests() {
    std::vector<test::HttpRequest> all = server.requests();
    std::erase_if(all, [](const test::HttpRequest& request) { return request.target == "/api" || request.target == "/apis"; });
    return all;
  }

  test::HttpServer server;
  test::RecordingProcesses processes;
  PausingClock clock;
  std::optional<Client> client;
};

inline doc::Value config_map(const std::string& name) {
  return doc::make_map({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", doc::make_map({{"name", name}})}});
}

inline const Reference kSettings{"v1", "ConfigMap", "", "settings"};

inline std::string status(int code, const std::string& reason, const std::string& message, const std::string& details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":)" + doc::emit_json(message) + R"(,"reason":")" + reason +
         R"(","details":)" + details + R"(,"code":)" + std::to_string(code) + "}";
}

}  // namespace kube
