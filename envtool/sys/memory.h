// What becomes of this process's memory, which holds keys and passwords.
#pragma once

namespace sys {

/// From now on no core dump is written of this process, and other processes of the same user may not look into it (prctl(2),
/// PR_SET_DUMPABLE). Programs that it starts are as they would be without this.
void forbid_memory_dumps() noexcept;

}  // namespace sys
