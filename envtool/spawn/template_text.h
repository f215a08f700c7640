// Renders one template of the configuration; errors point into the file that it stands in. Knows nothing of what it is for.
#pragma once

#include <string>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"
#include "envtool/tmpl/template.h"

namespace spawn {

/// What templates see. `functions` must not outlive what they refer to.
struct Variables {
  doc::Map values;
  tmpl::Environment functions;
};

/// A template: its text, where that stands (nowhere for built-in ones), and what messages call it.
struct TemplateText {
  std::string name;
  std::string text;
  base::Span span;
};

/// A string of the configuration as a template.
TemplateText template_of(std::string name, const doc::Value& text);

/// The text without the blanks that all its lines begin with; lines of nothing but blanks count and become empty.
std::string dedent(std::string_view text);

/// The text for these variables, indentation removed first. Undefined names are errors. Throws base::Error with the place: the
/// very characters for templates in literal blocks (`|`), else the beginning of the string.
std::string render_text(const TemplateText& text, const Variables& variables, base::Sources& sources);

/// The YAML documents that the rendered text holds, none for an empty text. Their places are in the text as rendered, whose name
/// says where the template stands.
std::vector<doc::Value> render_documents(const TemplateText& text, const Variables& variables, base::Sources& sources);

}  // namespace spawn
