// SHA-256 and, where a protocol prescribes it, SHA-1 (FIPS 180-4). Knows nothing of what is digested.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace base {

/// A running SHA-256. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The digest of all bytes so far, 64 lowercase hexadecimal digits. The object must not be used afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The SHA-256 of some bytes, 64 lowercase hexadecimal digits.
std::string sha256(std::string_view bytes);

/// The SHA-1 of some bytes, 20 bytes. Proves nothing about them.
std::string sha1(std::string_view bytes);

}  // namespace base
