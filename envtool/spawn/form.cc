#include "envtool/spawn/form.h"

#include "envtool/spawn/template_text.h"

namespace spawn {
namespace {

constexpr const char* kForm = R"(<fieldset id="envtool-profiles" class="form-group">
{%- for profile in profile_list %}
<label class="form-control input-group" for="profile-item-{{ profile.slug|e }}">
  <input type="radio" name="profile" id="profile-item-{{ profile.slug|e }}" value="{{ profile.slug|e }}"{% if profile.default %} checked{% endif %}>
  <strong>{{ profile.display_name|e }}</strong>
  {%- if profile.description %}
  <span>{{ profile.description|e }}</span>
  {%- endif %}
</label>
{%- endfor %}
</fieldset>
)";

doc::Value form_value(const Profile& profile) {
  return doc::make_map({{"slug", profile.slug},
                        {"display_name", profile.display_name},
                        {"description", profile.description},
                        {"default", profile.is_default}});
}

}  // namespace

std::string render_form(const Config& config, base::Sources& sources) {
  if (config.profiles.empty()) return {};
  doc::List profiles;
  for (const Profile& profile : config.profiles) profiles.push_back(form_value(profile));
  Variables variables;
  variables.values.append("profile_list", std::move(profiles));
  const bool own = !config.profile_form_template.as_string().empty();
  return render_text(own ? template_of("profile_form_template", config.profile_form_template) : TemplateText{"the form", kForm, {}}, variables, sources);
}

}  // namespace spawn
