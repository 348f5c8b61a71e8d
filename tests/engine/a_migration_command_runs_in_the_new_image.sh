#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `migrate: [COMMAND]` runs in a container of its own of the service's new image before the service
# starts, once for each image, and its failure undoes the deploy. What is `first` runs once in the
# stack's life.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

release() { # VERSION [EXIT_CODE]
  compose_file << YAML
services:
  init:
    image: landfast/fixture:$1
    command: ["sh", "-c", "echo init >> /data/runs"]
    volumes: ["data:/data"]
    x-landfast: { first: true }
  web:
    image: landfast/fixture:$1
    entrypoint: ["sh", "-c", "echo entry >> /data/runs; exec \"\$\$@\"", "--"]
    command: ["serve"]
    volumes: ["data:/data"]
    ports: ["127.0.0.1::8080"]
    depends_on: { init: { condition: service_completed_successfully } }
    x-landfast: { migrate: ["sh", "-c", "echo migrated \$\$(cat /www/version) >> /data/runs; exit ${2:-0}"] }
volumes: { data: }
YAML
}
data() { docker exec "$(id_of web)" cat /data/runs | xargs; }

release 1
ok deploy --yes
is 'init migrated 1 entry' "$(data)" 'what ran in the first deploy'
is '' "$(docker port "$(id_of web-migrate)")" 'ports of the migration'
ok deploy
says 'nothing to do'
release 2
ok deploy --yes
is 'init migrated 1 entry migrated 2 entry' "$(data)" 'what ran in the second deploy'
says_not 'not there yet'

release 3 9
refused 4 deploy --yes
says 'web-migrate' 'exit code 9'
is landfast/fixture:2 "$(of web '{{.Config.Image}}')" 'the image that serves'
is 'init migrated 1 entry migrated 2 entry entry' "$(data)" 'the data after the undo, and the start of the old one'
ok config -q
ok config --services
says_not 'web-migrate'
no_leftovers
