#include "envtool/app/contents.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/archive/tar.h"
#include "envtool/sys/file.h"
#include "envtool/tmpl/template.h"

namespace app {
namespace {

constexpr std::string_view kTemplateEnding = ".j2";

archive::Owner to_owner(const model::Owner& owner) { return {owner.user, owner.uid, owner.group, owner.gid}; }

archive::IgnoreList context_ignore(const fs::path& context, const std::string& containerfile) {
  archive::IgnoreList ignore = archive::context_defaults();
  for (const char* name : {".containerignore", ".dockerignore"}) {
    const std::optional<std::string> text = sys::read_file_if_exists(context / name);
    if (!text) continue;
    ignore.append(base::with_context(fmt::format("reading `{}`", (context / name).string()),
                                     [&] { return archive::IgnoreList::parse(*text); }));
    break;
  }
  // podman would apply the ignore files again, and clones come as layers of their own.
  for (const char* line : {".containerignore", ".dockerignore", "_dev_build_data", "_standin"}) ignore.add(line);
  ignore.add("!" + containerfile);
  return ignore;
}

/// What a clone holds besides its sources and its history. HEAD and the references stand for the objects of the history: how these
/// are packed makes no difference.
archive::IgnoreList clone_ignore(View view) {
  archive::IgnoreList ignore;
  for (const char* line : {"**/__pycache__", "**/.pytest_cache", "**/*.egg-info", "**/.venv"}) ignore.add(line);
  if (view == View::content) return ignore;
  for (const char* line : {".git/index", ".git/logs", ".git/hooks", ".git/FETCH_HEAD", ".git/ORIG_HEAD", ".git/COMMIT_EDITMSG",
                           ".git/description", ".git/info", ".git/objects"}) {
    ignore.add(line);
  }
  return ignore;
}

archive::Tree clone_tree(const fs::path& folder, const model::RepositoryCopy& copy, View view) {
  archive::Tree tree;
  tree.directory = folder;
  tree.prefix = copy.path;
  if (!copy.only.empty()) tree.ignore.add("*");
  for (const std::string& path : copy.only) tree.ignore.add("!" + path);
  tree.ignore.append(clone_ignore(view));
  return tree;
}

/// Renders the templates of a tree; the tree itself must ignore them.
class TemplateFiles {
 public:
  TemplateFiles(const model::Env& env, const model::Volume& volume) : volume_(volume), variables_(manifest::variables_of(env)) {}

  void add_all(const fs::path& tree, std::vector<archive::Layer>& layers) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(tree, fs::directory_options::skip_permission_denied)) {
      if (entry.is_regular_file() && entry.path().extension() == kTemplateEnding) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& path : found) layers.emplace_back(render(tree, path));
  }

 private:
  archive::File render(const fs::path& tree, const fs::path& path) const {
    base::Sources sources;
    archive::File file;
    file.path = path.lexically_relative(tree).replace_extension().string();
    file.content = tmpl::render(sources.add(path.string(), sys::read_file(path)), variables_,
                                {.trailing_newline = tmpl::TrailingNewline::keep});
    const auto mode = volume_.modes.find(file.path);
    if (mode != volume_.modes.end()) file.mode = mode->second;
    file.owner = to_owner(volume_.owner);
    return file;
  }

  const model::Volume& volume_;
  doc::Map variables_;
};

archive::Tree volume_tree(const fs::path& folder, const model::Volume& volume) {
  archive::Tree tree;
  tree.directory = folder;
  tree.owner = to_owner(volume.owner);
  for (const auto& [path, mode] : volume.modes) tree.rules.push_back({path, mode, {}});
  tree.ignore.add("**/*.j2");
  return tree;
}

}  // namespace

std::vector<archive::Layer> context_layers(const Project& project, const model::Env& env, const model::Build& build,
                                           const plan::Facts& facts, View view) {
  archive::Tree context;
  context.directory = project.root / build.context;
  context.ignore = context_ignore(context.directory, build.containerfile);
  std::vector<archive::Layer> layers{context};
  for (const auto& [name, copy] : build.repositories) {
    const model::Repository* repository = env.find_repository(name);
    layers.emplace_back(clone_tree(project.root / repository->path, copy, view));
  }
  for (const model::PinnedPackage& package : build.packages) {
    if (facts.choice_of(package.url) != plan::Choice::standin) continue;
    layers.emplace_back(clone_tree(project.root / package.standin_tree, {package.context_path, {}}, view));
  }
  return layers;
}

std::vector<archive::Layer> volume_layers(const Project& project, const model::Env& env, const model::Volume& volume) {
  const TemplateFiles templates(env, volume);
  std::vector<archive::Layer> layers;
  for (const std::string& path : volume.trees) {
    const fs::path tree = project.root / path;
    if (!fs::is_directory(tree)) throw base::Error(fmt::format("volume `{}` is filled from `{}`, which is no folder", volume.name, path), volume.span);
    layers.emplace_back(volume_tree(tree, volume));
    templates.add_all(tree, layers);
  }
  return layers;
}

std::vector<archive::Layer> secret_layers(const model::Secret& secret, const manifest::SeededSecret& modes,
                                          const manifest::SecretData& contents) {
  std::vector<archive::Layer> layers;
  for (const auto& [key, bytes] : contents) {
    archive::File file{key, bytes, modes.mode, {}};
    if (const auto mode = modes.modes.find(key); mode != modes.modes.end()) file.mode = mode->second;
    if (const auto owner = secret.owners.find(key); owner != secret.owners.end()) file.owner = to_owner(owner->second);
    layers.emplace_back(std::move(file));
  }
  return layers;
}

std::string packed_tar(const std::vector<archive::Layer>& layers) {
  std::string tar;
  archive::write_tar(layers, {}, [&](std::string_view bytes) { tar += bytes; });
  return tar;
}

}  // namespace app
