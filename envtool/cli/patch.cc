#include "envtool/patch/apply.h"

#include <fmt/format.h>

#include <algorithm>

#include "envtool/cli/command.h"
#include "envtool/cli/input.h"
#include "envtool/cli/print.h"
#include "envtool/cli/usage.h"
#include "envtool/doc/json.h"
#include "envtool/doc/yaml_documents.h"

namespace cli {
namespace {

enum class Form { yaml, json, name };

struct Options {
  std::vector<std::string> files;
  std::string text;
  std::string patch_file;
  std::vector<std::string> targeted;
  std::string target;
  patch::PatchType type = patch::PatchType::strategic;
  Form form = Form::yaml;
  bool local = false;
};

void check_object(const doc::Value& object) {
  const bool complete = !doc::text_at(object, "apiVersion").empty() && !doc::text_at(object, "kind").empty();
  if (!complete) throw base::Error("what is patched must be an object with `apiVersion` and `kind`", object.span());
}

/// Hands on the objects of a document: itself, or what is in it if it is a List.
template <typename Action>
void each_object(doc::Value document, Action&& action) {
  check_object(document);
  doc::Value* items = doc::text_at(document, "kind") == "List" ? document.find("items") : nullptr;
  if (items == nullptr || !items->is_list()) return action(std::move(document));
  for (doc::Value& item : items->as_list()) {
    check_object(item);
    action(std::move(item));
  }
}

/// `KIND`, `KIND/NAME` or nothing.
patch::Target parse_target(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  return {"", text.substr(0, slash), text.substr(std::min(slash + 1, text.size()))};
}

void check_form(const doc::Value& content, patch::PatchType type) {
  const bool wants_list = type == patch::PatchType::json;
  if (wants_list ? content.is_list() : content.is_map()) return;
  throw base::Error(wants_list ? "a JSON patch must be a list of operations" : "a patch must be a map", content.span());
}

patch::Patch targeted_patch(doc::Value content, patch::PatchType type) {
  check_form(content, type);
  const patch::Target target = patch::target_of(content);
  if (!target.kind.empty()) return {target, std::move(content), type};
  throw base::Error("a patch in `--patches` must name the `kind` of the objects it is for", content.span())
      .hint("for instance `{ kind: Pod, spec: ... }`; with `metadata: { name: ... }` it is for one object only");
}

std::vector<patch::Patch> read_patches(base::Sources& sources, const Options& options) {
  std::vector<patch::Patch> patches;
  for (doc::Value& content : read_documents(sources, options.targeted)) patches.push_back(targeted_patch(std::move(content), options.type));
  if (options.text.empty() && options.patch_file.empty()) return patches;
  doc::Value content =
      doc::read_yaml(options.text.empty() ? read_input(sources, options.patch_file) : sources.add("--patch", options.text), kInputLimits);
  check_form(content, options.type);
  patches.push_back({parse_target(options.target), std::move(content), options.type});
  return patches;
}

void check_options(const Options& options) {
  const bool single = !options.text.empty() || !options.patch_file.empty();
  if (!single && options.targeted.empty()) throw base::Error("there is no patch").hint("give one of `--patch`, `--patch-file` and `--patches`");
  if (!single && !options.target.empty()) throw base::Error("`--target` is for `--patch` and `--patch-file`: those in `--patches` name their objects");
  if (!options.targeted.empty() && options.type == patch::PatchType::json) {
    throw base::Error("JSON patches can't name the objects they are for").hint("give it as `--patch` or `--patch-file`, with `--target KIND/NAME`");
  }
}

/// `deployment.apps/web`, as kubectl names objects.
std::string name_of(const doc::Value& object) {
  std::string kind = doc::text_at(object, "kind");
  std::transform(kind.begin(), kind.end(), kind.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string version = doc::text_at(object, "apiVersion");
  const std::size_t slash = version.find('/');
  return fmt::format("{}{}/{}", kind, slash == std::string::npos ? "" : "." + version.substr(0, slash), doc::text_at(object, "metadata.name"));
}

std::string shown(const doc::Value& object, Form form) {
  if (form == Form::name) return name_of(object) + "\n";
  return form == Form::json ? doc::emit_json(object, doc::JsonStyle::indented) : doc::emit_yaml(object);
}

/// The results as text, one by one: their values together would be many times as large as the files.
std::vector<std::string> patched_texts(base::Sources& sources, const Options& options) {
  const std::vector<patch::Patch> patches = read_patches(sources, options);
  patch::Patching patching(patches);
  std::vector<std::string> texts;
  for (const std::string& file : options.files) {
    doc::YamlDocuments documents(read_input(sources, file), kInputLimits);
    while (std::optional<doc::Value> document = documents.next()) {
      each_object(std::move(*document), [&](doc::Value object) {
        if (const std::optional<doc::Value> result = patching.apply(std::move(object))) texts.push_back(shown(*result, options.form));
      });
    }
  }
  patching.finish();
  return texts;
}

int run(const Options& options) {
  base::Sources sources;
  const std::vector<std::string> texts = as_usage([&] {
    check_options(options);
    return patched_texts(sources, options);
  });
  for (const std::string& text : texts) {
    if (options.form == Form::yaml && texts.size() > 1) print_text("---\n");
    print_text(text);
  }
  return kDone;
}

void add_patch_options(CLI::App& command, Options& options) {
  auto* text = command.add_option("-p,--patch", options.text, "The patch, in JSON or YAML")->type_name("TEXT");
  command.add_option("--patch-file", options.patch_file, "File with the patch, or - for stdin")
      ->type_name("FILE")->check(file_or_stdin())->excludes(text);
  command.add_option("--target", options.target, "Patch only these objects (default: all)")->type_name("KIND[/NAME]");
  command.add_option("--patches", options.targeted, "File of patches, each for what its apiVersion, kind and metadata.name say")
      ->type_name("FILE")->check(file_or_stdin())->allow_extra_args(false);
}

}  // namespace

void setup_patch(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("patch", "Patch Kubernetes objects in files, as `kubectl patch --local` does");
  auto options = std::make_shared<Options>();
  command->add_option("-f,--filename", options->files, "File of objects in YAML or JSON, or - for stdin")
      ->type_name("FILE")->required()->check(file_or_stdin())->allow_extra_args(false);
  add_patch_options(*command, *options);
  command->add_option("--type", options->type, "Kind of patch: strategic, merge (RFC 7386) or json (RFC 6902)")
      ->type_name("TYPE")
      ->transform(one_of_enum<patch::PatchType>(
          {{"strategic", patch::PatchType::strategic}, {"merge", patch::PatchType::merge}, {"json", patch::PatchType::json}}))
      ->default_str("strategic");
  command->add_option("-o,--output", options->form, "Form of the result: yaml, json or name")
      ->type_name("FORM")
      ->transform(one_of_enum<Form>({{"yaml", Form::yaml}, {"json", Form::json}, {"name", Form::name}}))
      ->default_str("yaml");
  command->add_flag("--local", options->local, "Taken for kubectl's sake: no server is ever asked");
  command->footer(
      "Keys keep their order. A patch that matches no object is an error.\n\n"
      "Examples:\n"
      "  envtool patch -f deployment.yaml -p '{\"spec\": {\"replicas\": 3}}'\n"
      "  envtool patch -f all.yaml --patches patches.yaml -p '{\"metadata\": {\"namespace\": \"hub\"}}' | kubectl apply -f -\n"
      "  envtool patch -f all.yaml --type json --target Service/hub -p '[{\"op\": \"remove\", \"path\": \"/spec/ports/0\"}]'");
  command->callback([&action, options] { action = [options](Shell&) { return run(*options); }; });
}

}  // namespace cli
