// Text for people: tables, plans, diagnostics. Data goes to stdout, everything else to stderr.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "envtool/app/status.h"
#include "envtool/base/render.h"
#include "envtool/doc/value.h"
#include "envtool/plan/plan.h"
#include "envtool/sys/process.h"

namespace cli {

/// Whether colour is wanted on stderr: a terminal, and neither NO_COLOR nor TERM=dumb.
base::Color stderr_color();

void print_diagnostics(const std::vector<base::Diagnostic>& diagnostics);

/// What was examined, by the entries of `subject`, with `good` and `problems`.
doc::Value verdict_value(std::vector<std::pair<std::string, doc::Value>> subject, const base::Diagnostics& problems);
/// `SUBJECT: good` or `SUBJECT: has errors`.
std::string verdict_line(const std::string& subject, const base::Diagnostics& problems);

/// To stdout, with a newline at the end.
void print_line(const std::string& text);
/// To stdout, as it is.
void print_text(const std::string& text);
void print_json(const doc::Value& value);
/// A tar stream to stdout. Throws base::Error when nobody takes it any more.
void print_tar(const sys::Feed& feed);
/// Throws WrongUsage with the hint if stdout is a terminal, which a tar stream would only upset.
void require_no_terminal(const std::string& hint);

/// Columns padded to their widest cell, two spaces between; the last one isn't padded.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// What would be done and why; a sentence if there is nothing.
std::string plan_text(const plan::Plan& plan);
doc::Value plan_value(const plan::Plan& plan);

std::string status_text(const app::EnvironmentStatus& status);

}  // namespace cli
