#!/bin/bash
# Makes the development users named in DEPLOY_CONFIG_DEV_USERS: words of the form USER.PROJECT, each an account of that
# name with its home in /home/PROJECT. An account that is there already is kept. A word that is not a valid name is
# refused with a message, and the others are made all the same; the exit status then is 1. A home that was kept from an
# earlier container stays as it is.
set -euo pipefail

readonly group=jupyterusers
readonly name_pattern='^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$'
readonly max_length=32
readonly first_uid=20000
readonly uid_count=40000

say() {
  echo "create_dev_users: $*"
}

is_taken() {
  getent passwd "$1" > /dev/null || getent group "$1" > /dev/null ||
    [ -n "$(find /home -mindepth 2 -maxdepth 2 -uid "$1" -print -quit)" ]
}

# uid_for NAME HOME: who has a home keeps its owner's id. Otherwise the id follows from the name.
uid_for() {
  local digest uid
  if [ -d "$2" ] && [ "$(stat --format=%u "$2")" -ge "${first_uid}" ]; then
    stat --format=%u "$2"
    return
  fi
  digest="$(printf '%s' "$1" | sha256sum)"
  uid=$((first_uid + 16#${digest:0:8} % uid_count))
  while is_taken "${uid}"; do
    uid=$((uid + 1))
  done
  echo "${uid}"
}

is_valid() {
  [[ "$1" =~ ${name_pattern} ]] && [ "${#1}" -le "${max_length}" ]
}

create_user() {
  local name="$1" user="${1%.*}" project="${1#*.}" create=--create-home home uid
  home="/home/${project}/${name}"
  uid="$(uid_for "${name}" "${home}")"
  [ ! -d "${home}" ] || create=--no-create-home
  mkdir -p "/home/${project}"
  groupadd --gid "${uid}" "${name}"
  useradd --uid "${uid}" --gid "${name}" --groups "${group}" "${create}" --home-dir "${home}" \
    --comment "${user} ${project}" --shell /bin/bash --key HOME_MODE=0700 "${name}"
  say "made ${name} with id ${uid}"
}

ensure_user() {
  if ! is_valid "$1"; then
    say "$(printf '%q' "$1") is not a user: expected USER.PROJECT in lower case, at most ${max_length} characters" >&2
    return 1
  fi
  id "$1" > /dev/null 2>&1 || create_user "$1"
}

# In alphabetical order, so that the ids don't depend on the order of the list.
mapfile -t names < <(tr --squeeze-repeats '[:space:]' '\n' <<< "${DEPLOY_CONFIG_DEV_USERS:-}" | sort --unique)
status=0
for name in "${names[@]}"; do
  [ -z "${name}" ] || ensure_user "${name}" || status=1
done
exit "${status}"
