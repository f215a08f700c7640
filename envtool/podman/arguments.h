// The words that follow `podman` on its command line, one function per verb. Pure, so that what is shown is what is run.
#pragma once

#include <string>
#include <vector>

#include "envtool/podman/podman.h"

namespace podman {

using Words = std::vector<std::string>;

/// The context comes on stdin.
Words build_words(const BuildRequest& request);
/// `tar` may be `-` for stdin.
Words import_image_words(const std::string& tar, const std::string& reference, const std::vector<std::string>& changes);
Words remove_image_words(const std::string& reference);
/// The digest goes to stdout. A registry on this machine may speak plain HTTP.
Words push_image_words(const std::string& reference, const std::string& destination);

Words remove_unfinished_network_words();
Words create_volume_words(const std::string& name, const Labels& labels);
/// The tar comes on stdin.
Words import_volume_words(const std::string& name);
/// The tar goes to stdout.
Words export_volume_words(const std::string& name);
Words remove_volume_words(const std::string& name);
Words remove_secret_words(const std::string& name);

Words play_words(const PlayRequest& request);
Words stop_pod_words(const std::string& name, std::chrono::seconds grace);
Words remove_pod_words(const std::string& name);
Words restart_container_words(const std::string& name, std::chrono::seconds grace);

}  // namespace podman
