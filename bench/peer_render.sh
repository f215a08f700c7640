#!/usr/bin/env bash
# The peer of `envtool render`: what a deploy directory takes when it is made by hand with ssh-keygen, sed and a here-document.
# peer_render.sh POD_MANIFEST FOLDER
set -euo pipefail
manifest=$1
folder=$2

secret() {
  local name=$1 key=$folder/$2 comment=$3
  ssh-keygen -q -t ed25519 -N '' -C "$comment" -f "$key"
  cat <<YAML
apiVersion: v1
kind: Secret
metadata:
  name: $name
stringData:
  ssh_key: |
$(sed 's/^/    /' "$key")
  ssh_key.pub: |
$(sed 's/^/    /' "$key.pub")
  localhost_known_hosts: |
$(sed 's/^/    localhost,127.0.0.1,::1 /' "$key.pub")
  localhost_authorized_keys: |
$(sed 's/^/    from="localhost,127.0.0.1,::1" /' "$key.pub")
immutable: true
---
YAML
}

umask 077
{
  secret client-key ssh_client_key 'client key'
  secret host-key ssh_host_ed25519_key 'host key'
  cat "$manifest"
} > "$folder/combined.yaml"
