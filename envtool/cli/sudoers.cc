#include <fmt/format.h>

#include "envtool/app/host_files.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::vector<std::string> from;
  std::string folder;
};

/// Writes below `folder` as if it were the other machine's root.
void write_below(const app::fs::path& folder, const std::vector<app::HostFileText>& files) {
  for (const app::HostFileText& file : files) {
    const app::fs::path path = folder / app::fs::path(file.path).relative_path();
    sys::make_folder(path.parent_path());
    sys::write_file(path, file.text, sys::Access::secret);
    print_line(path.string());
  }
}

void show(const std::vector<app::HostFileText>& files) {
  for (const app::HostFileText& file : files) {
    if (&file != &files.front()) print_line("");
    print_line(fmt::format("# --- {} ---\n{}", file.path, file.text.substr(0, file.text.find_last_not_of('\n') + 1)));
  }
}

/// What is wrong with keys and known hosts doesn't matter yet: the files are part of putting that right.
model::DeployValues read_values(const app::Session& session) {
  base::Sources sources;
  base::Diagnostics problems;
  const auto values = session.deploy().read_config(session.env(), sources, problems);
  if (!values) {
    throw WrongUsage(base::Error(fmt::format("`{}` not found", session.deploy().config_file().string()))
                         .hint(fmt::format("write one with `envtool config init {}`", session.env().words()))
                         .diagnostics());
  }
  as_usage([&] { problems.throw_if_errors(); });
  return *values;
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  if (session->env().host_files.empty()) {
    throw WrongUsage(fmt::format("environment `{}` works with no other machine: its Slurm is in the pod", session->env().name));
  }
  const auto files = app::render_host_files(session->environment(), session->deploy(), read_values(*session), options.from);
  if (!options.folder.empty()) {
    write_below(options.folder, files);
  } else if (shell.globals.output == OutputFormat::json) {
    const auto one = [](const app::HostFileText& file) { return doc::make_map({{"path", file.path}, {"text", file.text}}); };
    print_json(doc::make_list(files, one));
  } else {
    show(files);
  }
  return kDone;
}

}  // namespace

void setup_sudoers(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("sudoers", "Print what a Slurm host outside the pod needs: sudo rules, sshd settings, the key that may sign in");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment});
  command->add_option("--from", options->from, "Address that the hub's connections come from, as the host sees it; may be given again")
      ->type_name("ADDRESS")->allow_extra_args(false);
  command->add_option("-o,--directory", options->folder, "Write the files below this folder instead")->type_name("DIR");
  command->footer(
      "Examples:\n"
      "  envtool sudoers prod --from 192.0.2.10\n"
      "  envtool sudoers prod --from 192.0.2.10 -o slurm-host");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
