#!/bin/bash
# Gives what sshd reads the owners and modes that it insists on. A file that is right already, or that is mounted
# read-only, is left alone. It does not create keys.
set -euo pipefail

readonly account=jupyterspawner
readonly ssh_dir="/home/${account}/.ssh"

# want OWNER MODE PATH: does nothing for a path that is not there.
want() {
  local owner="$1" mode="$2" path="$3"
  [ -e "${path}" ] || return 0
  [ "$(stat --format %U:%a "${path}")" = "${owner}:${mode}" ] && return
  if chown "${owner}:" "${path}" 2>/dev/null && chmod "${mode}" "${path}" 2>/dev/null; then
    echo "fix_ssh_perms: ${path} now belongs to ${owner} with mode ${mode}"
  else
    echo "fix_ssh_perms: ${path} is $(stat --format '%U with mode %a' "${path}") and can't be changed" >&2
  fi
}

want "${account}" 700 "${ssh_dir}"
want "${account}" 600 "${ssh_dir}/authorized_keys"
for key in /etc/ssh/ssh_host_*_key; do
  want root 600 "${key}"
done
