# Which user podman runs as, and with which environment. The same rules are built into envtool.
# Sourced by tools/setup and tools/podman; knows nothing of packages or of environments.
# shellcheck shell=bash

# Starting a pod raises resource limits, which rootful podman can only do with this capability (bit 24 of the mask).
rootful_pods_work() {
  local name mask
  while read -r name mask; do
    [[ $name == CapEff: ]] && (( (0x$mask >> 24) & 1 )) && return 0
  done < /proc/self/status
  return 1
}

# Prints the name: ENVTOOL_PODMAN_USER, else oneself, else, for a root that can't start pods, `envtool`.
podman_user() {
  if [[ -n ${ENVTOOL_PODMAN_USER:-} ]]; then
    echo "$ENVTOOL_PODMAN_USER"
  elif (( EUID == 0 )) && ! rootful_pods_work; then
    echo envtool
  else
    id -un
  fi
}

# crun starts nothing where control groups of version 1 and 2 are mounted side by side; runc does.
crun_works() {
  [[ $(stat --file-system --format=%T /sys/fs/cgroup/unified 2>/dev/null) != cgroup2fs ]]
}

home_of() {
  getent passwd "$1" | cut -d: -f6
}

# run_podman_as USER ARGS...: replaces the shell by podman. Another user's starts in that user's home, with a clean
# environment: what belongs to the caller (paths, proxies, certificates) could not be read by it.
run_podman_as() {
  local user=$1 uid home
  shift
  crun_works || export BUILDAH_RUNTIME=runc
  [[ $user != "$(id -un)" ]] || exec podman "$@"

  uid=$(id -u "$user") || return 1
  home=$(home_of "$user")
  cd "$home" || return 1
  exec setpriv --reuid="$user" --regid="$user" --init-groups -- env --ignore-environment \
    HOME="$home" USER="$user" LOGNAME="$user" XDG_RUNTIME_DIR="/run/user/$uid" ${TERM:+TERM="$TERM"} \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${BUILDAH_RUNTIME:+BUILDAH_RUNTIME="$BUILDAH_RUNTIME"} podman "$@"
}
