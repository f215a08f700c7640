// Numbers and strings as SSH puts them into bytes (RFC 4251, section 5). Knows no message and no key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ssh {

/// Appends to a byte string.
class WireWriter {
 public:
  void number(std::uint32_t value);
  /// The length, then the bytes.
  void string(std::string_view value);
  void raw(std::string_view bytes) { bytes_ += bytes; }

  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Takes values off the front of bytes that must outlive it. Throws base::Error when they end too early;
/// the message holds none of them.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::uint32_t number();
  std::string_view string();
  std::string_view rest() const { return rest_; }

 private:
  std::string_view take(std::size_t size);
  std::string_view rest_;
};

}  // namespace ssh
