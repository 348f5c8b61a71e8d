#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A deployer that is stopped (SIGSTOP, a suspended laptop) is not dead: nobody takes its stack, neither
# another deploy nor `recover` nor its watcher. When it goes on, it ends as if nothing had been.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  slow:
    image: landfast/fixture:1
    healthcheck: { test: ["CMD-SHELL", "test -e /tmp/go"], interval: 1s, retries: 60 }
YAML
"$landfast" deploy < /dev/null > "$top/first" 2>&1 &
deployer=$!
until [[ -n $(ids_of slow) && $(of slow '{{.State.Status}}') == running ]]; do
  kill -0 "$deployer" || fail "the deploy ended: $(cat "$top/first")"
done
kill -STOP "$deployer"
trap 'kill -CONT "$deployer" 2> /dev/null || true; leave_nothing' EXIT
before=$(picture)
refused 5 deploy --yes
says "pid $deployer"
refused 5 recover
refused 5 down --yes
is "$before" "$(picture)" 'the stack of a suspended deployer'
pgrep -f "^[^ ]*landfast watcher -p $stack\$" > /dev/null || fail 'its watcher is gone'
docker exec "$(id_of slow)" touch /tmp/go
kill -CONT "$deployer"
wait "$deployer" || fail "the deploy failed: $(cat "$top/first")"
runs slow
ok deploy
says 'nothing to do'
