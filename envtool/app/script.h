// A plan as a shell script: the podman commands that carrying it out would run, word for word, to be read or run by hand.
// What is no podman command (clones, keys, the manifest, waiting) is one `envtool step` each. Holds no secret: these go from
// files into podman through pipes.
#pragma once

#include <string>
#include <vector>

#include "envtool/app/deploy_directory.h"
#include "envtool/app/environment.h"
#include "envtool/plan/plan.h"
#include "envtool/podman/podman.h"

namespace app {

/// How the script calls this program.
struct Invocation {
  std::string title;                     ///< the command whose work this is: `up dev_dummyauth`
  std::vector<std::string> program;      ///< its path and global options
  std::vector<std::string> environment;  ///< the environment's name and the options that choose its definition
  std::vector<std::string> afterwards;   ///< commands of this program that end the work: `up`
};

/// What the commands act on.
struct ScriptSubject {
  const Environment& environment;
  const DeployDirectory& deploy;
  const podman::Podman& podman;
  const plan::Facts& facts;
};

/// A bash script that ends at the first command that fails. Nothing is run for it.
std::string make_script(const ScriptSubject& subject, const plan::Plan& plan, const Invocation& invocation);

/// The same commands, without what prepares the shell for them; for machines to read.
std::vector<std::string> script_commands(const ScriptSubject& subject, const plan::Plan& plan, const Invocation& invocation);

}  // namespace app
