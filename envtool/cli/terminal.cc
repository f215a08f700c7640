#include "envtool/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <utility>

namespace cli {

RawTerminal::RawTerminal(const termios& before) : before_(before) {
  termios raw = before;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return;
  columns_ = size.ws_col;
  rows_ = size.ws_row;
}

RawTerminal::RawTerminal(RawTerminal&& other) noexcept
    : before_(other.before_), taken_(std::exchange(other.taken_, false)), columns_(other.columns_), rows_(other.rows_) {}

RawTerminal::~RawTerminal() {
  if (taken_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

std::optional<RawTerminal> RawTerminal::take() {
  termios before{};
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 || tcgetattr(STDIN_FILENO, &before) != 0) return std::nullopt;
  return RawTerminal(before);
}

}  // namespace cli
