#include "envtool/http/libcurl.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "envtool/base/error.h"

// The header also defines macros of these names, which check the types of a call's arguments.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace http {
namespace {

constexpr const char* kSharedLibrary = "libcurl.so.4";

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw base::Error(fmt::format("`{}` has no function `{}`", kSharedLibrary, name));
}

Libcurl load() {
  void* library = dlopen(kSharedLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw base::Error("cannot load libcurl, which makes HTTP requests").note(dlerror());
  decltype(&curl_global_init) global_init = nullptr;
  find(library, "curl_global_init", global_init);
  global_init(CURL_GLOBAL_DEFAULT);
  Libcurl functions{};
  find(library, "curl_easy_init", functions.easy_init);
  find(library, "curl_easy_setopt", functions.easy_setopt);
  find(library, "curl_easy_perform", functions.easy_perform);
  find(library, "curl_easy_getinfo", functions.easy_getinfo);
  find(library, "curl_easy_strerror", functions.easy_strerror);
  find(library, "curl_easy_cleanup", functions.easy_cleanup);
  find(library, "curl_slist_append", functions.slist_append);
  find(library, "curl_slist_free_all", functions.slist_free_all);
  return functions;
}

}  // namespace

const Libcurl& libcurl() {
  static const Libcurl functions = load();
  return functions;
}

}  // namespace http
