#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `deploy.replicas` with update_config: at every moment of an update all but one of them run.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file << 'YAML'
services:
  web:
    image: landfast/fixture:1
    stop_grace_period: 2s
    deploy: { replicas: 3, update_config: { parallelism: 1 }, restart_policy: { condition: on-failure, max_attempts: 4 } }
YAML
ok deploy
is 3 "$(ids_of web | wc -l)" 'containers'
since=$(now)
sed -i 's/fixture:1/fixture:2/' compose.yaml
ok deploy
is 3 "$(ids_of web | wc -l)" 'containers'
running=3 least=3
while read -r action _; do
  case $action in start) running=$((running + 1)) ;; die) running=$((running - 1)) ;; esac
  ((running >= least)) || least=$running
done < <(events_since "$since" start die)
is 2 "$least" 'fewest containers that ran during the update'
for id in $(ids_of web); do
  is on-failure:4 "$(docker inspect -f '{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}' "$id")" 'restart policy'
done
no_leftovers
