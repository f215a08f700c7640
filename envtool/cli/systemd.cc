#include <fmt/format.h>

#include <cstdlib>

#include "envtool/app/systemd.h"
#include "envtool/cli/command.h"
#include "envtool/cli/print.h"
#include "envtool/sys/file.h"

namespace cli {
namespace {

struct Options {
  EnvironmentArguments arguments;
  std::string folder;
  bool install = false;
};

app::fs::path config_home(const sys::User& user) {
  const char* said = std::getenv("XDG_CONFIG_HOME");
  return said != nullptr && *said != '\0' ? app::fs::path(said) : app::fs::path(user.home) / ".config";
}

/// Another account could neither read the deploy directory nor would it look into this user's units.
void require_own_podman(app::Session& session, const sys::User& user) {
  const std::optional<sys::User>& account = session.podman().user();
  if (!account || account->name == user.name) return;
  throw base::Error(fmt::format("podman runs as `{}` here, whose systemd can't read `{}`", account->name, session.deploy().folder().string()))
      .hint(fmt::format("install the environment as that user: its own checkout, its own deploy directory, and `envtool systemd {} --install` there",
                        session.env().words()));
}

/// The manifest and, on an old podman, volumes are there once the environment has been up.
void require_manifest(const app::Session& session) {
  if (app::fs::exists(session.deploy().manifest_file())) return;
  throw base::Error(fmt::format("`{}` not found", session.deploy().manifest_file().string()))
      .hint(fmt::format("envtool up {} writes it, and makes what else the pod needs", session.env().words()));
}

void write(const app::Unit& unit, const app::fs::path& folder) {
  sys::make_folder(folder);
  sys::write_file(folder / unit.file, unit.text, sys::Access::shared);
  print_line((folder / unit.file).string());
}

manifest::Target target_of(app::Session& session, const EnvironmentArguments& arguments) {
  if (!arguments.target.empty()) {
    const manifest::Target target = as_usage([&] { return manifest::parse_target(arguments.target); });
    if (target.platform == manifest::Platform::podman) return target;
    throw WrongUsage(base::Error("systemd starts pods of podman only").hint("a cluster starts its own pods").diagnostics());
  }
  return {manifest::Platform::podman, app::podman_version(session.environment().project, session.podman())};
}

int run(Shell& shell, const Options& options) {
  const auto session = open_session(shell, options.arguments);
  require_manifest(*session);
  const sys::User user = sys::current_user();
  const app::Manager manager = user.uid == 0 ? app::Manager::machine : app::Manager::user;
  const std::string podman = sys::find_program("podman").value_or("/usr/bin/podman");
  const app::Unit unit = app::make_unit(session->env(), session->deploy(), target_of(*session, options.arguments), manager, podman);
  if (options.install) {
    require_own_podman(*session, user);
    write(unit, app::unit_folder(unit, manager, config_home(user)));
    for (const std::string& command : app::how_to_start(unit, manager, user.name)) print_line("Then: " + command);
  } else if (!options.folder.empty()) {
    write(unit, options.folder);
  } else if (shell.globals.output == OutputFormat::json) {
    print_json(doc::make_map({{"file", unit.file}, {"service", unit.service}, {"text", unit.text}}));
  } else {
    print_text(unit.text);
  }
  return kDone;
}

}  // namespace

void setup_systemd(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("systemd", "Print or install the unit with which systemd starts an environment's pod");
  auto options = std::make_shared<Options>();
  add_environment_options(*command, options->arguments, {Wants::deployment, Wants::target});
  auto* folder = command->add_option("-o,--directory", options->folder, "Write the unit to this folder instead")->type_name("DIR");
  command->add_flag("--install", options->install, "Write it to where systemd looks for it, and say what starts it")->excludes(folder);
  command->footer(
      "A Quadlet unit (POD.kube) for podman 4.4 and newer, a service that plays the manifest for older ones. Afterwards `envtool up`\n"
      "goes on to work: the unit plays what it has written last.\n\n"
      "Examples:\n"
      "  envtool systemd prod\n"
      "  envtool systemd prod --install\n"
      "  envtool systemd prod --target podman@5.4 -o units");
  command->callback([&action, options] { action = [options](Shell& shell) { return run(shell, *options); }; });
}

}  // namespace cli
