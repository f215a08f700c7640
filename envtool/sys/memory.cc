#include "envtool/sys/memory.h"

#include <sys/prctl.h>

namespace sys {

void forbid_memory_dumps() noexcept { prctl(PR_SET_DUMPABLE, 0); }

}  // namespace sys
