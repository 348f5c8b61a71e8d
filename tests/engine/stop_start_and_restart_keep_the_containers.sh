#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The everyday verbs act on the containers that are there; the next deploy has nothing to do.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1", restart: always }
  api: { image: "landfast/fixture:1", depends_on: [web] }
YAML
ok deploy
ids=$(picture | cut -d' ' -f2)
ok stop
is exited "$(of web '{{.State.Status}}')" 'web after stop'
is exited "$(of api '{{.State.Status}}')" 'api after stop'
ok start
runs web api
started=$(of web '{{.State.StartedAt}}')
ok restart web
[[ $(of web '{{.State.StartedAt}}') != "$started" ]] || fail 'web was not restarted'
is always "$(of web '{{.HostConfig.RestartPolicy.Name}}')" 'policy of web'
is "$ids" "$(picture | cut -d' ' -f2)" 'the containers'
before=$(picture)
ok deploy
is "$before" "$(picture)" 'the stack after a deploy'
