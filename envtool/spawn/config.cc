#include "envtool/spawn/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "envtool/patch/names.h"

namespace spawn {
namespace {

using doc::Value;
using model::Fields;

constexpr std::string_view kKeyTemplate = "jupyter-{{username}}--{{servername}}";
constexpr std::string_view kNamespaceTemplate = "jupyter-{{username}}";

Value text_node(Fields& fields, std::string_view key, std::string_view fallback) {
  const std::string text = fields.text_or(key, std::string(fallback));
  return Value(text).set_span(fields.has(key) ? fields.span_of(key) : base::Span());
}

/// Names of objects are made before anybody chooses a profile.
void refuse_names(Fields& fields) {
  for (const std::string_view key : {"key_template", "namespace_template"}) {
    if (!fields.has(key)) continue;
    fields.node(key);
    fields.error(fmt::format("`{}` can't be set in {}", key, fields.where()), fields.span_of(key))
        .hints.emplace_back("names are made before a profile is chosen: set it for all servers");
  }
}

Settings decode_override(const Value* value, const std::string& profile, const Settings& base, base::Diagnostics& problems) {
  if (value == nullptr) return base;
  Fields fields(*value, fmt::format("`spawner_override` of profile `{}`", profile), problems);
  refuse_names(fields);
  Settings settings = decode_settings(fields, base);
  fields.finish();
  return settings;
}

Profile decode_profile(const Value& value, const Settings& base, base::Diagnostics& problems) {
  Profile profile;
  Fields fields(value, "a profile", problems);
  profile.span = fields.span();
  profile.display_name = fields.text("display_name");
  profile.slug = fields.text_or("slug", patch::escape(profile.display_name));
  profile.description = fields.text_or("description", "");
  profile.is_default = fields.boolean_or("default", false);
  profile.settings = decode_override(fields.node("spawner_override"), profile.slug, base, problems);
  fields.finish();
  return profile;
}

void check_profiles(const std::vector<Profile>& profiles, base::Diagnostics& problems) {
  const Profile* chosen = nullptr;
  for (auto profile = profiles.begin(); profile != profiles.end(); ++profile) {
    const auto same = [&](const Profile& other) { return other.slug == profile->slug; };
    if (!profile->slug.empty() && std::find_if(profiles.begin(), profile, same) != profile) {
      problems.error(fmt::format("two profiles have the slug `{}`", profile->slug), profile->span);
    }
    if (!profile->is_default) continue;
    if (chosen != nullptr) {
      problems.error(fmt::format("two profiles are the default, `{}` and `{}`", chosen->slug, profile->slug), profile->span);
    }
    chosen = &*profile;
  }
}

Hub decode_hub(const Value* value, base::Diagnostics& problems) {
  Hub hub;
  if (value == nullptr) return hub;
  Fields fields(*value, "`hub`", problems);
  hub.base_url = fields.text_or("base_url", hub.base_url);
  hub.public_url = fields.text_or("public_url", hub.public_url);
  if (!hub.base_url.starts_with('/') || !hub.base_url.ends_with('/')) {
    fields.error("`base_url` in `hub` must begin and end with `/`", fields.span_of("base_url"));
  }
  fields.finish();
  return hub;
}

}  // namespace

Config decode(const Value& file, base::Diagnostics& problems) {
  Config config;
  Fields fields(file, "the spawner's configuration", problems);
  config.settings = decode_settings(fields, {});
  config.key_template = text_node(fields, "key_template", kKeyTemplate);
  config.namespace_template = text_node(fields, "namespace_template", kNamespaceTemplate);
  config.profile_form_template = text_node(fields, "profile_form_template", "");
  for (const Value& profile : fields.list("profile_list")) config.profiles.push_back(decode_profile(profile, config.settings, problems));
  check_profiles(config.profiles, problems);
  config.hub = decode_hub(fields.node("hub"), problems);
  fields.finish();
  return config;
}

}  // namespace spawn
