#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What can go wrong around an edge, on a real engine, and what the next command makes of it. Each fault
# is named, with the line that the user sees.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_edge

port=$((20000 + $$ % 10000))
edge=$stack-landfast-edge
release() { # VERSION [COMMAND]
  compose_file << YAML
services:
  web:
    image: landfast/fixture:$1
    restart: always
    stop_grace_period: 2s
    command: ${2:-[serve]}
    x-landfast: { route: ":$port" }
YAML
}
status_of() { # what a user gets now
  curl -so "$top/body" -w '%{http_code}' --max-time 30 "http://127.0.0.1:$port/version" || true
}
answers() { # VERSION
  is 200 "$(status_of)" 'the answer'
  is "$1" "$(cat "$top/body")" 'the version that answers'
}
seen() { printf '%s: %s\n' "$1" "$(grep -m1 -E -- "$2" "$out" || { cat "$out"; fail "not said: $2"; })"; }
mended() { # FAULT REGEX: plan says it, deploy mends it, and then nothing is left to do
  ok plan
  seen "$1" "$2"
  ok deploy --yes
  answers 1
  ok plan
  says 'nothing to do'
}

release 1
ok deploy
answers 1

docker stop -t 1 "$edge" > /dev/null
mended 'the edge was stopped' 'make edge|does not run'
docker rm -f "$edge" > /dev/null
mended 'the edge was removed' 'make edge|there is none'
docker network disconnect "${stack}_landfast-edge" "$edge"
mended 'the edge has lost the network of the stack' 'make edge|differs|does not run'
docker network disconnect "${stack}_landfast-edge" "$(id_of web)"
mended 'the container has left the network of the edge' 'join|web/1:'

slots=$(find "$LANDFAST_STATE_DIR/edge/$edge/slots" -mindepth 1 -maxdepth 1 -type d)
echo nonsense > "$slots/slot"
is 503 "$(status_of)" 'the answer with a slot that is no word'
mended 'a slot file that holds nonsense' 'web:port:8080:switch'
rm "$slots/slot"
is 503 "$(status_of)" 'the answer without a slot file'
mended 'a slot file that is gone' 'web:port:8080:switch'
rm -r "$slots"
is 503 "$(status_of)" 'the answer without the folder of the slot'
mended 'the folder of a slot that is gone' 'web:port:8080:switch'
: > "$LANDFAST_STATE_DIR/edge/$edge/conf/config.json"
answers 1
mended 'a configuration that is empty on the disk' "$edge"
docker restart -t 1 "$edge" > /dev/null
for ((i = 0; i < 100; i++)); do [[ $(status_of) != 200 ]] || break; done
answers 1

# Its address goes to another container while it is stopped; the edge knows it by name.
docker stop -t 1 "$(id_of web)" > /dev/null
docker run -d --name "$stack-squatter" --label "landfast.stack=$stack" --network "${stack}_landfast-edge" landfast/fixture:3 > /dev/null
docker start "$(id_of web)" > /dev/null
for ((i = 0; i < 100; i++)); do [[ $(status_of) != 200 ]] || break; done
answers 1
echo 'an address that belongs to another container now: the name is right'
docker rm -f "$stack-squatter" > /dev/null

if [[ ${LANDFAST_TEST_ALL:-} == 1 ]]; then  # half a minute of asking
  release 2 '["serve", "127.0.0.1:8080"]'
  refused 4 deploy --timeout 20s
  seen 'an app that listens on 127.0.0.1 alone' '^✗.*gets no answer'
  answers 1
fi
release 2 '["false"]'
refused 4 deploy --timeout 4s
seen 'an app that ends at once' '^✗'
answers 1

docker pause "$edge" > /dev/null
release 3
refused 4 deploy --timeout 20s
docker unpause "$edge" > /dev/null
seen 'an edge that does not answer' '^✗.*edge'
answers 1
rm "$LANDFAST_STATE_DIR/edge/$edge/run/admin.sock"
ok deploy
answers 3
echo 'the socket for changes is gone: a release needs none'
