#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A route by host where a container has port 80 and a process 443: refused before anything is touched,
# both are named, and so is the way to share them, which then works.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_shared_edge

holder=
process=
leave_no_holders() {
  [[ -z $process ]] || kill "$process" 2> /dev/null || true
  [[ -z $holder ]] || docker rm -f "$holder" > /dev/null 2>&1 || true
  leave_no_edge
}
trap leave_no_holders EXIT

release() { # [LINE]: of the whole stack
  compose_file << YAML
services:
  web: { image: "landfast/fixture:1", expose: ["8080"], x-landfast: { route: "$stack.example.com", tls: "off" } }
${1:-}
YAML
}

holder=$(docker run -d --name "$stack-proxy" -p 127.0.0.1:80:8080 landfast/fixture:1 9>&-)
python3 -c '
import signal, socket
s = socket.socket(); s.bind(("127.0.0.1", 443)); s.listen()
open("listening", "w").close()
signal.pause()' 9>&- &
process=$!
until [[ -e listening ]]; do read -rt 0.05 <> <(:) || true; done

release
refused 2 deploy
says "port 80 is held by the container $stack-proxy" "port 443 is held by process python3.* \\(pid $process\\)" \
  'edge: behind' 'landfast export nginx'
refused 2 plan
nothing_of_the_stack
is '' "$(docker ps -aq --filter 'name=^landfast-edge$')" 'the edge'

release 'x-landfast: { edge: behind }'
ok deploy
is 1 "$(wget -qO- --header "Host: $stack.example.com" http://127.0.0.1:8480/version)" 'the answer behind a proxy'
ok down
