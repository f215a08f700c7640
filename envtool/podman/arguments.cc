#include "envtool/podman/arguments.h"

namespace podman {
namespace {

void append(Words& words, std::initializer_list<std::string> more) { words.insert(words.end(), more); }

void append_pairs(Words& words, const std::string& option, const std::map<std::string, std::string>& pairs) {
  for (const auto& [key, value] : pairs) append(words, {option, key + "=" + value});
}

/// Whether a registry is one that Docker, too, takes plain HTTP from.
bool is_on_this_machine(std::string_view destination) {
  const std::string_view host = destination.substr(0, destination.find_first_of(":/"));
  return host == "localhost" || host.starts_with("127.");
}

}  // namespace

Words build_words(const BuildRequest& request) {
  Words words{"build", "--tag", request.reference, "--file", request.containerfile};
  if (!request.target.empty()) append(words, {"--target", request.target});
  append_pairs(words, "--build-arg", request.arguments);
  append_pairs(words, "--label", request.labels);
  for (const std::string& volume : request.volumes) append(words, {"--volume", volume});
  append(words, {"-"});
  return words;
}

Words import_image_words(const std::string& tar, const std::string& reference, const std::vector<std::string>& changes) {
  Words words{"import", "--quiet"};
  for (const std::string& change : changes) append(words, {"--change", change});
  append(words, {tar, reference});
  return words;
}

Words remove_image_words(const std::string& reference) { return {"rmi", reference}; }

Words push_image_words(const std::string& reference, const std::string& destination) {
  Words words{"push", "--quiet", "--digestfile", "/dev/stdout"};
  if (is_on_this_machine(destination)) words.emplace_back("--tls-verify=false");
  append(words, {reference, destination});
  return words;
}

/// What podman knows of the network is a mount and, made after it, a folder. Without the folder, all is to be made anew: the mount goes,
/// and the process that connects it to the machine's network.
Words remove_unfinished_network_words() {
  constexpr const char* kScript = R"(
[ ! -d "$XDG_RUNTIME_DIR/libpod/tmp/rootless-netns/run" ] || exit 1
for network in "$XDG_RUNTIME_DIR"/netns/rootless-netns-*; do
  [ -e "$network" ] || exit 1
  for process in /proc/[0-9]*; do
    case $(tr '\0' ' ' < "$process/cmdline" 2>/dev/null) in
      *slirp4netns*" $network "*) kill "${process#/proc/}" ;;
    esac
  done
  umount -l "$network"
  rm -f "$network"
done
)";
  return {"unshare", "sh", "-c", kScript};
}

Words create_volume_words(const std::string& name, const Labels& labels) {
  Words words{"volume", "create"};
  append_pairs(words, "--label", labels);
  append(words, {name});
  return words;
}

Words import_volume_words(const std::string& name) { return {"volume", "import", name, "-"}; }

Words export_volume_words(const std::string& name) { return {"volume", "export", name}; }

Words remove_volume_words(const std::string& name) { return {"volume", "rm", name}; }

Words remove_secret_words(const std::string& name) { return {"secret", "rm", name}; }

Words play_words(const PlayRequest& request) {
  Words words{"kube", "play", "--quiet", "--build=false"};
  if (request.start == Start::later) append(words, {"--start=false"});
  for (const auto& file : request.config_maps) append(words, {"--configmap", file.string()});
  if (!request.network.empty()) append(words, {"--network", request.network});
  append(words, {request.manifest.string()});
  return words;
}

Words stop_pod_words(const std::string& name, std::chrono::seconds grace) {
  return {"pod", "stop", "--time", std::to_string(grace.count()), name};
}

Words remove_pod_words(const std::string& name) { return {"pod", "rm", "--force", name}; }

Words restart_container_words(const std::string& name, std::chrono::seconds grace) {
  return {"restart", "--time", std::to_string(grace.count()), name};
}

}  // namespace podman
