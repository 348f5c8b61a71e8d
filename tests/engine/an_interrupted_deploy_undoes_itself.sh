#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C ends the waiting, takes back what was done, says so, and exits with 4.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
ok deploy
before=$(picture | cut -d' ' -f1,2)
compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:2
    healthcheck: { test: ["CMD", "false"], interval: 1s, retries: 100 }
YAML
"$landfast" deploy --yes < /dev/null > "$out" 2>&1 &
deployer=$!
until docker ps --filter "label=com.docker.compose.project=$stack" --format '{{.Image}}' | grep -q fixture:2; do
  kill -0 "$deployer" || fail 'the deploy ended before it was interrupted'
done
kill -INT "$deployer"
wait "$deployer" || status=$?
is 4 "$status" 'exit code'
says 'interrupted' 'undo'
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after the undo'
runs web
no_leftovers
