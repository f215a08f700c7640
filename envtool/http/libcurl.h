// The functions of libcurl that this folder and `kube` call (base/library.h).
#pragma once

#include <curl/curl.h>

#include <memory>

#include "envtool/base/library.h"

// The header also defines macros of these names, which check the types of a call's arguments.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

namespace http {

inline constinit base::Library libcurl{ENVTOOL_LIBCURL};
template <typename Function>
using FromLibcurl = base::LoadedFunction<libcurl, Function>;

inline constinit FromLibcurl<decltype(::curl_global_init)> curl_global_init{"curl_global_init"};
inline constinit FromLibcurl<decltype(::curl_easy_init)> curl_easy_init{"curl_easy_init"};
inline constinit FromLibcurl<decltype(::curl_easy_setopt)> curl_easy_setopt{"curl_easy_setopt"};
inline constinit FromLibcurl<decltype(::curl_easy_perform)> curl_easy_perform{"curl_easy_perform"};
inline constinit FromLibcurl<decltype(::curl_easy_getinfo)> curl_easy_getinfo{"curl_easy_getinfo"};
inline constinit FromLibcurl<decltype(::curl_easy_strerror)> curl_easy_strerror{"curl_easy_strerror"};
inline constinit FromLibcurl<decltype(::curl_easy_cleanup)> curl_easy_cleanup{"curl_easy_cleanup"};
inline constinit FromLibcurl<decltype(::curl_slist_append)> curl_slist_append{"curl_slist_append"};
inline constinit FromLibcurl<decltype(::curl_slist_free_all)> curl_slist_free_all{"curl_slist_free_all"};

inline constinit FromLibcurl<decltype(::curl_easy_send)> curl_easy_send{"curl_easy_send"};
inline constinit FromLibcurl<decltype(::curl_easy_recv)> curl_easy_recv{"curl_easy_recv"};
inline constinit FromLibcurl<decltype(::curl_multi_init)> curl_multi_init{"curl_multi_init"};
inline constinit FromLibcurl<decltype(::curl_multi_cleanup)> curl_multi_cleanup{"curl_multi_cleanup"};
inline constinit FromLibcurl<decltype(::curl_multi_add_handle)> curl_multi_add_handle{"curl_multi_add_handle"};
inline constinit FromLibcurl<decltype(::curl_multi_remove_handle)> curl_multi_remove_handle{"curl_multi_remove_handle"};
inline constinit FromLibcurl<decltype(::curl_multi_perform)> curl_multi_perform{"curl_multi_perform"};
inline constinit FromLibcurl<decltype(::curl_multi_poll)> curl_multi_poll{"curl_multi_poll"};
inline constinit FromLibcurl<decltype(::curl_multi_wakeup)> curl_multi_wakeup{"curl_multi_wakeup"};
inline constinit FromLibcurl<decltype(::curl_multi_info_read)> curl_multi_info_read{"curl_multi_info_read"};

/// libcurl's own state, for as long as the process lives.
inline void prepare_libcurl() { [[maybe_unused]] static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT); }

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct LinesDeleter {
  void operator()(curl_slist* lines) const { curl_slist_free_all(lines); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;
using HeaderLines = std::unique_ptr<curl_slist, LinesDeleter>;

}  // namespace http
