// The normal layout of YAML text that people write. Works on lines, so that comments, order, quotes and everything else but
// white space stay as they are; knows nothing of values.
#pragma once

#include <string>

#include "envtool/base/source.h"
#include "envtool/doc/yaml.h"

namespace doc {

/// The text with the layout of `emit_yaml`: two spaces for each level, `- ` at its parent's column, one space after `-` and
/// `:`. Blanks at the ends of lines, blank lines in a row and at either end of the text, carriage returns and a byte order mark
/// go; comments move with what is below them. Lines of brackets and of quoted text keep their breaks. Laid out again, it stays.
///
/// The result is checked: it differs in white space only, and is read as the same documents. Throws base::Error for text that
/// `read_yaml_all` refuses, for keys after `? `, and for text that can't be laid out without a change of what it says.
std::string lay_out_yaml(const base::Source& source, const ReadLimits& limits = {});

}  // namespace doc
