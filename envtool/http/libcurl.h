// libcurl's functions, from the library that is loaded at the first request. It brings LDAP, Kerberos and more along, and loading
// these takes longer than most commands, which make no request.
#pragma once

#include <curl/curl.h>

namespace http {

struct Libcurl {
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
};

/// Loaded and set up once, for the rest of the process. Throws base::Error if it isn't installed. Thread-safe.
const Libcurl& libcurl();

}  // namespace http
