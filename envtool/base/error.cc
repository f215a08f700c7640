#include "envtool/base/error.h"

#include <algorithm>

#include "envtool/base/strings.h"

namespace base {
namespace {

Diagnostic keep_source(Diagnostic diagnostic) {
  if (diagnostic.span) diagnostic.kept_source = diagnostic.span.source->weak_from_this().lock();
  return diagnostic;
}

}  // namespace

void Diagnostic::guess(std::string_view word, const std::vector<std::string>& known, std::string else_hint) {
  if (const auto near = nearest(word, known)) {
    hints.push_back("did you mean `" + *near + "`?");
  } else if (!else_hint.empty()) {
    hints.push_back(std::move(else_hint));
  }
}

Error::Error(std::string message, Span span) : Error(Diagnostic{Severity::error, std::move(message), span, {}, {}}) {}

Error::Error(Diagnostic diagnostic) { diagnostics_.push_back(keep_source(std::move(diagnostic))); }

Error::Error(std::vector<Diagnostic> diagnostics) {
  for (Diagnostic& diagnostic : diagnostics) diagnostics_.push_back(keep_source(std::move(diagnostic)));
  if (diagnostics_.empty()) diagnostics_.push_back(Diagnostic{Severity::error, "unknown error", {}, {}, {}});
}

Error&& Error::hint(std::string text) && {
  diagnostics_.back().hints.push_back(std::move(text));
  return std::move(*this);
}

Error&& Error::note(std::string text) && {
  diagnostics_.back().notes.push_back(std::move(text));
  return std::move(*this);
}

Error&& Error::guess(std::string_view word, const std::vector<std::string>& known, std::string else_hint) && {
  diagnostics_.back().guess(word, known, std::move(else_hint));
  return std::move(*this);
}

void Error::add_context(const std::string& doing) {
  for (Diagnostic& diagnostic : diagnostics_) diagnostic.notes.push_back("while " + doing);
}

Diagnostic& Diagnostics::error(std::string message, Span span) {
  return all_.emplace_back(keep_source({Severity::error, std::move(message), span, {}, {}}));
}

Diagnostic& Diagnostics::warning(std::string message, Span span) {
  return all_.emplace_back(keep_source({Severity::warning, std::move(message), span, {}, {}}));
}

void Diagnostics::add(Diagnostic diagnostic) { all_.push_back(keep_source(std::move(diagnostic))); }

void Diagnostics::add(const Error& error) {
  all_.insert(all_.end(), error.diagnostics().begin(), error.diagnostics().end());
}

void Diagnostics::add(const Diagnostics& more) { all_.insert(all_.end(), more.all_.begin(), more.all_.end()); }

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(), [](const Diagnostic& d) { return d.severity == Severity::error; });
}

void Diagnostics::throw_if_errors() const {
  if (has_errors()) throw Error(all_);
}

}  // namespace base
