#include "envtool/manifest/network_policy.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "envtool/base/error.h"
#include "envtool/model/endpoint.h"

namespace manifest {
namespace {

using doc::make_map;
using doc::Value;

constexpr const char* kEverythingV4 = "0.0.0.0/0";
constexpr const char* kEverythingV6 = "::/0";
/// Link-local addresses, where clouds have their metadata services, and Amazon's over IPv6.
constexpr std::array<std::string_view, 2> kMetadata{"169.254.0.0/16", "fd00:ec2::/32"};
/// Where a cluster's node-local DNS cache listens by convention, in the middle of the above.
constexpr const char* kNodeLocalDns = "169.254.20.10/32";

struct Block {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;
  int family = AF_INET;
};

std::optional<Block> parse_block(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Block block;
  const std::string address(text.substr(0, slash));
  block.family = address.find(':') != std::string::npos ? AF_INET6 : AF_INET;
  if (inet_pton(block.family, address.c_str(), block.bytes.data()) != 1) return std::nullopt;
  const std::string_view bits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), block.bits);
  const int most = block.family == AF_INET ? 32 : 128;
  const bool whole = error == std::errc{} && end == bits.data() + bits.size() && block.bits >= 0 && block.bits <= most;
  return whole ? std::optional(block) : std::nullopt;
}

bool bit_of(const Block& block, int index) {
  const auto at = static_cast<std::size_t>(index);
  return (block.bytes[at / 8] >> (7 - at % 8) & 1U) != 0;
}

/// Whether all of `inner` lies in `outer`, which is larger.
bool is_inside(const Block& inner, const Block& outer) {
  if (inner.family != outer.family || inner.bits <= outer.bits) return false;
  for (int bit = 0; bit < outer.bits; ++bit) {
    if (bit_of(inner, bit) != bit_of(outer, bit)) return false;
  }
  return true;
}

Value ip_block(const std::string& cidr) {
  doc::Map block;
  block.append("cidr", cidr);
  const std::optional<Block> whole = parse_block(cidr);
  doc::List except;
  for (const std::string_view metadata : kMetadata) {
    if (whole && is_inside(*parse_block(metadata), *whole)) except.emplace_back(metadata);
  }
  if (!except.empty()) block.append("except", std::move(except));
  return make_map({{"ipBlock", std::move(block)}});
}

Value port_rule(std::uint16_t port, const char* protocol = "TCP") { return make_map({{"port", std::int64_t{port}}, {"protocol", protocol}}); }

Value policy(const std::string& name, const Value& selector, const char* type, doc::List rules) {
  const bool in = std::string_view(type) == "Ingress";
  return make_map({{"apiVersion", "networking.k8s.io/v1"},
                   {"kind", "NetworkPolicy"},
                   {"metadata", make_map({{"name", name}})},
                   {"spec", make_map({{"podSelector", make_map({{"matchLabels", selector}})},
                                      {"policyTypes", doc::List{Value(type)}},
                                      {in ? "ingress" : "egress", std::move(rules)}})}});
}

Value dns_rule() {
  const Value cluster_dns = make_map({{"namespaceSelector", make_map({{"matchLabels", make_map({{"kubernetes.io/metadata.name", "kube-system"}})}})},
                                      {"podSelector", make_map({{"matchLabels", make_map({{"k8s-app", "kube-dns"}})}})}});
  return make_map({{"to", doc::List{cluster_dns, ip_block(kNodeLocalDns)}}, {"ports", doc::List{port_rule(53, "UDP"), port_rule(53)}}});
}

Value destination_rule(const Destination& destination) {
  doc::Map rule;
  rule.append("to", doc::make_list(destination.blocks, ip_block));
  if (destination.port != 0) rule.append("ports", doc::List{port_rule(destination.port)});
  return rule;
}

std::vector<std::string> blocks_of(const std::string& host) {
  if (model::is_loopback(host)) return {};
  if (is_cidr(host)) return {host};
  if (!model::is_address(host)) return {kEverythingV4, kEverythingV6};
  return {host + (host.find(':') == std::string::npos ? "/32" : "/128")};
}

struct Scheme {
  std::string_view prefix;
  std::uint16_t port;
};
constexpr std::array<Scheme, 4> kSchemes{{{"https://", 443}, {"http://", 80}, {"ssh://", 22}, {"tcp://", 0}}};

base::Error bad_destination(std::string_view url) {
  return base::Error(fmt::format("`{}` says not where to", url)).hint("write it like `https://host`, `ssh://host:22` or `tcp://10.0.0.0/8:5432`");
}

/// Takes `/BITS` out of a text that has it behind its host.
std::string take_bits(std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return {};
  const std::size_t colon = text.find(':', slash);
  const std::string bits = text.substr(slash, colon == std::string::npos ? colon : colon - slash);
  text.erase(slash, bits.size());
  return bits;
}

}  // namespace

bool is_cidr(std::string_view text) { return parse_block(text).has_value(); }

Destination destination_of(std::string_view url) {
  const auto scheme = std::ranges::find_if(kSchemes, [&](const Scheme& known) { return url.starts_with(known.prefix); });
  if (scheme == kSchemes.end()) throw bad_destination(url);
  std::string rest(url.substr(scheme->prefix.size()));
  std::string bits;
  if (scheme->prefix.starts_with("http")) {
    rest = rest.substr(0, rest.find_first_of("/?#"));
  } else {
    bits = take_bits(rest);
  }
  const auto named = model::parse_endpoint(rest, scheme->port);
  const auto host = named ? named : model::parse_endpoint(rest, 1);  // any port: the number stands for none
  if (!host || (!bits.empty() && !is_cidr(host->host + bits))) throw bad_destination(url);
  return {blocks_of(host->host + bits), named ? named->port : std::uint16_t{0}};
}

Value deny_all_policy() {
  return make_map({{"apiVersion", "networking.k8s.io/v1"},
                   {"kind", "NetworkPolicy"},
                   {"metadata", make_map({{"name", "deny-all"}})},
                   {"spec", make_map({{"podSelector", doc::Map()}, {"policyTypes", doc::List{Value("Ingress"), Value("Egress")}}})}});
}

Value ingress_policy(const std::string& name, const Value& selector, const std::vector<OpenPort>& ports) {
  doc::List rules;
  for (const OpenPort& port : ports) {
    doc::Map rule;
    if (!port.from.empty()) rule.append("from", doc::make_list(port.from, ip_block));
    rule.append("ports", doc::List{port_rule(port.port)});
    rules.emplace_back(std::move(rule));
  }
  return policy(name, selector, "Ingress", std::move(rules));
}

Value egress_policy(const std::string& name, const Value& selector, const std::vector<Destination>& destinations) {
  doc::List rules{dns_rule()};
  for (const Destination& destination : destinations) {
    if (!destination.blocks.empty()) rules.push_back(destination_rule(destination));
  }
  return policy(name, selector, "Egress", std::move(rules));
}

}  // namespace manifest
