#include "envtool/cli/command.h"
#include "envtool/cli/input.h"
#include "envtool/cli/print.h"
#include "envtool/cli/usage.h"
#include "envtool/model/layers.h"
#include "envtool/patch/merge.h"
#include "envtool/tmpl/template.h"

namespace cli {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> values;
  std::vector<std::string> assignments;
  tmpl::Undefined undefined = tmpl::Undefined::strict;
  bool trim_blocks = false;
  bool lstrip_blocks = false;
  bool keep_trailing_newline = false;
};

doc::Value read_values(base::Sources& sources, const std::string& path) {
  doc::Value values = doc::read_yaml(read_input(sources, path), kInputLimits);
  if (values.is_map() || values.is_null()) return values;
  throw base::Error("variables must be a map of names to values", values.span());
}

/// Later files over earlier ones, assignments over all. A null in the first file is `none`; further on it takes a variable away.
doc::Value variables(base::Sources& sources, const Options& options) {
  doc::Value merged;
  for (const std::string& path : options.values) {
    doc::Value layer = read_values(sources, path);
    merged = merged.is_null() ? std::move(layer) : patch::merge(std::move(merged), layer);
  }
  if (merged.is_null()) merged = doc::Value(doc::Map());
  return patch::merge(std::move(merged), model::parse_assignments(sources, options.assignments));
}

tmpl::Options language(const Options& options) {
  tmpl::Options out;
  out.undefined = options.undefined;
  if (options.trim_blocks) out.trim_blocks = tmpl::TrimBlocks::yes;
  if (options.lstrip_blocks) out.lstrip_blocks = tmpl::LstripBlocks::yes;
  if (options.keep_trailing_newline) out.trailing_newline = tmpl::TrailingNewline::keep;
  return out;
}

int run(const Options& options) {
  base::Sources sources;
  print_text(as_usage([&] {
    const doc::Value values = variables(sources, options);
    return tmpl::render(read_input(sources, options.file), values.as_map(), language(options));
  }));
  return kDone;
}

}  // namespace

void setup_template(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("template", "Render a Jinja2 template: text in, text out");
  auto options = std::make_shared<Options>();
  command->add_option("TEMPLATE", options->file, "The template, or - for stdin")->type_name("FILE")->required()->check(file_or_stdin());
  command->add_option("-f,--values", options->values, "Variables, a map in YAML or JSON; later files win")
      ->type_name("FILE")->check(file_or_stdin())->allow_extra_args(false);
  command->add_option("--set", options->assignments, "Set a variable: PATH.TO.VARIABLE=VALUE")
      ->type_name("ASSIGNMENT")->allow_extra_args(false);
  command->add_option("--undefined", options->undefined, "What a name without a value is: strict (an error) or default (empty)")
      ->type_name("MODE")
      ->transform(one_of_enum<tmpl::Undefined>({{"strict", tmpl::Undefined::strict}, {"default", tmpl::Undefined::lenient}}))
      ->default_str("strict");
  command->add_flag("--trim-blocks", options->trim_blocks, "Drop the newline after a %}");
  command->add_flag("--lstrip-blocks", options->lstrip_blocks, "Drop the blanks between the start of a line and a {%");
  command->add_flag("--keep-trailing-newline", options->keep_trailing_newline, "Keep the newline at the end, which Jinja2 drops");
  command->footer(
      "Examples:\n"
      "  envtool template pod.yaml.j2 --values users.yaml --set user.name=alice\n"
      "  echo 'Hello {{ name | title }}' | envtool template - --set name=world");
  command->callback([&action, options] { action = [options](Shell&) { return run(*options); }; });
}

}  // namespace cli
