#include "envtool/spawn/urls.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/strings.h"

namespace spawn {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("_.-~").find(c) != std::string_view::npos;
}

std::string without_slashes(std::string_view piece) {
  const std::size_t begin = piece.find_first_not_of('/');
  if (begin == std::string_view::npos) return {};
  return std::string(piece.substr(begin, piece.find_last_not_of('/') + 1 - begin));
}

}  // namespace

std::string percent_encode(std::string_view text, std::string_view safe) {
  std::string encoded;
  for (const char c : text) {
    const bool stays = is_unreserved(c) || safe.find(c) != std::string_view::npos;
    encoded += stays ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string path_segment(std::string_view name) { return percent_encode(name, "@"); }

std::string join_url(const std::vector<std::string>& pieces) {
  std::vector<std::string> bare;
  const std::string* last = nullptr;
  for (const std::string& piece : pieces) {
    if (!piece.empty()) last = &piece;
    if (std::string text = without_slashes(piece); !text.empty()) bare.push_back(std::move(text));
  }
  if (last == nullptr) return {};
  std::string url = (pieces.front().starts_with('/') ? "/" : "") + base::join(bare, "/");
  if (last->ends_with('/') && !url.ends_with('/')) url += '/';
  return url;
}

}  // namespace spawn
