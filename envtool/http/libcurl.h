// The functions of libcurl that this folder calls (sys/library.h).
#pragma once

#include <curl/curl.h>

#include "envtool/sys/library.h"

// The header also defines macros of these names, which check the types of a call's arguments.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace http {

inline constinit sys::Library libcurl{ENVTOOL_LIBCURL};
template <typename Function>
using FromLibcurl = sys::LoadedFunction<libcurl, Function>;

inline constinit FromLibcurl<decltype(::curl_global_init)> curl_global_init{"curl_global_init"};
inline constinit FromLibcurl<decltype(::curl_easy_init)> curl_easy_init{"curl_easy_init"};
inline constinit FromLibcurl<decltype(::curl_easy_setopt)> curl_easy_setopt{"curl_easy_setopt"};
inline constinit FromLibcurl<decltype(::curl_easy_perform)> curl_easy_perform{"curl_easy_perform"};
inline constinit FromLibcurl<decltype(::curl_easy_getinfo)> curl_easy_getinfo{"curl_easy_getinfo"};
inline constinit FromLibcurl<decltype(::curl_easy_strerror)> curl_easy_strerror{"curl_easy_strerror"};
inline constinit FromLibcurl<decltype(::curl_easy_cleanup)> curl_easy_cleanup{"curl_easy_cleanup"};
inline constinit FromLibcurl<decltype(::curl_slist_append)> curl_slist_append{"curl_slist_append"};
inline constinit FromLibcurl<decltype(::curl_slist_free_all)> curl_slist_free_all{"curl_slist_free_all"};

}  // namespace http
