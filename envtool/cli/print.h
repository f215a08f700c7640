// Text for people: tables, plans, diagnostics. Data goes to stdout, everything else to stderr.
#pragma once

#include <string>
#include <vector>

#include "envtool/app/status.h"
#include "envtool/base/render.h"
#include "envtool/doc/value.h"
#include "envtool/plan/plan.h"

namespace cli {

/// Whether colour is wanted on stderr: a terminal, and neither NO_COLOR nor TERM=dumb.
base::Color stderr_color();

void print_diagnostics(const std::vector<base::Diagnostic>& diagnostics);

doc::Value diagnostic_value(const base::Diagnostic& diagnostic);

/// To stdout, with a newline at the end.
void print_line(const std::string& text);
/// To stdout, as it is.
void print_text(const std::string& text);
void print_json(const doc::Value& value);

/// Columns padded to their widest cell, two spaces between; the last one isn't padded.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// What would be done and why; a sentence if there is nothing.
std::string plan_text(const plan::Plan& plan);
doc::Value plan_value(const plan::Plan& plan);

std::string status_text(const app::EnvironmentStatus& status);

}  // namespace cli
