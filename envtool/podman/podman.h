// podman's commands as functions. Knows nothing of environments and steps.
//
// Every function starts podman once and throws base::Error, with podman's own words, when it fails. May be used from
// several threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "envtool/base/error.h"
#include "envtool/sys/file.h"
#include "envtool/sys/process.h"

namespace podman {

using Labels = std::map<std::string, std::string>;

struct Image {
  std::string id;
  std::vector<std::string> names;
  Labels labels;
};

struct Volume {
  std::string name;
  std::string mount_point;
  Labels labels;
};

struct Container {
  std::string id;
  std::string name;
  std::string state;  ///< `running`, `exited`, `created`, ...
};

/// What a build works in; one that was cut off stays, and holds the image that it was to build on.
struct WorkingContainer {
  std::string id;
  std::string image;  ///< an id
};

struct Pod {
  std::string id;
  std::string name;
  std::string state;  ///< `Running`, `Degraded`, `Exited`, `Created`, ...
  Labels labels;
  std::vector<Container> containers;  ///< without the infra container
};

/// Whether `podman build` gives an image this name until it may have its own, as buildah names what it commits:
/// `docker.io/library/`, 64 hexadecimal digits and `-tmp:latest`. A build that is cut off leaves it behind.
bool is_name_of_unfinished_build(std::string_view name);

/// Whether podman failed for a network that `Podman::remove_unfinished_network` may mend.
bool is_about_network(const base::Error& error);

/// The name of a container whose storage alone is there and in the way: podman was killed between making that and noting the
/// container. Empty if podman failed for something else.
std::string container_in_the_way(const base::Error& error);

/// What there is of some images and one pod.
struct Inspected {
  std::vector<Image> images;  ///< an image that was asked for by two names may come twice
  std::optional<Pod> pod;
};

struct BuildRequest {
  std::string reference;
  sys::Feed context;  ///< a tar stream
  std::string containerfile;
  std::string target;
  std::map<std::string, std::string> arguments;
  Labels labels;
  std::vector<std::string> volumes;  ///< HOST:CONTAINER:OPTIONS mounts during the build
};

/// A pod that is started later takes no ports until then.
enum class Start { at_once, later };

struct PlayRequest {
  std::filesystem::path manifest;
  std::vector<std::filesystem::path> config_maps;
  std::string network = "";  ///< empty: podman's default
  Start start = Start::at_once;
};

/// What podman says of itself.
struct Info {
  std::string runtime;         ///< the OCI runtime: `crun`, `runc`, ...
  std::string storage_driver;  ///< `overlay`, `vfs`, ...
  std::string storage_root;    ///< the folder that holds images, containers and volumes
};

struct PublishedPort {
  std::string container;
  std::string pod;  ///< its name; empty for a container by itself
  std::uint16_t host_port = 0;
};

/// A container of a pod, as a list of many shows it.
struct ListedContainer {
  Container container;
  std::string pod;  ///< its name
  Labels labels;
  std::vector<std::string> addresses;  ///< that its pod publishes on this machine: `127.0.0.1:8000`
  std::int64_t started_at = 0;         ///< seconds since 1970
};

/// How podman is started.
struct Launcher {
  std::string program = "podman";
  std::optional<sys::User> user;  ///< another account than this process's own
  std::optional<std::vector<std::string>> environment;
};

/// What is called for each line that podman prints while it works.
using OnLine = std::function<void(const std::string& line)>;

class Podman {
 public:
  /// `processes` must outlive this.
  Podman(sys::Processes& processes, Launcher launcher);

  /// `4.3.1`.
  std::string version() const;
  /// An account's first call of this makes its storage.
  Info info() const;

  std::vector<Image> images() const;
  std::vector<Volume> volumes() const;
  /// The images of these references and the pod of this name, as far as they are there, in one process instead of two that list
  /// all there is.
  Inspected inspect(const std::vector<std::string>& references, const std::string& pod) const;
  /// The pod of this name, or nothing.
  std::optional<Pod> find_pod(const std::string& name) const;
  std::vector<std::string> secrets() const;
  /// The ports of containers that run.
  std::vector<PublishedPort> published_ports() const;
  /// The containers of pods that have this label, whatever its value and whatever their state.
  std::vector<ListedContainer> containers_with(const std::string& label) const;
  /// The ids of the images that a pod's containers run, by the containers' names. Empty if there is no such pod.
  std::map<std::string, std::string> images_of_pod(const std::string& pod) const;
  /// Where volumes are kept, an absolute path: a volume `v` of the local driver is at `<folder>/v/_data`.
  std::string volume_folder() const;

