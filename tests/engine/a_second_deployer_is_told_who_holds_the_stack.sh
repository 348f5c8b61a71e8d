#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two deploys of one stack at once: one works, the other leaves with status 5 and names the first.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  slow:
    image: landfast/fixture:1
    healthcheck: { test: ["CMD-SHELL", "test -e /tmp/go"], interval: 1s, retries: 60 }
YAML
"$landfast" deploy < /dev/null > "$top/first" 2>&1 &
first=$!
until [[ -n $(ids_of slow) && $(of slow '{{.State.Status}}') == running ]]; do
  kill -0 "$first" || fail "the first deploy ended: $(cat "$top/first")"
done
refused 5 deploy
says "$first" 'deploy'
docker exec "$(id_of slow)" touch /tmp/go
wait "$first" || fail "the first deploy failed: $(cat "$top/first")"
runs slow
ok deploy
