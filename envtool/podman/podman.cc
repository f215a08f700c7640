#include "envtool/podman/podman.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/podman/arguments.h"

namespace podman {
namespace {

using base::Error;
constexpr std::size_t kLinesOfReport = 20;
constexpr int kInspectedTooLittle = 125;  ///< of `podman inspect` when some objects don't exist

/// How much longer than asked a stop may take: podman 4.3 waits for ever for a container whose monitor was killed.
constexpr std::chrono::seconds kHangs{15};

Labels labels_at(const doc::Value& value, std::string_view key) {
  Labels labels;
  const doc::Value* found = value.find(key);
  if (found == nullptr || !found->is_map()) return labels;
  for (const doc::Entry& entry : found->as_map()) {
    if (entry.value.is_string()) labels[entry.key] = entry.value.as_string();
  }
  return labels;
}

std::vector<std::string> texts_at(const doc::Value& value, std::string_view key) {
  std::vector<std::string> texts;
  const doc::Value* found = value.find(key);
  if (found == nullptr || !found->is_list()) return texts;
  for (const doc::Value& item : found->as_list()) {
    if (item.is_string()) texts.push_back(item.as_string());
  }
  return texts;
}

/// podman prints nothing, `null` or a list.
doc::List json_list(const std::string& text, std::string_view command) {
  if (base::trim(text).empty()) return {};
  try {
    doc::Value value = doc::parse_json(text, fmt::format("output of podman {}", command));
    if (value.is_null()) return {};
    if (value.is_list()) return std::move(value.as_list());
  } catch (const Error&) {
    // Said below, with what it printed.
  }
  constexpr std::size_t kMostShown = 200;
  const std::string_view first_line = base::trim(std::string_view(text).substr(0, text.find('\n')));
  throw Error(fmt::format("`podman {}` printed no list in JSON", command)).note(fmt::format("it printed `{}`", first_line.substr(0, kMostShown)));
}

/// Lines that podman prints on hosts without a system log or with control groups of version 1; they mean nothing here.
bool is_noise(const std::string& line) {
  constexpr std::array<std::string_view, 2> kNoise{"failed to connect to syslog", "Using cgroups-v1 which is deprecated"};
  return line.empty() || std::ranges::any_of(kNoise, [&](std::string_view text) { return line.find(text) != std::string::npos; });
}

std::string last_lines(const std::string& text) {
  std::vector<std::string> lines = base::split(text, '\n');
  std::erase_if(lines, is_noise);
  if (lines.size() > kLinesOfReport) lines.erase(lines.begin(), lines.end() - kLinesOfReport);
  return base::join(lines, "\n");
}

[[noreturn]] void fail(const sys::Command& command, const sys::Result& result) {
  const std::string verb = base::join({command.argv.begin(), command.argv.begin() + std::min<long>(3, std::ssize(command.argv))}, " ");
  if (result.stopped) throw Error(fmt::format("`{}` was interrupted", verb));
  if (result.timed_out) throw Error(fmt::format("`{}` took too long", verb));
  std::string report = last_lines(result.err.empty() ? result.out : result.err);
  Error error(fmt::format("`{}` failed with exit code {}", verb, result.exit_code));
  throw report.empty() ? error : std::move(error).note(std::move(report));
}

/// Whether a command failed because the object that it was for doesn't exist. A file that is missing is another matter.
bool says_absent(const sys::Result& result) {
  constexpr std::array<std::string_view, 6> kPhrases{"no such pod",   "no such volume",    "no such secret",
                                                     "no such image", "no such container", "image not known"};
  return !result.ok() && std::ranges::any_of(kPhrases, [&](std::string_view phrase) { return result.err.find(phrase) != std::string::npos; });
}

/// Cuts a stream into lines; keeps them for the report of a failure.
class Lines {
 public:
  explicit Lines(const OnLine& on_line) : on_line_(on_line) {}
  void add(std::string_view bytes) {
    kept_ += bytes;
    std::size_t end = 0;
    while ((end = kept_.find('\n', begin_)) != std::string::npos) {
      const std::string line = kept_.substr(begin_, end - begin_);
      if (on_line_ && !is_noise(line)) on_line_(line);
      begin_ = end + 1;
    }
    if (begin_ > kMostKept) {
      kept_.erase(0, begin_ - kMostKept / 2);
      begin_ = kMostKept / 2;
    }
  }
  const std::string& text() const { return kept_; }

