#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `rollback --data` brings back the data that the earlier release left, sets today's aside, and can
# itself be rolled back. What the data no longer knows is migrated again.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

release() { # VERSION
  compose_file << YAML
services:
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "echo $1 >> /data/runs"]
    volumes: ["data:/data"]
    x-landfast: { migrate: true }
  web:
    image: landfast/fixture:$1
    volumes: ["data:/data"]
    depends_on: { migrate: { condition: service_completed_successfully } }
volumes: { data: }
YAML
}
data() { docker exec "$(id_of web)" cat /data/runs | xargs; }
asides() { docker volume ls -q --filter label=landfast.of --filter "label=landfast.stack=$stack"; }

release 1
ok deploy --yes
release 2
ok deploy --yes
docker exec "$(id_of web)" sh -c 'echo late >> /data/runs'
is '1 2 late' "$(data)" 'the data of release 2'

ok rollback --data --yes
is landfast/fixture:1 "$(of web '{{.Config.Image}}')" 'the image after the rollback'
is 1 "$(data)" 'the data after the rollback'
is "${stack}_data.lf-3" "$(asides)" 'what is set aside'
ok history
says 'its data as before deployment 2'

ok rollback --data --yes 2
is '1 2 late' "$(data)" 'the data once the rollback was rolled back'
ok rollback --data --yes 1
is 1 "$(data)" 'the data of release 1 again'

release 2
ok deploy --yes
is '1 2' "$(data)" 'the data after the migration has run again'
refused 2 rollback --data --yes 2
says 'does not suit it'
no_leftovers
