#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# With --json every line of standard output is a JSON object, also when the deploy fails.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
json() { # STATUS ARGUMENT…
  local wanted=$1
  shift
  status=0
  "$landfast" "$@" --json < /dev/null > "$out" 2> "$top/err" || status=$?
  ((status == wanted)) || fail "landfast $* --json ended with $status, not $wanted: $(cat "$top/err")"
  python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert lines and all(isinstance(line, dict) for line in lines), "no objects"' < "$out" ||
    fail "landfast $* --json: not JSON lines"
}
json 0 plan
json 0 deploy --yes
json 0 deploy --yes
json 0 status
json 0 history
json 2 deploy --yes -f nowhere.yaml