  void build(const BuildRequest& request, const OnLine& on_line, std::stop_token stop) const;
  /// Makes an image of a root filesystem. `changes` are Containerfile instructions.
  void import_image(const std::filesystem::path& tar, const std::string& reference, const std::vector<std::string>& changes,
                    std::stop_token stop) const;
  void tag(const std::string& image, const std::string& reference) const;
  void remove_image(const std::string& reference) const;
  /// Copies an image into a registry; returns its digest there, `sha256:...`, by which clusters pull it.
  std::string push_image(const std::string& reference, const std::string& destination, std::stop_token stop) const;
  /// The ids of the images that an image was built on here, step by step, and its own. Empty if there is no such image.
  std::vector<std::string> history(const std::string& reference) const;
  std::vector<WorkingContainer> working_containers() const;
  void remove_container(const std::string& id) const;

  void create_volume(const std::string& name, const Labels& labels) const;
  /// Unpacks a tar stream into a volume, over what is there.
  void import_volume(const std::string& name, const sys::Feed& tar, std::stop_token stop) const;
  void export_volume(const std::string& name, const sys::Sink& sink, std::stop_token stop) const;
  /// Nothing happens if there is none.
  void remove_volume(const std::string& name) const;
  void remove_secret(const std::string& name) const;

  /// Files must be readable for podman's user. Never builds images by itself.
  void play(const PlayRequest& request, std::stop_token stop) const;
  /// Stops with a grace period, then removes the pod with its containers. Nothing happens if there is none. A half-made pod
  /// that can't be stopped is removed all the same.
  /// Takes away the network of rootless pods if podman was killed while it made it: podman 4 takes it for good from then on, and fails to
  /// start every pod. Returns whether there was such a network.
  bool remove_unfinished_network() const;
  void remove_pod(const std::string& name, std::chrono::seconds grace) const;

  void start_pod(const std::string& name) const;
  void stop_pod(const std::string& name, std::chrono::seconds grace) const;
  /// Ends what holds a pod's ports; its containers run on, where nobody reaches them, until the pod is stopped.
  void free_ports(const std::string& pod) const;

  /// Stops and starts one container of a pod; what it mounts is looked up anew.
  void restart_container(const std::string& name, std::chrono::seconds grace) const;

  /// Runs a command in a container; a failure of the command is in the result.
  sys::Result exec(const std::string& container, const std::vector<std::string>& command, std::stop_token stop) const;
  /// As above; the command reads `input` on its standard input, where nobody else sees it.
  sys::Result exec_with_input(const std::string& container, const std::vector<std::string>& command, const std::string& input,
                              std::stop_token stop) const;
  /// `running`, `exited`, ...; empty if there is no such container.
  std::string container_state(const std::string& container) const;
  /// The last lines of a container's log.
  std::string logs(const std::string& container, int lines) const;
  /// What a container has logged since then, in full.
  std::string logs_since(const std::string& container, std::time_t since) const;

  /// With this process's terminal; the exit code.
  int run_foreground(std::vector<std::string> arguments) const;
  /// The command line that would run, for messages.
  sys::Command command(std::vector<std::string> arguments) const;

  const Launcher& launcher() const { return launcher_; }
  const std::optional<sys::User>& user() const { return launcher_.user; }

 private:
  std::string output(std::vector<std::string> arguments) const;
  sys::Result run(std::vector<std::string> arguments, const sys::Io& io, std::stop_token stop) const;
  void run_checked(std::vector<std::string> arguments, const sys::Io& io, std::stop_token stop) const;
  bool run_if_present(std::vector<std::string> arguments) const;

  sys::Processes& processes_;
  Launcher launcher_;
};

}  // namespace podman
