#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A user who is not root gets no journal of their own: sudo, or the line to type; the state of root is
# closed to them. Nothing is touched.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

[[ $EUID == 0 ]] || skip 'needs root to become somebody else'
command -v setpriv > /dev/null || skip 'setpriv is not installed'
compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
ok deploy
before=$(picture)
chmod 755 "$top" "$top/app"
chmod 644 compose.yaml
install -m 755 "$landfast" "$top/landfast"
as_nobody() { # STATUS VARIABLE=VALUE… : what `deploy` ends with for a user without rights
  local wanted=$1
  shift
  status=0
  env -u LANDFAST_STATE_DIR "$@" setpriv --reuid=65534 --regid=65534 --clear-groups \
    "$top/landfast" deploy --yes < /dev/null > "$out" 2>&1 || status=$?
  is "$wanted" "$status" "exit code for nobody ($*)"
}
as_nobody 2 HOME=/nonexistent
says 'type: sudo landfast deploy --yes'
as_nobody 1 HOME=/nonexistent LANDFAST_STATE_DIR="$LANDFAST_STATE_DIR"
says 'closed to this user|belongs to user id 0'
is "$before" "$(picture)" 'the stack'
