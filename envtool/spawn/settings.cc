#include "envtool/spawn/settings.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string_view>

#include "envtool/tmpl/numbers.h"

namespace spawn {
namespace {

using doc::Value;
using model::Fields;

constexpr std::uint32_t kMostPort = 65535;
constexpr std::uint32_t kMostSeconds = 7 * 24 * 3600;

/// Traits that the spawner fixes.
struct Fixed {
  std::string_view key;
  std::string_view reason;
};
constexpr Fixed kFixed[] = {{"ip", "servers listen on 0.0.0.0, or no Ingress could reach them"},
                            {"disable_user_config", "it does nothing for a server in a container"},
                            {"env_keep", "nothing of the hub's own environment goes to other clusters"}};

void refuse_fixed(Fields& fields) {
  for (const Fixed& fixed : kFixed) {
    if (!fields.has(fixed.key)) continue;
    fields.node(fixed.key);
    fields.error(fmt::format("`{}` can't be set in {}", fixed.key, fields.where()), fields.span_of(fixed.key))
        .hints.emplace_back(fixed.reason);
  }
}

void report(Fields& fields, std::string_view key, std::string_view expected, const Value& found, std::string_view hint = {}) {
  base::Diagnostic& problem = fields.error(fmt::format("`{}` in {} must be {}", key, fields.where(), expected), found.span());
  if (!hint.empty()) problem.hints.emplace_back(hint);
}

/// Bytes of one of the suffixes that JupyterHub knows; 0 for another one.
std::int64_t unit_of(char suffix) {
  const std::size_t power = std::string_view("KMGT").find(suffix);
  return power == std::string_view::npos ? 0 : std::int64_t{1} << (10 * (power + 1));
}

/// `1.5G` in bytes, or nothing if the text is none or too much.
std::optional<std::int64_t> parse_memory(std::string_view text) {
  if (text.size() < 2 || unit_of(text.back()) == 0) return std::nullopt;
  const std::optional<double> number = tmpl::parse_real(text.substr(0, text.size() - 1));
  if (!number) return std::nullopt;
  const double bytes = *number * static_cast<double>(unit_of(text.back()));
  const bool fits = bytes >= 0 && bytes < static_cast<double>(std::numeric_limits<std::int64_t>::max());
  return fits ? std::optional(static_cast<std::int64_t>(bytes)) : std::nullopt;
}

std::optional<std::int64_t> memory_of(const Value& value) {
  if (value.is_integer() && value.as_integer() >= 0) return value.as_integer();
  return value.is_string() ? parse_memory(value.as_string()) : std::nullopt;
}

/// A number that null takes away; 0 is as good as none.
template <typename Number, typename Read>
std::optional<Number> amount_or(Fields& fields, std::string_view key, std::optional<Number> fallback, const Read& read) {
  const Value* value = fields.node(key);
  if (value == nullptr) return fallback;
  if (value->is_null()) return std::nullopt;
  const std::optional<Number> amount = read(*value);
  return amount && *amount == Number{} ? std::nullopt : amount;
}

std::optional<std::int64_t> memory_or(Fields& fields, std::string_view key, std::optional<std::int64_t> fallback) {
  return amount_or<std::int64_t>(fields, key, fallback, [&](const Value& value) {
    const std::optional<std::int64_t> bytes = memory_of(value);
    if (!bytes) {
      report(fields, key, "a number of bytes, or a string like `512M` or `1.5G`", value,
             "the suffixes are K, M, G and T; `1G` is 1024 * 1024 * 1024 bytes");
    }
    return bytes;
  });
}

std::optional<double> cores_or(Fields& fields, std::string_view key, std::optional<double> fallback) {
  return amount_or<double>(fields, key, fallback, [&](const Value& value) -> std::optional<double> {
    if (value.is_number() && std::isfinite(value.as_real()) && value.as_real() >= 0) return value.as_real();
    report(fields, key, "a number of cores, like 2 or 0.5", value);
    return std::nullopt;
  });
}

template <typename Number>
void check_order(Fields& fields, std::string_view guarantee, std::optional<Number> least, std::string_view limit, std::optional<Number> most) {
  if (!least || !most || *least <= *most || !(fields.has(guarantee) || fields.has(limit))) return;
  fields.error(fmt::format("`{}` in {} is more than `{}`", guarantee, fields.where(), limit),
               fields.span_of(fields.has(guarantee) ? guarantee : limit));
}

std::vector<std::string> texts_or(Fields& fields, std::string_view key, std::vector<std::string> fallback) {
  return fields.node(key) == nullptr ? std::move(fallback) : fields.texts(key);
}

/// A list, or a string that stands for a list of one.
std::vector<std::string> command_or(Fields& fields, std::string_view key, std::vector<std::string> fallback) {
  const Value* value = fields.node(key);
  if (value != nullptr && value->is_string()) return {value->as_string()};
  return texts_or(fields, key, std::move(fallback));
}

/// `name` of `key` must be a string: a number would lose how it was written.
bool is_text(Fields& fields, std::string_view key, const doc::Entry& entry) {
  if (entry.value.is_string()) return true;
  base::Diagnostic& problem = fields.error(
      fmt::format("`{}.{}` in {} must be a string, found {}", key, entry.key, fields.where(), model::with_article(entry.value.kind())),
      entry.value.span() ? entry.value.span() : entry.key_span);
  if (entry.value.is_scalar() && !entry.value.is_null()) problem.hints.emplace_back("put it in quotes");
  return false;
}

doc::Map environment_or(Fields& fields, doc::Map fallback) {
  if (fields.node("environment") == nullptr) return fallback;
  doc::Map environment;
  for (const doc::Entry& entry : fields.map("environment")) {
    if (entry.key.empty() || entry.key.find('=') != std::string::npos) {
      fields.error(fmt::format("`{}` can't be the name of an environment variable", entry.key), entry.key_span);
    } else if (is_text(fields, "environment", entry)) {
      environment.set(entry.key, entry.value);
    }
  }
  return environment;
}

Templates templates_or(Fields& fields, std::string_view key, Templates fallback) {
  const Value* value = fields.node(key);
  if (value == nullptr) return fallback;
  if (value->is_list()) {
    report(fields, key, "a map of templates, found a list", *value, "name each one: they are sorted by their names, like `01-memory`");
    return fallback;
  }
  Templates templates;
  for (const doc::Entry& entry : fields.map(key)) {
    if (is_text(fields, key, entry)) templates.emplace(entry.key, entry.value);
  }
  return templates;
}

std::uint32_t port_or(Fields& fields, std::uint32_t fallback) {
  const std::uint32_t port = fields.number_or("port", fallback, kMostPort);
  if (port != 0) return port;
  fields.error(fmt::format("`port` in {} must be from 1 to {}, found 0", fields.where(), kMostPort), fields.span_of("port"));
  return fallback;
}

/// Contexts and URLs stand on command lines and in headers: one line each.
std::string line_or(Fields& fields, std::string_view key, std::string fallback) {
  std::string text = fields.text_or(key, std::move(fallback));
  const bool one_line = text.find_first_of(std::string_view("\0\n\r", 3)) == std::string::npos;
  if (!one_line) fields.error(fmt::format("`{}` in {} must be one line", key, fields.where()), fields.span_of(key));
  return text;
}

std::string image_or(Fields& fields, std::string fallback) {
  std::string image = fields.text_or("image", std::move(fallback));
  if (image.empty() && fields.has("image")) fields.error(fmt::format("`image` in {} is empty", fields.where()), fields.span_of("image"));
  return image;
}

void decode_amounts(Fields& fields, Settings& settings) {
  settings.mem_limit = memory_or(fields, "mem_limit", settings.mem_limit);
  settings.mem_guarantee = memory_or(fields, "mem_guarantee", settings.mem_guarantee);
  settings.cpu_limit = cores_or(fields, "cpu_limit", settings.cpu_limit);
  settings.cpu_guarantee = cores_or(fields, "cpu_guarantee", settings.cpu_guarantee);
  check_order(fields, "mem_guarantee", settings.mem_guarantee, "mem_limit", settings.mem_limit);
  check_order(fields, "cpu_guarantee", settings.cpu_guarantee, "cpu_limit", settings.cpu_limit);
}

}  // namespace

Settings decode_settings(Fields& fields, Settings base) {
  Settings settings = std::move(base);
  refuse_fixed(fields);
  for (const auto& [key, member] : {std::pair("kubernetes_context", &Settings::kubernetes_context),
                                    {"ingress_public_url", &Settings::ingress_public_url},
                                    {"ingress_class", &Settings::ingress_class},
                                    {"ingress_host", &Settings::ingress_host},
                                    {"default_url", &Settings::default_url},
                                    {"notebook_dir", &Settings::notebook_dir},
                                    {"hub_connect_url", &Settings::hub_connect_url}}) {
    settings.*member = line_or(fields, key, std::move(settings.*member));
  }
  settings.image = image_or(fields, std::move(settings.image));
  settings.port = port_or(fields, settings.port);
  settings.cmd = command_or(fields, "cmd", std::move(settings.cmd));
  settings.args = texts_or(fields, "args", std::move(settings.args));
  settings.environment = environment_or(fields, std::move(settings.environment));
  decode_amounts(fields, settings);
  settings.resources = templates_or(fields, "resources", std::move(settings.resources));
  settings.patches = templates_or(fields, "patches", std::move(settings.patches));
  settings.create_namespace = fields.boolean_or("create_namespace", settings.create_namespace);
  settings.debug = fields.boolean_or("debug", settings.debug);
  settings.start_timeout = fields.number_or("start_timeout", settings.start_timeout, kMostSeconds);
  return settings;
}

}  // namespace spawn
