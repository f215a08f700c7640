// The terminal of this process, handed to a program elsewhere.
#pragma once

#include <termios.h>

#include <optional>

namespace cli {

/// Raw for as long as it lives: keys go to the program as they are.
class RawTerminal {
 public:
  /// Nothing where stdin or stdout is no terminal.
  static std::optional<RawTerminal> take();
  ~RawTerminal();
  RawTerminal(RawTerminal&& other) noexcept;
  RawTerminal& operator=(RawTerminal&&) = delete;

  int columns() const { return columns_; }
  int rows() const { return rows_; }

 private:
  explicit RawTerminal(const termios& before);

  termios before_;
  bool taken_ = true;
  int columns_ = 80;
  int rows_ = 24;
};

}  // namespace cli
