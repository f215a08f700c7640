// Which images registries have, as far as this machine pushed them. Remembered only to save time: without it they are pushed again.
#pragma once

#include <map>
#include <string>

#include "envtool/app/project.h"
#include "envtool/plan/facts.h"

namespace app {

/// By reference in the registry.
std::map<std::string, plan::Pushed> pushed_images(const Project& project);

/// Adds one, or puts it in the place of the one of before.
void remember_pushed(const Project& project, const std::string& destination, const plan::Pushed& pushed);

}  // namespace app
