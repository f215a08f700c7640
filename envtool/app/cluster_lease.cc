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
constexpr seconds kGoodbye{5};  ///< for giving it back
constexpr int kTries = 3;
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
    : client_(client), place_(std::move(place)), labels_(std::move(labels)), holder_(holder_here()), clock_(clock) {
  take(std::move(stop));
  renewing_ = std::jthread([this](const std::stop_token& ended) {
    while (clock_.pause(kRenewal, ended), !ended.stop_requested()) renew(ended);
  });
}

/// A server that is away isn't waited for: then the lease ends by itself.
ClusterLease::~ClusterLease() {
  renewing_.request_stop();
  renewing_.join();
  std::stop_source late;
  const std::jthread alarm([&](const std::stop_token& ended) {
    if (clock_.pause(kGoodbye, ended), !ended.stop_requested()) late.request_stop();
  });
  try {
    for (int i = 0; i < kTries && !client_.replace(lease(""), late.get_token()).ok(); ++i) {
      if (!is_ours_still(late.get_token())) break;
    }
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

/// Of two that come at once, the server lets one write. What an answer that was lost would have said, the lease itself tells.
void ClusterLease::take(std::stop_token stop) {
  std::optional<kube::Refusal> refusal;
  for (int i = 0; i < kTries; ++i) {
    const std::optional<doc::Value> there = client_.get(place_, stop);
    const std::string holder = there ? holder_of(*there) : "";
    if (!holder.empty() && holder != holder_) fail_held(place_, holder);
    version_ = there ? doc::text_at(*there, "metadata.resourceVersion") : "";
    kube::Answer answer = there ? client_.replace(lease(holder_), stop) : client_.create(lease(holder_), stop);
    if (answer.ok()) {
      version_ = doc::text_at(answer.object, "metadata.resourceVersion");
      return;
    }
    refusal = std::move(answer.refusal);
    if (refusal->reason == "Conflict" || refusal->reason == "AlreadyExists") fail_held(place_, "somebody");
    if (refusal->code != 0) break;
  }
  throw base::Error(refusal->diagnostic);
}

void ClusterLease::renew(const std::stop_token& stop) {
  try {
    const kube::Answer answer = client_.replace(lease(holder_), stop);
    if (answer.ok()) {
      version_ = doc::text_at(answer.object, "metadata.resourceVersion");
    } else {
      is_ours_still(stop);
    }
  } catch (const base::Error&) {
    // The next renewal may work; three of them fit into the lease's time.
  }
}

/// After a refusal: an answer of before may have been lost.
bool ClusterLease::is_ours_still(const std::stop_token& stop) {
  const std::optional<doc::Value> there = client_.get(place_, stop);
  if (!there || doc::text_at(*there, "spec.holderIdentity") != holder_) return false;
  version_ = doc::text_at(*there, "metadata.resourceVersion");
  return true;
}

kube::Reference lease_of(const std::string& kubernetes_namespace, const std::string& workload) {
  return {"coordination.k8s.io/v1", "Lease", kubernetes_namespace, workload};
}

}  // namespace app