 private:
  static constexpr std::size_t kMostKept = 1U << 16U;
  const OnLine& on_line_;
  std::string kept_;
  std::size_t begin_ = 0;
};

struct HostAddress {
  std::string ip;
  std::int64_t port = 0;
};

/// What an entry of `podman ps` publishes.
std::vector<HostAddress> published_by(const doc::Value& container) {
  std::vector<HostAddress> addresses;
  const doc::Value* list = container.find("Ports");
  if (list == nullptr || !list->is_list()) return addresses;
  for (const doc::Value& item : list->as_list()) {
    const doc::Value* port = item.find("host_port");
    if (port != nullptr && port->is_integer()) addresses.push_back({doc::text_at(item, "host_ip"), port->as_integer()});
  }
  return addresses;
}

void add_ports(const doc::Value& container, std::vector<PublishedPort>& ports) {
  const std::vector<std::string> names = texts_at(container, "Names");
  for (const HostAddress& address : published_by(container)) {
    ports.push_back({names.empty() ? "" : names.front(), doc::text_at(container, "PodName"), static_cast<std::uint16_t>(address.port)});
  }
}

/// `127.0.0.1:8000` for each port.
std::vector<std::string> addresses_of(const doc::Value& container) {
  std::vector<std::string> addresses;
  for (const auto& [ip, port] : published_by(container)) addresses.push_back(fmt::format("{}:{}", ip.empty() ? "0.0.0.0" : ip, port));
  return addresses;
}

/// The containers of a pod but for the infra container. Lists and inspections call the fields differently.
std::vector<Container> parse_containers(const doc::Value& pod, const std::string& infra, std::string_view name, std::string_view state) {
  std::vector<Container> containers;
  const doc::Value* list = pod.find("Containers");
  if (list == nullptr || !list->is_list()) return containers;
  for (const doc::Value& item : list->as_list()) {
    if (doc::text_at(item, "Id") != infra) containers.push_back({doc::text_at(item, "Id"), doc::text_at(item, name), doc::text_at(item, state)});
  }
  return containers;
}

/// How many of the objects that were to be inspected don't exist: podman prints a line for each.
std::size_t count_absent(const sys::Result& result) {
  const std::vector<std::string> lines = base::split(result.err, '\n');
  return std::ranges::count_if(lines, [](const std::string& line) { return line.find("no such object: ") != std::string::npos; });
}

/// Sorts what podman inspected by what it is. Without a value when something is none of what was asked for: podman takes a name
/// for that of a container, an image, a volume, a network or a pod, and the first of them hides the others.
std::optional<Inspected> sort_inspected(const doc::List& objects, const std::vector<std::string>& references, const std::string& pod) {
  Inspected inspected;
  for (const doc::Value& value : objects) {
    const std::vector<std::string> tags = texts_at(value, "RepoTags");
    if (std::ranges::find_first_of(tags, references) != tags.end()) {
      inspected.images.push_back({doc::text_at(value, "Id"), tags, labels_at(value, "Labels")});
    } else if (value.find("InfraContainerID") != nullptr && doc::text_at(value, "Name") == pod) {
      inspected.pod = Pod{doc::text_at(value, "Id"), pod, doc::text_at(value, "State"), labels_at(value, "Labels"),
                          parse_containers(value, doc::text_at(value, "InfraContainerID"), "Name", "State")};
    } else {
      return std::nullopt;
    }
  }
  return inspected;
}

}  // namespace

bool is_name_of_unfinished_build(std::string_view name) {
  constexpr std::string_view kRegistry = "docker.io/library/";
  constexpr std::string_view kEnd = "-tmp:latest";
  if (!name.starts_with(kRegistry) || !name.ends_with(kEnd) || name.size() != kRegistry.size() + 64 + kEnd.size()) return false;
  return name.substr(kRegistry.size(), 64).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_about_network(const base::Error& error) {
  const std::vector<std::string>& notes = error.diagnostics().back().notes;
  return std::ranges::any_of(notes, [](const std::string& note) { return note.find("rootless netns") != std::string::npos; });
}

std::string container_in_the_way(const base::Error& error) {
  constexpr std::string_view kBegin = "creating container storage: the container name \"";
  for (const std::string& note : error.diagnostics().back().notes) {
    const std::size_t at = note.find(kBegin);
    const std::size_t begin = at + kBegin.size();
    if (at != std::string::npos) return note.substr(begin, note.find('"', begin) - begin);
  }
  return "";
}

Podman::Podman(sys::Processes& processes, Launcher launcher) : processes_(processes), launcher_(std::move(launcher)) {}

sys::Command Podman::command(std::vector<std::string> arguments) const {
  sys::Command command;
  command.argv.push_back(launcher_.program);
  command.argv.insert(command.argv.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  command.environment = launcher_.environment;
  command.user = launcher_.user;
  command.directory = "/";  // a folder named like a missing image would be built from
  return command;
}

sys::Result Podman::run(std::vector<std::string> arguments, const sys::Io& io, std::stop_token stop) const {
  return processes_.run(command(std::move(arguments)), io, std::move(stop));
}

void Podman::run_checked(std::vector<std::string> arguments, const sys::Io& io, std::stop_token stop) const {
  const sys::Command line = command(std::move(arguments));
  const sys::Result result = processes_.run(line, io, std::move(stop));
  if (!result.ok()) fail(line, result);
}

std::string Podman::output(std::vector<std::string> arguments) const {
  const sys::Command line = command(std::move(arguments));
  sys::Result result = processes_.run(line, {}, {});
  if (!result.ok()) fail(line, result);
  return std::move(result.out);
}

std::string Podman::version() const {
  const std::string text = output({"--version"});
  const std::vector<std::string> words = base::words(text);
  if (words.size() < 3) throw Error(fmt::format("`podman --version` printed `{}`", base::trim(text)));
  return words[2];
}

Info Podman::info() const {
  const doc::Value value = doc::parse_json(output({"info", "--format", "json"}), "output of podman info");
  return {doc::text_at(value, "host.ociRuntime.name"), doc::text_at(value, "store.graphDriverName"), doc::text_at(value, "store.graphRoot")};
}

std::vector<Image> Podman::images() const {
  std::vector<Image> images;
  for (const doc::Value& value : json_list(output({"images", "--format", "json"}), "images")) {
    images.push_back({doc::text_at(value, "Id"), texts_at(value, "Names"), labels_at(value, "Labels")});
  }
  return images;
}

std::vector<Volume> Podman::volumes() const {
  std::vector<Volume> volumes;
  for (const doc::Value& value : json_list(output({"volume", "ls", "--format", "json"}), "volume ls")) {
    volumes.push_back({doc::text_at(value, "Name"), doc::text_at(value, "Mountpoint"), labels_at(value, "Labels")});
  }
  return volumes;
}

Inspected Podman::inspect(const std::vector<std::string>& references, const std::string& pod) const {
  std::vector<std::string> arguments{"inspect"};
  arguments.insert(arguments.end(), references.begin(), references.end());
  arguments.push_back(pod);
  const sys::Command line = command(std::move(arguments));
  const sys::Result result = processes_.run(line, {}, {});
  const std::size_t absent = result.exit_code == kInspectedTooLittle ? count_absent(result) : 0;
  if (!result.ok() && absent == 0) fail(line, result);
  const doc::List objects = json_list(result.out, "inspect");
  std::optional<Inspected> inspected = sort_inspected(objects, references, pod);
  const bool complete = inspected && objects.size() + absent == references.size() + 1;
  return complete ? std::move(*inspected) : Inspected{images(), find_pod(pod)};
}

std::optional<Pod> Podman::find_pod(const std::string& name) const {
  for (const doc::Value& value : json_list(output({"pod", "ps", "--format", "json", "--filter", "name=" + name}), "pod ps")) {
    if (doc::text_at(value, "Name") != name) continue;
    return Pod{doc::text_at(value, "Id"), name, doc::text_at(value, "Status"), labels_at(value, "Labels"),
               parse_containers(value, doc::text_at(value, "InfraId"), "Names", "Status")};
  }
  return std::nullopt;
}

std::vector<std::string> Podman::secrets() const {
  std::vector<std::string> names = base::split(output({"secret", "ls", "--format", "{{.Name}}"}), '\n');
  std::erase_if(names, [](const std::string& name) { return name.empty() || name == "NAME"; });
  return names;
}

std::vector<PublishedPort> Podman::published_ports() const {
  std::vector<PublishedPort> ports;
  for (const doc::Value& value : json_list(output({"ps", "--pod", "--format", "json"}), "ps")) add_ports(value, ports);
  return ports;
}

std::vector<ListedContainer> Podman::containers_with(const std::string& label) const {
  std::vector<ListedContainer> found;
  for (const doc::Value& value : json_list(output({"ps", "--all", "--pod", "--format", "json", "--filter", "label=" + label}), "ps")) {
    const std::string pod = doc::text_at(value, "PodName");
    const std::vector<std::string> names = texts_at(value, "Names");
    if (pod.empty() || names.empty()) continue;
    const doc::Value* started = value.find("StartedAt");
    found.push_back({{doc::text_at(value, "Id"), names.front(), doc::text_at(value, "State")}, pod, labels_at(value, "Labels"), addresses_of(value),
                     started != nullptr && started->is_integer() ? started->as_integer() : 0});
  }
  return found;
}

std::map<std::string, std::string> Podman::images_of_pod(const std::string& pod) const {
  std::map<std::string, std::string> images;
  for (const doc::Value& value : json_list(output({"ps", "--all", "--pod", "--format", "json", "--filter", "pod=" + pod}), "ps")) {
    if (doc::text_at(value, "PodName") != pod) continue;
    for (const std::string& name : texts_at(value, "Names")) images[name] = doc::text_at(value, "ImageID");
  }
  return images;
}

std::string Podman::volume_folder() const {
  std::string folder(base::trim(output({"info", "--format", "{{.Store.VolumePath}}"})));
  if (!folder.starts_with('/')) throw Error(fmt::format("`podman info` printed `{}` where the folder of its volumes was asked for", folder));
  return folder;
}

void Podman::build(const BuildRequest& request, const OnLine& on_line, std::stop_token stop) const {
  Lines lines(on_line);
  const sys::Sink sink = [&lines](std::string_view bytes) { lines.add(bytes); };
  const sys::Command line = command(build_words(request));
  sys::Result result = processes_.run(line, {request.context, sink, sink, std::nullopt}, std::move(stop));
  if (result.ok()) return;
  result.err = lines.text();
  fail(line, result);
}

void Podman::import_image(const std::filesystem::path& tar, const std::string& reference,
                          const std::vector<std::string>& changes, std::stop_token stop) const {
  run_checked(import_image_words(tar.string(), reference, changes), {}, std::move(stop));
}

void Podman::tag(const std::string& image, const std::string& reference) const { output({"tag", image, reference}); }

void Podman::remove_image(const std::string& reference) const { run_if_present(remove_image_words(reference)); }

std::string Podman::push_image(const std::string& reference, const std::string& destination, std::stop_token stop) const {
  const sys::Command line = command(push_image_words(reference, destination));
  const sys::Result result = processes_.run(line, {}, std::move(stop));
  if (!result.ok()) fail(line, result);
  std::string digest(base::trim(result.out));
  if (digest.starts_with("sha256:")) return digest;
  throw base::Error(fmt::format("podman pushed `{}` and told no digest", destination));
}

std::vector<std::string> Podman::history(const std::string& reference) const {
  const sys::Command line = command({"history", "--no-trunc", "--format", "{{.ID}}", reference});
  const sys::Result result = processes_.run(line, {}, {});
  if (!result.ok() && !says_absent(result)) fail(line, result);
  std::vector<std::string> ids = base::words(result.out);
  std::erase(ids, "<missing>");
  return ids;
}

std::vector<WorkingContainer> Podman::working_containers() const {
  std::vector<WorkingContainer> found;
  for (const doc::Value& value : json_list(output({"ps", "--all", "--external", "--format", "json"}), "ps")) {
    if (texts_at(value, "Command") == std::vector<std::string>{"buildah"}) found.push_back({doc::text_at(value, "Id"), doc::text_at(value, "ImageID")});
  }
  return found;
}

void Podman::remove_container(const std::string& id) const { run_if_present({"rm", "--force", id}); }

void Podman::create_volume(const std::string& name, const Labels& labels) const {
  output(create_volume_words(name, labels));
}

void Podman::import_volume(const std::string& name, const sys::Feed& tar, std::stop_token stop) const {
  run_checked(import_volume_words(name), {tar, {}, {}, std::nullopt}, std::move(stop));
}

void Podman::export_volume(const std::string& name, const sys::Sink& sink, std::stop_token stop) const {
  run_checked(export_volume_words(name), {{}, sink, {}, std::nullopt}, std::move(stop));
}

/// Runs what removes something; that there was nothing to remove is no failure. Returns whether there was.
bool Podman::run_if_present(std::vector<std::string> arguments) const {
  const sys::Command line = command(std::move(arguments));
  const sys::Result result = processes_.run(line, {}, {});
  if (result.ok()) return true;
  if (!says_absent(result)) fail(line, result);
  return false;
}

void Podman::remove_volume(const std::string& name) const { run_if_present(remove_volume_words(name)); }

void Podman::remove_secret(const std::string& name) const { run_if_present(remove_secret_words(name)); }

void Podman::play(const PlayRequest& request, std::stop_token stop) const {
  run_checked(play_words(request), {}, std::move(stop));
}

void Podman::remove_pod(const std::string& name, std::chrono::seconds grace) const {
  const sys::Command stop = command(stop_pod_words(name, grace));
  if (says_absent(processes_.run(stop, {{}, {}, {}, grace + kHangs}, {}))) return;
  // podman fails to stop a container whose monitor was killed, and notices what happened while it tries.
  run_if_present(remove_pod_words(name));
}

bool Podman::remove_unfinished_network() const { return processes_.run(command(remove_unfinished_network_words()), {}, {}).ok(); }

void Podman::start_pod(const std::string& name) const { output({"pod", "start", name}); }

void Podman::stop_pod(const std::string& name, std::chrono::seconds grace) const { output(stop_pod_words(name, grace)); }

void Podman::free_ports(const std::string& pod) const {
  const std::string infra(base::trim(output({"pod", "inspect", "--format", "{{.InfraContainerID}}", pod})));
  output({"stop", "--time", "1", infra});
}

void Podman::restart_container(const std::string& name, std::chrono::seconds grace) const { output(restart_container_words(name, grace)); }

sys::Result Podman::exec(const std::string& container, const std::vector<std::string>& command, std::stop_token stop) const {
  std::vector<std::string> arguments{"exec", container};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run(std::move(arguments), {}, std::move(stop));
}

sys::Result Podman::exec_with_input(const std::string& container, const std::vector<std::string>& command, const std::string& input,
                                    std::stop_token stop) const {
  std::vector<std::string> arguments{"exec", "--interactive", container};
  arguments.insert(arguments.end(), command.begin(), command.end());
  const sys::Io io{[&input](const sys::Sink& sink) { sink(input); }, {}, {}, {}};
  return run(std::move(arguments), io, std::move(stop));
}

std::string Podman::container_state(const std::string& container) const {
  const sys::Result result = run({"container", "inspect", "--format", "{{.State.Status}}", container}, {}, {});
  return result.ok() ? std::string(base::trim(result.out)) : "";
}

std::string Podman::logs(const std::string& container, int lines) const {
  const sys::Result result = run({"logs", "--tail", std::to_string(lines), container}, {}, {});
  return last_lines(result.out + result.err);
}

std::string Podman::logs_since(const std::string& container, std::time_t since) const {
  const sys::Result result = run({"logs", "--since", std::to_string(since), container}, {}, {});
  return result.out + result.err;
}

int Podman::run_foreground(std::vector<std::string> arguments) const {
  return processes_.run_foreground(command(std::move(arguments)));
}

}  // namespace podman
