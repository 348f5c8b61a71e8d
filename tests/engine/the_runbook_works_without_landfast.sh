#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every command of docs/runbooks/without-landfast.md, as it stands there, on a stack that a killed
# deploy has left in the middle: one service in each of the two states, and one that is new.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

section() { # NUMBER: the commands of that section
  awk -v wanted="## $1." '
    /^## / { here = index($0, wanted) == 1 }
    /^```/ { code = !code && /sh/; next }
    here && code' "$repo/docs/runbooks/without-landfast.md"
}
run_section() { # NUMBER: what it said is in $out
  local commands
  commands=$(section "$1")
  [[ -n $commands ]] || fail "the runbook has no commands in section $1"
  bash -euc "$commands" > "$out" 2>&1 || fail "section $1 failed"
}

compose_file <<'YAML'
services:
  db: { image: "landfast/fixture:1", restart: always, volumes: ["data:/data"], x-landfast: { migrate: none } }
  web: { image: "landfast/fixture:1", restart: unless-stopped, depends_on: [db], x-landfast: { migrate: none } }
volumes: { data: }
YAML
ok deploy
docker exec "$(id_of db)" sh -c 'echo precious > /data/file'
before=$(picture | cut -d' ' -f1,2)

compose_file <<'YAML'
services:
  db: { image: "landfast/fixture:2", restart: always, volumes: ["data:/data"], x-landfast: { migrate: none } }
  web:
    image: landfast/fixture:2
    x-landfast: { migrate: none }
    restart: unless-stopped
    depends_on: { db: { condition: service_healthy }, added: { condition: service_started } }
    healthcheck: { test: ["CMD", "false"], interval: 1s, retries: 100 }
  added: { image: "landfast/fixture:2" }
volumes: { data: }
YAML
LANDFAST_WATCHER=off "$landfast" deploy --yes < /dev/null > "$out" 2>&1 &
deployer=$!
until docker ps --format '{{.Names}}' | grep -q "^$stack-web-1.lf-2\$"; do
  kill -0 "$deployer" || fail 'the deploy ended before it was killed'
done
until docker ps --all --format '{{.Names}}' | grep -q "^$stack-db-1.lf-was-2\$"; do
  kill -0 "$deployer" || fail 'the deploy ended before it was killed'
done
kill -KILL "$deployer"
wait "$deployer" || true

export STACK=$stack N=2
run_section 1
says "$stack-db-1.lf-was-2" "$stack-web-1.lf-2" "$stack-added-1"
NAME=$stack-db-1 POLICY=always
export NAME POLICY
run_section 3
NAME=$stack-web-1 POLICY=unless-stopped
run_section 2
run_section 4
is "$stack-added-1" "$(cat "$out")" 'what the deployment has added'
docker rm --force "$stack-added-1" > /dev/null
run_section 5
says "$stack-web-1" "$stack-db-1"
says_not '\.lf-'
VOLUME=${stack}_data IMAGE=landfast/fixture:1
export VOLUME IMAGE
run_section 6
is precious "$(tar -xOf "$VOLUME.tar" ./file)" 'the copy of the data'

is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack'
runs db web
is always "$(of db '{{.HostConfig.RestartPolicy.Name}}')" 'policy of db'
is unless-stopped "$(of web '{{.HostConfig.RestartPolicy.Name}}')" 'policy of web'
is precious "$(docker exec "$(id_of db)" cat /data/file)" 'the data'
mended=$(picture)
ok recover
is "$mended" "$(picture)" 'the stack after landfast was back'
ok history
says undone
