#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A host port that somebody else holds is found before the first change, and its holder is named.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
ok deploy
before=$(picture)
holder=$(docker run -d --name "$stack-holder" --label "com.docker.compose.project=$stack-other" --network \
  "${stack}_default" -p 127.0.0.1::8080 landfast/fixture:1)
trap 'docker rm -f "$holder" > /dev/null; leave_nothing' EXIT
port=$(docker inspect --format '{{(index (index .NetworkSettings.Ports "8080/tcp") 0).HostPort}}' "$holder")
compose_file <<YAML
services:
  web: { image: "landfast/fixture:2", ports: ["127.0.0.1:$port:8080"] }
YAML
lf deploy --yes
((status == 1 || status == 2)) || fail "ended with $status, not 1 or 2"
says "$port" "$stack-holder"
is "$before" "$(picture)" 'the stack'

# A process of the host is named too.
python3 -c '
import signal, socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True)
signal.pause()' > "$top/port" &
process=$!
trap 'kill "$process"; docker rm -f "$holder" > /dev/null; leave_nothing' EXIT
until [[ -s $top/port ]]; do read -rt 0.05 <> <(:) || true; done
compose_file <<YAML
services:
  web: { image: "landfast/fixture:2", ports: ["127.0.0.1:$(< "$top/port"):8080"] }
YAML
refused 2 deploy --yes
says "is held by process python3.* \\(pid $process\\)"
is "$before" "$(picture)" 'the stack'
