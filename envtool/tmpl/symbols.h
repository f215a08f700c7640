// Binds every name of a template to a slot, with Jinja2's scoping: what a scope assigns anywhere is its own
// from the start (beginning with the outer value), `if` opens no scope, and loops, macros and blocks do.
#pragma once

#include "envtool/tmpl/ast.h"

namespace tmpl {

/// Fills in all slots and scopes. Throws base::Error with the place for names that can't be assigned to.
void bind_names(Body& body);

}  // namespace tmpl
