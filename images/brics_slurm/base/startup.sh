#!/bin/bash
# Fills in this container's figures in slurm.conf and starts munge and Slurm in the background.
set -euo pipefail

memory="$(slurmd -C | sed --quiet 's/.*RealMemory=\([0-9]*\).*/\1/p')"
sed --in-place \
  --expression "s/<<HOSTNAME>>/$(hostname)/g" \
  --expression "s/<<CPU>>/$(nproc)/g" \
  --expression "s/<<MEMORY>>/${memory}/g" \
  /etc/slurm/slurm.conf

if [ ! -e /etc/munge/munge.key ]; then
  mungekey --create
  chown munge:munge /etc/munge/munge.key
fi
for service in munge slurmd slurmctld; do
  service "${service}" start
done
