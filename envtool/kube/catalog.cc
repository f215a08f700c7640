#include "envtool/kube/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "envtool/base/digest.h"
#include "envtool/doc/json.h"
#include "envtool/kube/refusal.h"
#include "envtool/sys/file.h"

namespace kube {
namespace {

constexpr std::chrono::hours kGoodFor{6};

/// One file for each server.
fs::path file_in(const fs::path& folder, const std::string& server) {
  return folder.empty() ? fs::path() : folder / fmt::format("kubernetes-{}.json", base::sha256(server).substr(0, 16));
}

bool is_fresh(const fs::path& file) {
  std::error_code problem;
  const auto written = fs::last_write_time(file, problem);
  return !problem && fs::file_time_type::clock::now() - written < kGoodFor;
}

void add(std::vector<Resource>& all, const std::vector<Resource>& more) { all.insert(all.end(), more.begin(), more.end()); }

}  // namespace

Catalog::Catalog(Transport& transport, const fs::path& folder)
    : transport_(transport), file_(file_in(folder, transport.connection().server)) {}

const Resource* Catalog::find_known(std::string_view api_version, std::string_view kind) const {
  const auto found = std::find_if(resources_.begin(), resources_.end(),
                                  [&](const Resource& resource) { return resource.kind == kind && resource.api_version == api_version; });
  return found == resources_.end() ? nullptr : &*found;
}

std::optional<Resource> Catalog::find(std::string_view api_version, std::string_view kind, const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  if (is_known_ || read_file()) {
    if (const Resource* resource = find_known(api_version, kind)) return *resource;
  }
  ask(stop);
  const Resource* resource = find_known(api_version, kind);
  return resource == nullptr ? std::nullopt : std::optional(*resource);
}

std::vector<Resource> Catalog::all(const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  if (!is_known_ && !read_file()) ask(stop);
  return resources_;
}

/// A file that can't be read is as good as none.
bool Catalog::read_file() {
  if (file_.empty() || !is_fresh(file_)) return false;
  try {
    resources_ = resources_of_value(doc::parse_json(sys::read_file(file_), file_.string()));
  } catch (const base::Error&) {
    return false;
  }
  is_known_ = !resources_.empty();
  return is_known_;
}

void Catalog::ask(const std::stop_token& stop) {
  std::vector<Request> requests{{"GET", "/api"}, {"GET", "/apis"}};
  for (Request& request : requests) request.accept = kAggregatedDiscovery;
  std::vector<Resource> found;
  for (const Reply& reply : transport_.send_all(requests, stop)) add(found, resources_of(reply, stop));
  resources_ = std::move(found);
  is_known_ = true;
  if (file_.empty()) return;
  sys::make_folder(file_.parent_path());
  sys::write_file(file_, doc::emit_json(to_value(resources_)), sys::Access::shared);
}

/// Of an answer of `/api` or `/apis`.
std::vector<Resource> Catalog::resources_of(const Reply& reply, const std::stop_token& stop) {
  const std::optional<Refusal> refusal = refusal_of({"ask", "which kinds there are"}, reply, transport_.connection());
  if (refusal) throw base::Error(refusal->diagnostic);
  const doc::Value answer = doc::parse_json(reply.response.body, "the list of kinds");
  return is_aggregated(answer) ? resources_of_aggregated(answer) : ask_groups(paths_of_groups(answer), stop);
}

/// A group whose own server is away leaves a gap, and the others can be used.
std::vector<Resource> Catalog::ask_groups(const std::vector<std::string>& paths, const std::stop_token& stop) {
  std::vector<Request> requests;
  for (const std::string& path : paths) requests.push_back({"GET", path});
  std::vector<Resource> all;
  for (const Reply& reply : transport_.send_all(requests, stop)) {
    if (reply.response.status != 200) continue;
    add(all, resources_of_list(doc::parse_json(reply.response.body, "the list of kinds")));
  }
  return all;
}

}  // namespace kube
