#include "envtool/app/memory_file.h"

#include "envtool/base/error.h"
#include "envtool/doc/json.h"
#include "envtool/sys/file.h"

namespace app {

doc::Value read_memory(const std::filesystem::path& file) {
  try {
    const auto text = sys::read_file_if_exists(file);
    doc::Value memory = text ? doc::parse_json(*text, file.string()) : doc::Value();
    if (memory.is_map()) return memory;
  } catch (const base::Error&) {
    // Whatever would have been remembered is found out anew.
  }
  return doc::Map();
}

void write_memory(const std::filesystem::path& file, const doc::Value& memory) {
  sys::make_folder(file.parent_path());
  sys::write_file(file, doc::emit_json(memory, doc::JsonStyle::indented), sys::Access::shared);
}

}  // namespace app
