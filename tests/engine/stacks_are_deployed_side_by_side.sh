#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Several stacks of one journal at once: each takes another deployment number than it has planned with,
# and none fails for it. Two deploys of the same stack at once: the second waits with --queue.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
names=("$stack-a" "$stack-b" "$stack-c" "$stack-d")
clean_all() {
  local name
  for name in "${names[@]}"; do stack=$name; (trap - EXIT; leave_nothing); done
}
mine=$stack
trap 'clean_all; stack=$mine; leave_nothing' EXIT

pids=()
for name in "${names[@]}"; do
  "$landfast" -p "$name" deploy > "$top/$name" 2>&1 < /dev/null &
  pids+=($!)
done
for i in "${!names[@]}"; do
  wait "${pids[$i]}" || { cat "$top/${names[$i]}"; fail "deploy of ${names[$i]}"; }
  is 1 "$(docker ps -q --filter "label=com.docker.compose.project=${names[$i]}" | wc -l)" "containers of ${names[$i]}"
done

release() { # IMAGE
  compose_file <<YAML
services:
  web: { image: "landfast/fixture:$1" }
YAML
}
ok deploy
release 2
"$landfast" deploy --queue > "$top/one" 2>&1 < /dev/null &
one=$!
"$landfast" deploy --queue > "$top/two" 2>&1 < /dev/null &
two=$!
wait "$one" || { cat "$top/one"; fail 'the first deploy'; }
wait "$two" || { cat "$top/two"; fail 'the second deploy'; }
is 1 "$(cat "$top/one" "$top/two" | grep -c 'nothing to do')" 'deploys that found nothing to do'
runs web
is landfast/fixture:2 "$(of web '{{.Config.Image}}')" 'image'
no_leftovers
