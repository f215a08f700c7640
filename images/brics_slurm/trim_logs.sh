#!/bin/bash
# Keeps the logs of Slurm and sshd small: one of more than 8 MiB loses all but its last 2 MiB. The files are mounted one
# by one and can't be renamed, so they are shortened in place; the daemons append and go on at the new end.
set -euo pipefail

readonly most_bytes=$((8 * 1024 * 1024))
readonly kept_bytes=$((2 * 1024 * 1024))

for log in /var/log/slurmctld.log /var/log/slurmd.log /var/log/sshd.log; do
  if [ -f "${log}" ] && [ "$(stat --format=%s "${log}")" -gt "${most_bytes}" ]; then
    end="$(mktemp)"
    tail --bytes="${kept_bytes}" "${log}" > "${end}"
    cat "${end}" > "${log}"
    rm "${end}"
    echo "trim_logs: shortened ${log}"
  fi
done
