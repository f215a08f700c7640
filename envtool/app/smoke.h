// Goes a user's whole way through an environment that is up, from sign-in to a job that is gone, hop by hop.
//
// The first hop that fails ends the way and is the one to mend: each hop has evidence of its own. Pages and the REST API are used
// as a browser would; what happens behind them is seen from the hub's container, over the same ssh and with the same key as the
// hub's own. Knows how this project's environments are built; nothing of printing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "envtool/app/containers.h"
#include "envtool/app/finding.h"
#include "envtool/http/client.h"
#include "envtool/model/deploy.h"
#include "envtool/model/env.h"
#include "envtool/sys/clock.h"

namespace app {

enum class Afterwards { stop_server, keep_server };

struct SmokeOptions {
  std::string user;                   ///< empty: the first of `devUsers`
  std::string project;                ///< empty: the first that the form offers
  std::vector<http::Header> sign_in = {};  ///< what lets a person in there, secrets; empty: what the environment itself has
  std::chrono::seconds timeout{120};  ///< for each hop, but for these
  std::map<std::string, std::chrono::seconds> timeouts = {};
  Afterwards afterwards = Afterwards::stop_server;

  std::chrono::seconds timeout_of(const std::string& hop) const;
};

/// What came of one hop: ok, fail or skipped.
struct HopResult {
  std::string hop;
  Verdict verdict = Verdict::skipped;
  std::chrono::milliseconds took{0};
  std::string evidence;
  std::string fix;
  std::vector<std::string> log;  ///< the lines that tell most, of the part that failed
  bool in_time = true;
};

struct SmokeReport {
  std::string user;
  std::string project;
  std::string job;                 ///< its number
  std::vector<HopResult> hops;
  std::vector<std::string> left;   ///< what could not be ended
};

/// Where the hub is: an address as for browsers, and one within the pod.
struct HubAddress {
  std::string url;
  std::string inside;
  bool same_door = true;  ///< whether what signs a person in at the first is wanted at the second, too
};

/// The port at which people arrive. Throws base::Error if none is published.
const model::Port& public_port(const model::Env& env);
/// Where that is published on this machine.
HubAddress published_address(const model::Env& env, const model::DeployValues& deploy);
/// Where it is forwarded to on this machine.
HubAddress forwarded_address(const model::Env& env, const model::DeployValues& deploy, std::uint16_t local_port);
/// Where people arrive who don't come by that port. Throws base::Error if `url` is no address.
HubAddress address_elsewhere(const model::DeployValues& deploy, const std::string& url);

/// What the way leads through, for podman's pods and a cluster's alike.
struct SmokeWorld {
  const Containers& containers;
  http::Client& http;
  sys::Clock& clock;
  HubAddress address;
  std::string running;  ///< how commands are told of the environment that is up: `dev --context admin`
};

/// What a file holds that lets a person in: a token, or headers as the proxy in front of the hub wants them, one a line. Throws
/// base::Error, which quotes nothing of it.
std::vector<http::Header> parse_sign_in(const std::string& text);

/// Is told of each hop as soon as it is over.
using OnHop = std::function<void(const HopResult&)>;

/// Leaves neither server nor job behind unless told to, however it ends. Throws base::Error if it is interrupted.
SmokeReport go_whole_way(const model::Env& env, const model::DeployValues& deploy, const SmokeOptions& options, SmokeWorld world,
                         const OnHop& on_hop, std::stop_token stop);

/// The names of the hops, in order.
std::vector<std::string> hop_names();

bool has_failure(const SmokeReport& report);
bool in_time(const SmokeReport& report);

doc::Value to_value(const SmokeReport& report);

}  // namespace app
