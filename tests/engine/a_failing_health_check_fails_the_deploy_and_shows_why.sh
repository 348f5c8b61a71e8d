#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A gate that never passes ends the deploy at its limit, with the last health output and log lines;
# what was there before is back.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:1
    healthcheck: { test: ["CMD-SHELL", "cat /www/version"], interval: 1s }
YAML
ok deploy
before=$(picture | cut -d' ' -f1,2)
compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:2
    command: ["sh", "-c", "echo cannot find the frobnicator; exec serve"]
    healthcheck: { test: ["CMD-SHELL", "echo no frobnicator; exit 1"], interval: 1s, retries: 2 }
YAML
refused 4 deploy --yes --timeout 3s
says 'web' 'no frobnicator' 'cannot find the frobnicator'
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after the undo'
runs web
is 1 "$(docker exec "$(id_of web)" cat /www/version)" 'version that serves'
no_leftovers
