#include "envtool/base/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "envtool/base/error.h"

namespace base {

/// Two threads may load it at once: each gets the same handle.
void* Library::find(const char* function) {
  void* handle = handle_.load(std::memory_order_acquire);
  if (handle == nullptr) {
    handle = dlopen(file_, RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) throw Error(fmt::format("cannot load `{}`", file_)).note(dlerror()).hint("`make setup` installs it");
    handle_.store(handle, std::memory_order_release);
  }
  void* address = dlsym(handle, function);
  if (address == nullptr) throw Error(fmt::format("`{}` has no function `{}`", file_, function));
  return address;
}

}  // namespace base
