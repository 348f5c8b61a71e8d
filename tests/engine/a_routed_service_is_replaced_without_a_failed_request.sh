#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `route: ":PORT"` under load on a real engine: replaced, failed at its gate, its deployer killed: no
# request fails. compose recreates nothing; leave gives the port back; stop shows the page; down takes the edge with it.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_edge_and_people

release() { # VERSION [LINE]
  compose_file << YAML
services:
  web:
    image: landfast/fixture:$1
    restart: always
    stop_grace_period: 2s
    ports: ["127.0.0.1:$port:8080"]
    x-landfast: { route: ":$port" }
    ${2:-}
YAML
}
answers() { # VERSION
  is "$1" "$(wget -qO- "http://127.0.0.1:$port/version")" 'the version that answers'
}

release 1
ok deploy
answers 1
runs web
is "$stack-landfast-edge" "$(docker ps --filter "name=^$stack-landfast-edge$" --format '{{.Names}}')" 'the edge'
ok plan
says 'nothing to do'

load_begins
for version in 2 3 1 2; do
  release "$version"
  ok deploy
  answers "$version"
done
load_ends '4 replacements'

load_begins
release 3 'command: ["false"]'
refused 4 deploy --timeout 4s
answers 2
load_ends 'a failed gate'

load_begins
release 3
LANDFAST_CRASH_AT='switch_to web:8080 after' lf deploy
((status == 137)) || fail "the deploy was not killed behind its switch: $status"
ok recover
answers 2
load_ends 'a killed deployer'
no_leftovers

release 2
compose_changes_nothing

ok leave --yes
says_not 'not all of the old'
answers 2
is '' "$(docker ps -aq --filter "name=^$stack-landfast-edge$")" 'the edge after leave'
ok deploy
answers 2

ok stop
is 503 "$(curl -so /dev/null -w '%{http_code}' --max-time 10 "http://127.0.0.1:$port/")" 'what a stopped service says'
docker start "$stack-web-1" > /dev/null
ok status
says 'landfast start web'
ok start
answers 2
ok down
is '' "$(docker ps -aq --filter "name=^$stack-landfast-edge$")" 'the edge after down'
nothing_of_the_stack
