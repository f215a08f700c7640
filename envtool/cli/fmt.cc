#include <fmt/format.h>

#include <optional>

#include "envtool/cli/command.h"
#include "envtool/cli/input.h"
#include "envtool/cli/print.h"
#include "envtool/cli/usage.h"
#include "envtool/doc/layout.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

struct Options {
  std::vector<std::string> files;
  bool check = false;
  bool write = false;
};

struct LaidOut {
  std::string file;
  std::string text;
  bool differs;
};

/// All files, or what is wrong with any of them.
std::vector<LaidOut> lay_out_all(const std::vector<std::string>& files) {
  base::Sources sources;
  base::Diagnostics problems;
  std::vector<LaidOut> out;
  for (const std::string& file : files) {
    try {
      const base::Source& source = read_input(sources, file);
      std::string text = doc::lay_out_yaml(source, kInputLimits);
      const bool differs = text != source.text;
      out.push_back({file, std::move(text), differs});
    } catch (const base::Error& error) {
      problems.add(error);
    }
  }
  problems.throw_if_errors();
  return out;
}

int check(const std::vector<LaidOut>& files) {
  int status = kDone;
  for (const LaidOut& file : files) {
    if (!file.differs) continue;
    status = kDifferences;
    print_line(file.file);
  }
  return status;
}

int write(const std::vector<LaidOut>& files) {
  for (const LaidOut& file : files) {
    if (!file.differs) continue;
    sys::rewrite_file(file.file, file.text);
    print_line(file.file);
  }
  return kDone;
}

void check_options(const Options& options) {
  if (options.write && options.files.front() == "-") throw base::Error("`--write` needs files: stdin can't be written to");
  if (options.files.size() == 1 || options.check || options.write) return;
  throw base::Error("several files can't be printed at once").hint("give `--check` or `--write`");
}

int run(const Options& options) {
  const std::vector<LaidOut> files = as_usage([&] {
    check_options(options);
    return lay_out_all(options.files);
  });
  if (options.check) return check(files);
  if (options.write) return write(files);
  print_text(files.front().text);
  return kDone;
}

}  // namespace

void setup_fmt(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("fmt", "Lay out YAML files: indentation and blanks; comments, order and quotes stay");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->files, "YAML files, or - for stdin")->required()->check(file_or_stdin());
  auto* check = command->add_flag("--check", options->check, "Only name the files that would change; exit code 3 if there are any");
  command->add_flag("--write", options->write, "Write the files that change, and name them; else one file is printed")->excludes(check);
  command->footer(
      "Lists stand at the column of their key, as kubectl writes them. What white space alone can't lay out is refused.\n\n"
      "Examples:\n"
      "  envtool fmt env.yaml\n"
      "  envtool fmt --check envs/*/env.yaml\n"
      "  envtool fmt --write manifests/*.yaml");
  command->callback([&action, options] { action = [options](Shell&) { return run(*options); }; });
}

}  // namespace cli
