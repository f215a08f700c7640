#include "envtool/tmpl/call.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/base/error.h"
#include "envtool/tmpl/compare.h"

namespace tmpl {

Signature::Signature(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word == "*") {
      rest_ = true;
    } else if (word == "**") {
      named_rest_ = true;
    } else if (word == "/") {
      positional_only_ = true;
    } else if (word.ends_with('?')) {
      names_.push_back(word.substr(0, word.size() - 1));
    } else {
      names_.push_back(word);
      required_ = names_.size();
    }
  }
}

Bound::Bound(const Signature& signature, std::string_view what, Arguments&& arguments)
    : what_(what), signature_(signature), values_(signature.names_.size()) {
  auto& positional = arguments.positional;
  const std::size_t taken = std::min(positional.size(), values_.size());
  if (positional.size() > taken && !signature.rest_) {
    throw base::Error(fmt::format("{} takes {} arguments, not {}", what, values_.size(), positional.size()));
  }
  std::move(positional.begin(), positional.begin() + static_cast<std::ptrdiff_t>(taken), values_.begin());
  rest_.assign(std::make_move_iterator(positional.begin() + static_cast<std::ptrdiff_t>(taken)),
               std::make_move_iterator(positional.end()));
  for (auto& [name, value] : arguments.named) {
    const auto found = std::find(signature.names_.begin(), signature.names_.end(), name);
    const bool known = found != signature.names_.end() && !signature.positional_only_;
    if (!known && !signature.named_rest_)
      throw base::Error(fmt::format("{} takes no argument `{}`", what, name));
    if (!known) {
      named_.emplace_back(name, std::move(value));
      continue;
    }
    Value& place = values_[static_cast<std::size_t>(found - signature.names_.begin())];
    if (!place.is_missing()) throw base::Error(fmt::format("argument `{}` of {} is given twice", name, what));
    place = std::move(value);
  }
  for (std::size_t i = 0; i < signature.required_; ++i) {
    if (!has(i)) throw base::Error(fmt::format("{} needs the argument `{}`", what, signature.names_[i]));
  }
}

std::string_view Bound::text(std::size_t index) const {
  if (!at(index).is_text())
    fail_type(fmt::format("`{}` of {}", signature_.names_[index], what_), "a string", at(index));
  return at(index).as_text();
}

std::string_view Bound::text(std::size_t index, std::string_view fallback) const {
  return has(index) ? text(index) : fallback;
}

std::int64_t Bound::integer(std::size_t index) const {
  if (!at(index).is_integral()) {
    fail_type(fmt::format("`{}` of {}", signature_.names_[index], what_), "an integer", at(index));
  }
  return at(index).as_integer();
}

std::int64_t Bound::integer(std::size_t index, std::int64_t fallback) const {
  return has(index) ? integer(index) : fallback;
}

bool Bound::truth(std::size_t index, bool fallback) const {
  return has(index) ? tmpl::truth(at(index)) : fallback;
}

std::optional<std::int64_t> Bound::optional_integer(std::size_t index) const {
  if (!has(index) || at(index).is_none()) return std::nullopt;
  return integer(index);
}

Arguments Bound::remaining(std::size_t skip) const {
  return {{rest_.begin() + static_cast<std::ptrdiff_t>(std::min(skip, rest_.size())), rest_.end()}, named_};
}

void fail_type(std::string_view what, std::string_view expected, const Value& found) {
  if (found.is_undefined()) fail_undefined(found);
  throw base::Error(fmt::format("{} must be {}, not {}", what, expected, with_article(found)));
}

}  // namespace tmpl
