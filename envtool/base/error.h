// Errors as data: what is wrong, where, and how to go on. Rendering is apart, in render.h.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "envtool/base/source.h"

namespace base {

enum class Severity { error, warning };

/// Says what is wrong in one sentence without a full stop; literals stand in backticks.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string message;
  Span span;
  std::vector<std::string> notes;  ///< what else is known: `while seeding volume x`, last log lines
  std::vector<std::string> hints;  ///< what the reader can do: `did you mean y?`
  std::shared_ptr<const Source> kept_source = {};  ///< set by Error and Diagnostics, so that the span stays good

  /// Adds `did you mean X?` if `word` looks like one of `known`, and otherwise the hint `else_hint` unless that is empty.
  void guess(std::string_view word, const std::vector<std::string>& known, std::string else_hint = "");
};

/// The only exception type of this project. Carries one or more diagnostics, never none.
class Error : public std::exception {
 public:
  explicit Error(std::string message, Span span = {});
  explicit Error(Diagnostic diagnostic);
  explicit Error(std::vector<Diagnostic> diagnostics);

  /// Adds to the last diagnostic; returned by value so that `throw Error(...).hint(...)` works.
  Error&& hint(std::string text) &&;
  Error&& note(std::string text) &&;
  Error&& guess(std::string_view word, const std::vector<std::string>& known, std::string else_hint = "") &&;

  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  const char* what() const noexcept override { return diagnostics_.front().message.c_str(); }

  /// Adds `while ...` to every diagnostic; for `with_context`.
  void add_context(const std::string& doing);

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// Collects problems during a pass, so that one run reports all of them.
class Diagnostics {
 public:
  /// Adds an error; the reference is good until the next call.
  Diagnostic& error(std::string message, Span span = {});
  Diagnostic& warning(std::string message, Span span = {});
  void add(Diagnostic diagnostic);
  /// Takes over everything that an Error carries.
  void add(const Error& error);
  void add(const Diagnostics& more);

  bool has_errors() const;
  const std::vector<Diagnostic>& all() const { return all_; }

  /// Throws an Error with all diagnostics (warnings too) if any is an error; else does nothing.
  void throw_if_errors() const;

 private:
  std::vector<Diagnostic> all_;
};

/// Runs `work`; an Error that leaves it gets the note `while <doing>`.
template <typename Work>
decltype(auto) with_context(const std::string& doing, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    error.add_context(doing);
    throw;
  }
}

}  // namespace base
