#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The terminal of a deploy closes (SIGHUP, and nobody reads any more): the deploy goes on to its end.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  slow:
    image: landfast/fixture:1
    healthcheck: { test: ["CMD-SHELL", "test -e /tmp/go"], interval: 1s, retries: 60 }
YAML

# On a terminal of its own, which is closed as soon as the container runs.
python3 - "$landfast" "label=com.docker.compose.project=$stack" > "$top/pid" <<'PY'
import os, pty, select, subprocess, sys

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "deploy", "--yes"])
while not subprocess.run(["docker", "ps", "-q", "--filter", sys.argv[2]], capture_output=True).stdout:
    if select.select([terminal], [], [], 0.05)[0]:
        os.read(terminal, 65536)
os.close(terminal)
print(pid)
PY
deployer=$(< "$top/pid")
kill -0 "$deployer" || fail 'the deploy ended with its terminal'
docker exec "$(id_of slow)" touch /tmp/go
timeout 30 tail --pid="$deployer" -f /dev/null || fail 'the deploy did not come to its end'
ok history
says 'release 1'
runs slow
ok deploy
says 'nothing to do'
