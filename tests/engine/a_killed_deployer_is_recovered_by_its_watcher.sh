#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGKILL in the middle of a deploy: its watcher brings the old release back by itself, and a command
# that comes meanwhile waits for it. Killed behind the commit: the watcher removes what is old. A
# deploy that ends by itself leaves no watcher behind.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

watchers() { pgrep -f "^[^ ]*landfast watcher -p $stack\$" || true; }
watcher_has_ended() { # within 20 s
  local pid
  for pid in $(watchers); do
    timeout 20 tail --pid="$pid" -f /dev/null || fail "the watcher $pid still works"
  done
}

release() { # IMAGE [LINE]
  compose_file <<YAML
services:
  web:
    image: landfast/fixture:$1
    restart: always
    ${2:-}
YAML
}

release 1
ok deploy
watcher_has_ended
is '' "$(watchers)" 'watchers after a deploy that went well'
before=$(picture | cut -d' ' -f1,2)

killed_while_waiting() {
  release 2 'healthcheck: { test: ["CMD", "false"], interval: 1s, retries: 100 }'
  "$landfast" deploy --yes < /dev/null > "$out" 2>&1 &
  deployer=$!
  until docker ps --filter "label=com.docker.compose.project=$stack" --format '{{.Image}}' | grep -q fixture:2; do
    kill -0 "$deployer" || fail 'the deploy ended before it was killed'
  done
  [[ -n $(watchers) ]] || fail 'there is no watcher while a deploy works'
  kill -KILL "$deployer"
  wait "$deployer" || true
}

killed_while_waiting
watcher_has_ended
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after the watcher'
is always "$(of web '{{.HostConfig.RestartPolicy.Name}}')" 'restart policy'
runs web
ok history
says 'interrupted while'
ok recover
says 'nothing was cut off'

# The next command comes before the watcher is done: it waits, and finds all as it was.
killed_while_waiting
release 1
ok deploy --yes
says 'nothing to do'
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after the next command'

release 2
LANDFAST_CRASH_AT='commit after' lf deploy --yes
((status == 137)) || fail "the deploy was not killed behind its commit: $status"
watcher_has_ended
is landfast/fixture:2 "$(of web '{{.Config.Image}}')" 'the image that serves'
runs web
no_leftovers
is '' "$(watchers)" 'watchers in the end'
