// Names that Kubernetes accepts, and safe ones made from any text. Knows nothing of the objects that bear them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patch {

inline constexpr std::size_t kLabelLength = 63;       ///< of a DNS label and of a label's value
inline constexpr std::size_t kSubdomainLength = 253;  ///< of a DNS subdomain

/// RFC 1123 label: 1 to 63 of `a-z0-9-`, no `-` at either end. Names of Services, Namespaces and containers.
bool is_dns_label(std::string_view text);
/// RFC 1123 subdomain: labels joined by dots, 253 in all; Kubernetes puts no limit on the single label here. Names of
/// Pods, Secrets and most other objects.
bool is_dns_subdomain(std::string_view text);
/// A label's value: empty, or up to 63 of `A-Za-z0-9-_.` with a letter or digit at both ends.
bool is_label_value(std::string_view text);
/// A label's or annotation's key: a name as in a value, not empty, with an optional `subdomain/` in front.
bool is_label_key(std::string_view text);

/// A text with every byte (of its UTF-8) but `a-z0-9` written as `-` and its lowercase hexadecimal number: `a-B` is
/// `a-2d-42`. Different texts without control characters give different names. The same as Python's escapism with `-`
/// and lower case, which JupyterHub's spawners name user objects with. May begin with `-`; may be of any length.
std::string escape(std::string_view text);

/// A name unchanged if it is at most `limit` bytes, else its beginning, `---` and 8 digits of the SHA-256 of the whole:
/// `limit` bytes at most. `limit` must be 16 or more.
std::string shorten(std::string_view name, std::size_t limit);

/// A DNS label of at most `limit` bytes (16 to 63), beginning with a letter, for any text: the text itself if it is one
/// and has no `--` in it, else its safe characters, `---` and 8 digits of its SHA-256, as KubeSpawner 7 does.
std::string slug(std::string_view text, std::size_t limit = kLabelLength);

/// Names with `_` as `-`, in the same order. Throws base::Error if two different names become the same one.
std::vector<std::string> dashed(const std::vector<std::string>& names);

}  // namespace patch
