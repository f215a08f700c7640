#include "envtool/app/project_files.h"

#include <fmt/format.h>

#include "envtool/app/contents.h"
#include "envtool/archive/walk.h"
#include "envtool/base/strings.h"
#include "envtool/model/argfile.h"
#include "envtool/sys/file.h"

namespace app {
namespace {

class FileCheck {
 public:
  FileCheck(const Environment& environment, base::Sources& sources, base::Diagnostics& problems)
      : root_(environment.project.root), env_(environment.env), sources_(sources), problems_(problems) {}

  void check_image(const model::Image& image) {
    const auto* build = std::get_if<model::Build>(&image.source);
    if (build == nullptr) return;
    const std::string user = fmt::format("image `{}`", image.name);
    if (require_folder(build->context, user, "its context", image.span)) {
      require_file((fs::path(build->context) / build->containerfile).string(), user, "its Containerfile", image.span);
    }
    if (!build->argfile.empty() && require_file(build->argfile, user, "its argument file", image.span)) check_argfile(build->argfile);
    for (const model::PinnedPackage& package : build->packages) {
      require_folder(package.standin_tree, user, fmt::format("the stand-in for {}", package.url), image.span);
    }
  }

  void check_repository(const model::Repository& repository) {
    if (repository.standin_tree.empty()) return;
    require_folder(repository.standin_tree, fmt::format("repository `{}`", repository.name), "its stand-in", repository.span);
  }

  void check_volume(const model::Volume& volume) {
    const std::string user = fmt::format("volume `{}`", volume.name);
    for (const std::string& tree : volume.trees) {
      if (require_folder(tree, user, "what it holds at first", volume.span)) check_tree(volume, tree);
    }
  }

 private:
  bool require_folder(const std::string& path, const std::string& user, const std::string& role, base::Span span) {
    std::error_code ignored;
    if (fs::is_directory(root_ / path, ignored)) return true;
    const bool there = fs::exists(root_ / path, ignored);
    report(there ? fmt::format("`{}` is no folder", path) : fmt::format("there is no folder `{}`", path), user, role, span);
    return false;
  }

  bool require_file(const std::string& path, const std::string& user, const std::string& role, base::Span span) {
    std::error_code ignored;
    if (fs::is_regular_file(root_ / path, ignored)) return true;
    const bool there = fs::exists(root_ / path, ignored);
    report(there ? fmt::format("`{}` is no file", path) : fmt::format("there is no file `{}`", path), user, role, span);
    return false;
  }

  void report(std::string message, const std::string& user, const std::string& role, base::Span span) {
    problems_.error(std::move(message), span).notes.push_back(fmt::format("{} names it as {}", user, role));
  }

  void check_argfile(const std::string& path) {
    try {
      model::parse_argfile(sources_.add(path, sys::read_file(root_ / path)), problems_);
    } catch (const base::Error& error) {
      problems_.add(error);
    }
  }

  void check_tree(const model::Volume& volume, const std::string& tree) {
    base::Diagnostics found;
    try {
      archive::Tree files;
      files.directory = root_ / tree;
      archive::check_tree(files, found);
      model::Volume alone = volume;
      alone.trees = {tree};
      volume_layers({root_}, env_, alone);  // renders its templates
    } catch (const base::Error& error) {
      found.add(error);
    }
    for (base::Diagnostic problem : found.all()) {
      problem.notes.push_back(fmt::format("volume `{}` is filled from `{}`", volume.name, tree));
      problems_.add(std::move(problem));
    }
  }

  const fs::path& root_;
  const model::Env& env_;
  base::Sources& sources_;
  base::Diagnostics& problems_;
};

}  // namespace

void check_project_files(const Environment& environment, base::Sources& sources, base::Diagnostics& problems) {
  FileCheck check(environment, sources, problems);
  for (const model::Repository& repository : environment.env.repositories) check.check_repository(repository);
  for (const model::Image& image : environment.env.images) check.check_image(image);
  for (const model::Volume& volume : environment.env.volumes) check.check_volume(volume);
}

}  // namespace app
