// Functions of shared libraries that are loaded at the first call. What a library brings along (Kerberos, XML, compressors) is
// mapped and relocated before main() where a program is linked with it, and takes longer than most commands, which call none of it.
//
// A table of such functions names each one once; in its namespace they are called as if they were the library's own:
//     inline constinit base::Library library{"libz.so.1"};
//     inline constinit base::LoadedFunction<library, decltype(::crc32)> crc32{"crc32"};
// A function that no table names is missing when the program is linked.
#pragma once

#include <atomic>

namespace base {

/// A shared library, loaded when one of its functions is called for the first time and kept until the process ends.
class Library {
 public:
  /// `file` as dlopen(3) takes it.
  constexpr explicit Library(const char* file) : file_(file) {}

  /// The address of a function. Throws base::Error if there is no such library or function. Thread-safe.
  void* find(const char* function);

 private:
  const char* file_;
  std::atomic<void*> handle_ = nullptr;
};

/// A function of a library, of the type that the library's header declares.
template <Library& library, typename Function>
class LoadedFunction {
 public:
  constexpr explicit LoadedFunction(const char* name) : name_(name) {}

  /// Where it is; calls go through this, too. Throws base::Error if it can't be loaded.
  operator Function*() const {  // NOLINT(google-explicit-constructor)
    Function* known = known_.load(std::memory_order_acquire);
    if (known == nullptr) known_.store(known = reinterpret_cast<Function*>(library.find(name_)), std::memory_order_release);
    return known;
  }

 private:
  const char* name_;
  mutable std::atomic<Function*> known_ = nullptr;
};

}  // namespace base
