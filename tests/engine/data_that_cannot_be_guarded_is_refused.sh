#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Situations in which data would have to be guarded and cannot be: each is refused with its reason
# before anything is touched, or nothing of it is left.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

release() { # VERSION [LINES OF migrate]
  compose_file << YAML
services:
  web:
    image: landfast/fixture:1
    volumes: ["${place:-data}:/data"]
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "echo $1 >> /data/runs"]
    volumes: ["${place:-data}:/data"]
    x-landfast: { migrate: true }
    ${2:-}
  extra:
    image: landfast/fixture:1
    profiles: [extra]
    volumes: ["${place:-data}:/data"]
volumes: { data: ${volume:-} }
YAML
}
refused_untouched() { # REASON…: a deploy of version 2, which has something to migrate
  local before
  before=$(picture)
  refused 2 deploy --yes
  says "$@"
  is "$before" "$(picture)" "the stack after: $1"
  is '' "$(asides)" "what is set aside after: $1"
}
mounted=() others=()
leave_mounts() {
  local point
  ((${#others[@]} == 0)) || docker rm -f "${others[@]}" > /dev/null 2>&1 || true
  for point in "${mounted[@]}"; do umount "$point" 2> /dev/null || true; done
}
trap 'leave_mounts; leave_nothing' EXIT

release 1
ok deploy --yes --profile extra
release 2
data=$(docker volume inspect -f '{{.Mountpoint}}' "${stack}_data")

refused_untouched 'extra-1, which this call does not know, uses it too' "docker stop $stack-extra-1"
docker rm -f "$stack-extra-1" > /dev/null

others+=("$(docker run -d --name "$stack-other" -v "${stack}_data:/d" landfast/fixture:1 serve)")
refused_untouched "$stack-other of another stack uses it too" 'stop that first'
docker rm -f "$stack-other" > /dev/null

mkdir -p "$data/inside"
mount -t tmpfs -o size=1m inside "$data/inside" && mounted+=("$data/inside")
refused_untouched 'another filesystem is mounted in it'
umount "$data/inside"

ok stop
mount --bind "$data" "$data" && mounted+=("$data")
refused_untouched 'is a mount point'
umount "$data"
ok start

release 2 'network_mode: host'
refused_untouched 'is in a network that cannot be fenced'
release 2

docker volume create "${stack}_data.lf-2" > /dev/null # the name that the copy will have
refused 4 deploy --yes
says 'is there already and is not landfast.s' 'the release before serves'
docker volume rm "${stack}_data.lf-2" > /dev/null
is 1 "$(xargs < "$data/runs")" 'the data after the refusals'

ok deploy --yes
is '1 2' "$(xargs < "$data/runs")" 'the data after a deploy that nothing stands against'
docker volume rm "${stack}_data.lf-3" > /dev/null 2>&1 && fail 'docker could remove what is set aside'
ok volumes
says "${stack}_data\.lf-3" 'newest copy set aside'
ok down
refused 2 volumes rm "${stack}_data.lf-3" --yes
says 'is the newest copy that Landfast set aside of'
