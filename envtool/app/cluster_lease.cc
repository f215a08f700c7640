#include "envtool/app/cluster_lease.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>

#include "envtool/kube/credentials.h"
#include "envtool/ssh/random.h"

namespace app {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr seconds kDuration{60};
constexpr seconds kRenewal{15};
constexpr std::uint32_t kHolderBytes = 4;

/// A MicroTime of Kubernetes.
std::string time_text(system_clock::time_point time) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count() % 1'000'000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(system_clock::to_time_t(time)), micros);
}

std::string holder_here() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return fmt::format("{}:{}:{}", host.data(), getpid(), ssh::random_hex(kHolderBytes));
}

/// Who has a lease; nobody once it was given up, or wasn't renewed in time.
std::string holder_of(const doc::Value& lease) {
  const auto renewed = kube::parse_time(doc::text_at(lease, "spec.renewTime"));
  const doc::Value* lasts = doc::at_path(lease, "spec.leaseDurationSeconds");
  if (!renewed || lasts == nullptr || !lasts->is_integer()) return "";
  return *renewed + seconds(lasts->as_integer()) < system_clock::now() ? "" : doc::text_at(lease, "spec.holderIdentity");
}

[[noreturn]] void fail_held(const kube::Reference& place, const std::string& holder) {
  throw base::Error(fmt::format("another envtool is working on the environment in namespace `{}`: `{}` holds the lease `{}`", place.kubernetes_namespace,
                                holder, place.name))
      .hint(fmt::format("wait until it has ended; if it was killed, the lease ends {} s after its last renewal", kDuration.count()));
}

}  // namespace

ClusterLease::ClusterLease(kube::Client& client, kube::Reference place, doc::Map labels, sys::Clock& clock, std::stop_token stop)
    : client_(client), place_(std::move(place)), labels_(std::move(labels)), holder_(holder_here()) {
  take(std::move(stop));
  renewing_ = std::jthread([this, &clock](const std::stop_token& ended) {
    while (clock.pause(kRenewal, ended), !ended.stop_requested()) renew(ended);
  });
}

ClusterLease::~ClusterLease() {
  renewing_.request_stop();
  renewing_.join();
  try {
    client_.replace(lease(""), {});
  } catch (const base::Error&) {
    // It ends by itself.
  }
}

doc::Value ClusterLease::lease(std::string_view holder) const {
  doc::Value metadata = doc::make_map({{"name", place_.name}, {"namespace", place_.kubernetes_namespace}, {"labels", labels_}});
  if (!version_.empty()) metadata["resourceVersion"] = version_;
  const std::string now = time_text(system_clock::now());
  return doc::make_map({{"apiVersion", place_.api_version}, {"kind", place_.kind}, {"metadata", std::move(metadata)},
                        {"spec", doc::make_map({{"holderIdentity", holder},
                                                {"leaseDurationSeconds", std::int64_t{kDuration.count()}},
                                                {"acquireTime", now},
                                                {"renewTime", now}})}});
}

/// Of two that come at once, the server lets one write.
void ClusterLease::take(std::stop_token stop) {
  const std::optional<doc::Value> there = client_.get(place_, stop);
  if (there) {
    if (const std::string holder = holder_of(*there); !holder.empty()) fail_held(place_, holder);
    version_ = doc::text_at(*there, "metadata.resourceVersion");
  }
  kube::Answer answer = there ? client_.replace(lease(holder_), stop) : client_.create(lease(holder_), stop);
  const bool came_second = answer.refusal && (answer.refusal->reason == "Conflict" || answer.refusal->reason == "AlreadyExists");
  if (came_second) fail_held(place_, "somebody");
  version_ = doc::text_at(answer.value(), "metadata.resourceVersion");
}

void ClusterLease::renew(std::stop_token stop) {
  try {
    const kube::Answer answer = client_.replace(lease(holder_), std::move(stop));
    if (answer.ok()) version_ = doc::text_at(answer.object, "metadata.resourceVersion");
  } catch (const base::Error&) {
    // The next renewal may work; three of them fit into the lease's time.
  }
}

kube::Reference lease_of(const std::string& kubernetes_namespace, const std::string& workload) {
  return {"coordination.k8s.io/v1", "Lease", kubernetes_namespace, workload};
}

}  // namespace app
