#!/bin/bash
# Gives the ssh client's private key the mode that ssh insists on. A key that is right already, or that is mounted
# read-only, is left alone. It does not create keys.
set -euo pipefail

key="${JUPYTERHUB_SRV_DIR:-/srv/jupyterhub}/ssh_key"

if [ ! -e "${key}" ]; then
  echo "fix_ssh_perms: ${key} is not there: ssh to the Slurm host will fail" >&2
elif [ "$(stat --format %u:%a "${key}")" = "$(id -u):600" ]; then
  :
elif chown "$(id -u)" "${key}" 2>/dev/null && chmod u=rw,go= "${key}" 2>/dev/null; then
  echo "fix_ssh_perms: ${key} now has mode 0600"
else
  echo "fix_ssh_perms: ${key} has mode $(stat --format %a "${key}") and can't be changed" >&2
fi
