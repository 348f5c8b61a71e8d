#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a killed look at an image left behind, and the fence of the last guarded release, go with `leave`
# and with `down`; a fence that running containers are in stays with `leave`, which says so.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

release() { # VERSION
  compose_file << YAML
services:
  web:
    image: landfast/fixture:$1
    volumes: ["data:/data"]
    depends_on: { migrate: { condition: service_completed_successfully } }
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "echo $1 >> /data/runs"]
    volumes: ["data:/data"]
    x-landfast: { migrate: true, pending: ["false"] }
volumes: { data: }
YAML
}
fences() { docker network ls --format '{{.Name}}' --filter "label=landfast.stack=$stack"; }
looks() { docker ps -a --format '{{.Names}}' --filter "label=landfast.stack=$stack" --filter label=landfast.role=look; }
killed_look() { # a plan that asks the new image whether something is pending, killed meanwhile
  release 3
  status=0
  LANDFAST_CRASH_AT="create_container $stack-landfast-pending after" "$landfast" plan < /dev/null > "$out" 2>&1 || status=$?
  is 137 "$status" 'exit code of the plan that is killed'
  is "$stack-landfast-pending" "$(looks)" 'what the killed plan left'
  release 2
}

release 1
ok deploy --yes
release 2
ok deploy --yes
is "${stack}_landfast-fence.lf-2" "$(fences)" 'the fence of the release'
killed_look
ok leave --yes
says "the network ${stack}_landfast-fence.lf-2 stays"
is '' "$(looks)" 'what the killed plan left, after leave'
runs web

ok adopt
ok stop
killed_look
ok leave --yes
is '' "$(looks)$(fences)" 'looks and fences after leave of a stack that does not run'
docker start "$(id_of web)" > /dev/null
runs web

ok adopt
killed_look
ok down
is '' "$(looks)$(fences)" 'looks and fences after down'
is '1 2' "$(xargs < "$(docker volume inspect -f '{{.Mountpoint}}' "${stack}_data")/runs")" 'the data'
