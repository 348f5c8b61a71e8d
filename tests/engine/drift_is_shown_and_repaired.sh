#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What others stop, remove or change shows in status and plan with what differs; deploy repairs it.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file << 'YAML'
services:
  web: { image: "landfast/fixture:1", restart: always, networks: [front] }
  other: { image: "landfast/fixture:1", restart: always, networks: [front] }
  slow:
    image: landfast/fixture:1
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/health"], interval: 60s }
networks: { front: }
YAML
ok deploy
ok status
says 'slow .*healthy \(seen by landfast\)'
says_not 'changed by others' 'starting'
before=$(picture)
ok deploy
is "$before" "$(picture)" 'the stack after a deploy with nothing to do'

drifted() { # WHAT: is in status and plan; a deploy repairs it
  ok status
  says 'changed by others' "$1"
  ok plan
  says 'changed by others' "$1"
  ok deploy
  ok status
  says_not 'changed by others'
  runs web other slow
}
docker stop -t 1 "$(id_of web)" > /dev/null
drifted "web: $stack-web-1: it has stopped"
docker rm -f "$(id_of web)" > /dev/null
drifted 'web: its container was removed'
docker update --restart no "$(id_of other)" > /dev/null
drifted "other: $stack-other-1: restart: no → always"
is always "$(of other '{{.HostConfig.RestartPolicy.Name}}')" 'restart policy of other'
docker update --cpu-shares 300 "$(id_of other)" > /dev/null
drifted "other: $stack-other-1: cpu_shares: 300 removed"
is 0 "$(of other '{{.HostConfig.CpuShares}}')" 'cpu_shares of other'
docker rename "$stack-web-1" "$stack-mine"
drifted "container_name: $stack-mine → $stack-web-1"
docker network disconnect "${stack}_front" "$(id_of other)"
drifted "networks.${stack}_front added"

docker tag landfast/fixture:1 "containrrr/watchtower:$stack"
docker run -d --name "$stack-stranger" --label "com.docker.compose.project=$stack-else" \
  --network "${stack}_front" "containrrr/watchtower:$stack" > /dev/null
ok status
said=$(cat "$out")
docker rm -f "$stack-stranger" > /dev/null
docker rmi "containrrr/watchtower:$stack" > /dev/null
echo "$said" > "$out"
says "$stack-stranger \(of stack $stack-else\) uses the network ${stack}_front"
says "$stack-stranger .*replaces containers by itself"
