#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The filesystem of the state fills up in the middle of a deploy. The deploy fails, its undo has the
# reserve that was set aside for it, and the old release serves; with room again all goes on.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

[[ $EUID == 0 ]] || skip 'a small filesystem needs root'
small=$top/small
mkdir "$small"
truncate -s 24M "$top/image"
if ! { mkfs.ext4 -q "$top/image" && mount -o loop "$top/image" "$small"; } 2> /dev/null; then
  mount -t tmpfs -o size=16m tmpfs "$small" 2> /dev/null || skip 'nothing can be mounted here'
fi
trap 'umount "$small"; leave_nothing' EXIT
export LANDFAST_STATE_DIR=$small/state

release() { # IMAGE [LINE]
  compose_file <<YAML
services:
  web:
    image: landfast/fixture:$1
    restart: always
    ${2:-}
YAML
}
fill() { dd if=/dev/zero of="$small/fill" bs=4k > /dev/null 2>&1 || true; }

release 1
ok deploy
before=$(picture | cut -d' ' -f1,2)
release 2 'healthcheck: { test: ["CMD", "false"], interval: 1s, retries: 100 }'
"$landfast" deploy --yes --timeout 5s < /dev/null > "$out" 2>&1 &
deployer=$!
until docker ps --filter "label=com.docker.compose.project=$stack" --format '{{.Image}}' | grep -q fixture:2; do
  kill -0 "$deployer" || fail 'the deploy ended before the disk was full'
done
fill
[[ $(stat -f -c %a "$small") -lt 2 ]] || fail 'the disk is not full'
wait "$deployer" || status=$?
is 4 "$status" 'exit code on a full disk'
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after the undo'
runs web
is always "$(of web '{{.HostConfig.RestartPolicy.Name}}')" 'restart policy'
no_leftovers

# No room for the reserve: nothing is touched.
fill
release 2
refused_any() { lf deploy --yes; ((status == 4 || status == 1)) || fail "a deploy on a full disk ended with $status"; }
refused_any
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after a deploy without room'
runs web

rm "$small/fill"
ok deploy --yes
is landfast/fixture:2 "$(of web '{{.Config.Image}}')" 'the image with room again'
