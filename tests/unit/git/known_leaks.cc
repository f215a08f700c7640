// What the leak sanitizer need not report: libgit2 1.5 loses PCRE2's match data whenever a pattern does not match, and a
// few bytes of a host's name when an SSH or HTTP connection fails. Its frames hide who called it.
// Without the sanitizer nothing calls this.
extern "C" const char* __lsan_default_suppressions();  // the name is the sanitizer's

extern "C" const char* __lsan_default_suppressions() { return "leak:libpcre2\nleak:libgit2\n"; }
