#include "envtool/patch/pointer.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"

namespace patch {
namespace {

using doc::Value;

std::string unescape(std::string_view token, std::string_view pointer) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      text += token[i];
      continue;
    }
    const char code = i + 1 < token.size() ? token[++i] : '\0';
    if (code != '0' && code != '1') {
      throw base::Error(fmt::format("`~` must be written `~0` in JSON pointer `{}`", pointer));
    }
    text += code == '0' ? '~' : '/';
  }
  return text;
}

const Value* child(const Value& parent, const std::string& token) {
  if (parent.is_map()) return parent.find(token);
  if (!parent.is_list()) return nullptr;
  const std::optional<std::size_t> index = parse_index(token);
  return index && *index < parent.as_list().size() ? &parent.as_list()[*index] : nullptr;
}

}  // namespace

Pointer parse_pointer(std::string_view text) {
  if (text.empty()) return {};
  if (!text.starts_with('/')) throw base::Error(fmt::format("JSON pointer `{}` must begin with `/`", text));
  Pointer pointer;
  for (const std::string& token : base::split(text.substr(1), '/')) pointer.push_back(unescape(token, text));
  return pointer;
}

std::string to_string(const Pointer& pointer) {
  std::string text;
  for (const std::string& token : pointer) {
    text += '/';
    for (const char c : token) {
      if (c == '~') {
        text += "~0";
      } else if (c == '/') {
        text += "~1";
      } else {
        text += c;
      }
    }
  }
  return text;
}

std::optional<std::size_t> parse_index(std::string_view token) {
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size()) return std::nullopt;
  return index;
}

const Value* find(const Value& document, const Pointer& pointer) {
  const Value* node = &document;
  for (const std::string& token : pointer) {
    node = child(*node, token);
    if (node == nullptr) return nullptr;
  }
  return node;
}

Value* find(Value& document, const Pointer& pointer) {
  return const_cast<Value*>(find(std::as_const(document), pointer));
}

}  // namespace patch
