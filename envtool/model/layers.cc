#include "envtool/model/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "envtool/base/strings.h"
#include "envtool/doc/yaml.h"
#include "envtool/model/fields.h"
#include "envtool/patch/merge.h"

namespace model {
namespace {

using base::Error;

/// Follows `extends` depth first; `open_` holds the files on the way to the current one. Each file is read once, however many
/// ways lead to it.
class Loader {
 public:
  Loader(base::Sources& sources, const ReadText& read) : sources_(sources), read_(read) {}

  doc::Value load(const std::string& path, base::Span asked_at) {
    if (std::find(open_.begin(), open_.end(), path) != open_.end()) {
      throw Error(fmt::format("`{}` extends itself", path), asked_at).note("by way of " + base::join(open_, ", "));
    }
    if (const auto known = loaded_.find(path); known != loaded_.end()) return known->second;
    std::optional<std::string> text = read_(path);
    if (!text) throw Error(fmt::format("there is no file `{}`", path), asked_at);
    doc::Value layer = doc::read_yaml(sources_.add(path, std::move(*text)));
    if (layer.is_null()) layer = doc::Value(doc::Map());
    if (!layer.is_map()) throw Error(fmt::format("`{}` must hold a map, found {}", path, with_article(layer.kind())), layer.span());
    open_.push_back(path);
    doc::Value merged = patch::merge(parents(layer, path), layer);
    open_.pop_back();
    loaded_.emplace(path, merged);
    layers_.push_back(std::move(layer));
    return merged;
  }

  std::vector<doc::Value> take_layers() { return std::move(layers_); }

 private:
  /// Takes `extends` out of the layer and merges what it names.
  doc::Value parents(doc::Value& layer, const std::string& path) {
    doc::Value merged{doc::Map()};
    const doc::Value* extends = layer.find("extends");
    if (extends == nullptr) return merged;
    const doc::Value named = *extends;
    layer.as_map().erase("extends");
    for (const doc::Value& name : named.is_list() ? named.as_list() : doc::List{named}) {
      if (!name.is_string()) throw Error("`extends` takes a path or a list of paths", name.span());
      const auto parent = (std::filesystem::path(path).parent_path() / name.as_string()).lexically_normal();
      merged = patch::merge(std::move(merged), load(parent.string(), name.span()));
    }
    return merged;
  }

  base::Sources& sources_;
  const ReadText& read_;
  std::vector<std::string> open_;
  std::map<std::string, doc::Value> loaded_;
  std::vector<doc::Value> layers_;
};

struct Assignment {
  std::vector<std::string> path;
  doc::Value value;
  base::Span path_span;
};

/// Sets the field, nulls too: they take away what lies below the overlay.
void assign(doc::Value& overlay, Assignment assignment) {
  doc::Value* node = &overlay;
  for (const std::string& part : assignment.path) {
    if (!node->is_map()) *node = doc::Value(doc::Map()).set_span(assignment.path_span);
    doc::Value* next = node->find(part);
    node = next != nullptr ? next : &node->as_map().append(part, doc::Value(), assignment.path_span);
  }
  *node = std::move(assignment.value);
}

Assignment parse_assignment(const base::Source& source) {
  const std::string& text = source.text;
  const std::size_t equals = text.find('=');
  const auto span_of = [&](std::size_t begin, std::size_t end) {
    return base::Span{&source, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
  };
  std::vector<std::string> path = doc::split_path(text.substr(0, equals));
  if (equals == std::string::npos || std::find(path.begin(), path.end(), "") != path.end()) {
    throw Error(fmt::format("`{}` is no assignment", text), span_of(0, text.size())).hint("write PATH.TO.FIELD=VALUE");
  }
  doc::Value value = doc::plain_scalar(text.substr(equals + 1));
  value.set_span(span_of(equals + 1, text.size()));
  return {std::move(path), std::move(value), span_of(0, equals)};
}

}  // namespace

LayeredDefinition read_layers(base::Sources& sources, const std::string& path, const ReadText& read) {
  Loader loader(sources, read);
  doc::Value merged = loader.load(std::filesystem::path(path).lexically_normal().string(), {});
  return {std::move(merged), loader.take_layers()};
}

doc::Value load_layers(base::Sources& sources, const std::string& path, const ReadText& read) {
  return read_layers(sources, path, read).merged;
}

doc::Value parse_assignments(base::Sources& sources, const std::vector<std::string>& assignments) {
  doc::Value overlay{doc::Map()};
  for (const std::string& text : assignments) {
    assign(overlay, parse_assignment(sources.add("--set", text)));
  }
  return overlay;
}

}  // namespace model
