#include "envtool/app/containers.h"

#include "envtool/sys/fd.h"

namespace app {
namespace {

kube::ExecOptions options_for(const std::string& container, const std::vector<std::string>& command) {
  kube::ExecOptions options;
  options.container = container;
  options.command = command;
  return options;
}

}  // namespace

sys::Result PodmanContainers::exec(const std::string& container, const std::vector<std::string>& command, std::stop_token stop) const {
  return podman_.exec(env_.container(container), command, std::move(stop));
}

sys::Result PodmanContainers::exec_with_line(const std::string& container, const std::vector<std::string>& command, const std::string& input,
                                             std::stop_token stop) const {
  return podman_.exec_with_input(env_.container(container), command, input + "\n", std::move(stop));
}

std::string PodmanContainers::logs_since(const std::string& container, std::time_t since) const {
  return podman_.logs_since(env_.container(container), since);
}

sys::Result ClusterContainers::exec(const std::string& container, const std::vector<std::string>& command, std::stop_token stop) const {
  return run(options_for(container, command), std::move(stop));
}

sys::Result ClusterContainers::exec_with_line(const std::string& container, const std::vector<std::string>& command, const std::string& input,
                                              std::stop_token stop) const {
  const sys::Fd line = sys::open_bytes(input + "\n");
  kube::ExecOptions options = options_for(container, command);
  options.input = line.get();
  return run(std::move(options), std::move(stop));
}

/// What an error says besides its reason is the command, which may be a whole program.
sys::Result ClusterContainers::run(kube::ExecOptions options, std::stop_token stop) const {
  sys::Result result;
  options.on_out = [&result](std::string_view bytes) { result.out += bytes; };
  options.on_err = [&result](std::string_view bytes) { result.err += bytes; };
  try {
    result.exit_code = client_.exec(pod_, options, std::move(stop));
  } catch (const base::Error& error) {
    base::Diagnostic why = error.diagnostics().front();
    why.notes.clear();
    throw base::Error(std::move(why));
  }
  return result;
}

std::string ClusterContainers::logs_since(const std::string& container, std::time_t since) const {
  kube::LogOptions wanted;
  wanted.container = container;
  wanted.since = since;
  std::string log;
  client_.logs(pod_, wanted, [&log](std::string_view bytes) { log += bytes; }, {});
  return log;
}

}  // namespace app
