// Chance that can be replayed: every throw is a function of the seed and of what is thrown for, never of what was thrown before.
// So it doesn't matter which of two threads asks first.
#pragma once

#include <cstdint>
#include <string_view>

namespace sim {

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mixed(seed)) {}

  /// Dice of their own for a part of the story.
  Dice of(std::string_view name, std::uint64_t number = 0) const {
    std::uint64_t state = state_ + number;
    for (const char c : name) state = mixed(state ^ static_cast<unsigned char>(c));
    return Dice(state);
  }
  /// A number below `end`.
  std::uint64_t below(std::string_view name, std::uint64_t end) const { return of(name).state_ % end; }
  /// True once in `n` times.
  bool once_in(std::string_view name, std::uint64_t n) const { return below(name, n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace sim
