#include "envtool/spawn/urls.h"

#include "envtool/base/strings.h"

namespace spawn {
namespace {

std::string without_slashes(std::string_view piece) {
  const std::size_t begin = piece.find_first_not_of('/');
  if (begin == std::string_view::npos) return {};
  return std::string(piece.substr(begin, piece.find_last_not_of('/') + 1 - begin));
}

}  // namespace

std::string path_segment(std::string_view name) { return base::percent_encode(name, "@"); }

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
