// A stream of bytes as lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace cli {

/// Calls `on_line` with each line as soon as it is whole, without its end.
class WholeLines {
 public:
  explicit WholeLines(std::function<void(const std::string&)> on_line) : on_line_(std::move(on_line)) {}

  void add(std::string_view bytes) {
    rest_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) on_line_(rest_.substr(begin, end - begin));
    rest_.erase(0, begin);
  }
  /// Gives what came after the last line.
  void finish() {
    if (!rest_.empty()) on_line_(std::exchange(rest_, ""));
  }

 private:
  std::function<void(const std::string&)> on_line_;
  std::string rest_;
};

}  // namespace cli
