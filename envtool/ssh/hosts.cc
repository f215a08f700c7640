#include "envtool/ssh/hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "envtool/base/error.h"
#include "envtool/base/libcrypto.h"
#include "envtool/base/strings.h"

namespace ssh {
namespace {

constexpr std::string_view kHashMark = "|1|";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// `*` stands for any text, `?` for one character. Only the last `*` is ever tried again: time is the product of both sizes.
bool glob(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;                          // in the pattern
  std::size_t place = 0;                       // in the text
  std::size_t star = std::string_view::npos;   // the last `*`
  std::size_t end_of_star = 0;                 // what it stands for ends here
  while (place < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      end_of_star = place;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[place])) {
      ++at;
      ++place;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      place = ++end_of_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool matches_list(std::string_view patterns, std::string_view name) {
  bool matched = false;
  for (const std::string& item : base::split(patterns, ',')) {
    const bool negated = item.starts_with('!');
    if (!glob(lower(std::string_view(item).substr(negated ? 1 : 0)), name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  base::HMAC(base::EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

/// `|1|salt|hash`: the hash is HMAC-SHA1 of the name with the salt as its key.
bool matches_hashed(std::string_view field, std::string_view name) {
  const std::vector<std::string> parts = base::split(field.substr(kHashMark.size()), '|');
  if (parts.size() != 2) return false;
  const auto salt = base::from_base64(parts[0]);
  const auto hash = base::from_base64(parts[1]);
  return salt && hash && hmac_sha1(*salt, name) == *hash;
}

bool matches_field(std::string_view field, std::string_view name) {
  return field.starts_with(kHashMark) ? matches_hashed(field, name) : matches_list(field, name);
}

std::optional<KnownHost::Marker> marker_of(std::string_view word) {
  if (word == "@revoked") return KnownHost::Marker::revoked;
  if (word == "@cert-authority") return KnownHost::Marker::cert_authority;
  return std::nullopt;
}

std::string_view take_word(std::string_view& line) {
  line = base::trim(line);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

/// The line, if it speaks of the host.
std::optional<KnownHost> read_line(std::string_view line, std::string_view name) {
  std::string_view field = take_word(line);
  if (field.empty() || field.front() == '#') return std::nullopt;
  KnownHost found;
  if (const auto marker = marker_of(field)) {
    found.marker = *marker;
    field = take_word(line);
  }
  if (!matches_field(field, name)) return std::nullopt;
  try {
    found.key = parse_public_key(line);
  } catch (const base::Error&) {
    return std::nullopt;
  }
  return found;
}

void check_words(const std::vector<std::string>& words, std::string_view forbidden) {
  for (const std::string& word : words) {
    if (!word.empty() && word.find_first_of(forbidden) == std::string::npos) continue;
    throw base::Error(fmt::format("expected a host name or an address, found `{}`", word));
  }
}

}  // namespace

std::string host_name(std::string_view host, std::uint16_t port) {
  return port == kDefaultPort ? std::string(host) : fmt::format("[{}]:{}", host, port);
}

std::string known_hosts_line(const std::vector<std::string>& names, const PublicKey& key) {
  if (names.empty()) throw base::Error("a known_hosts line needs a host name");
  check_words(names, " \t\r\n,");
  return base::join(names, ",") + " " + key.line();
}

std::string authorized_keys_line(const std::vector<std::string>& from, const PublicKey& key) {
  if (from.empty()) return key.line();
  check_words(from, " \t\r\n,\"\\");
  return fmt::format("from=\"{}\" {}", base::join(from, ","), key.line());
}

std::vector<KnownHost> find_host(std::string_view known_hosts, std::string_view host, std::uint16_t port) {
  const std::string name = lower(host_name(host, port));
  std::vector<KnownHost> found;
  int number = 0;
  for (const std::string& line : base::split(known_hosts, '\n')) {
    ++number;
    auto known = read_line(line, name);
    if (!known) continue;
    known->line = number;
    found.push_back(std::move(*known));
  }
  return found;
}

void require_host(std::string_view known_hosts, const std::string& name, std::string_view host,
                  std::uint16_t port) {
  const std::vector<KnownHost> lines = find_host(known_hosts, host, port);
  const bool good = std::any_of(lines.begin(), lines.end(),
                                [](const KnownHost& line) { return line.marker != KnownHost::Marker::revoked; });
  if (good) return;
  const std::string wanted = host_name(host, port);
  const std::string_view state = lines.empty() ? "states no key for" : "states only revoked keys for";
  throw base::Error(fmt::format("`{}` {} `{}`", name, state, wanted))
      .hint(fmt::format("add a line that begins with `{}`, followed by the host's public key", wanted));
}

}  // namespace ssh
