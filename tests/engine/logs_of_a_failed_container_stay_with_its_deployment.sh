#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The undo saves what the failed container said before it removes it: without secrets, for `logs
# --deployment`. The message of the deploy says what failed, what was undone and what is true now.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
ok deploy
compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:2
    environment: { API_TOKEN: hushhush }
    secrets: [key]
    command: ["sh", "-c", "echo token $$API_TOKEN; cat /run/secrets/key; echo no frobnicator; exit 3"]
secrets: { key: { file: key.txt } }
YAML
echo 'keepthisin' > key.txt
refused 4 deploy --yes --timeout 3s
says 'no frobnicator' 'removed: web; back: web' 'the release before serves' 'landfast logs --deployment 2'
says_not 'hushhush' 'keepthisin'
ok logs --deployment 2
says 'token \*\*\*' 'no frobnicator'
says_not 'hushhush' 'keepthisin'
ok logs --deployment 2 web
says 'no frobnicator'
refused 2 logs --deployment 2 other
refused 2 logs --deployment 9
is 600 "$(stat -c %a "$LANDFAST_STATE_DIR"/deployments/2/*.log)" 'mode of the saved log'
! grep -rqE 'hushhush' "$LANDFAST_STATE_DIR/deployments" "$LANDFAST_STATE_DIR/journal.db" ||
  fail 'the state shows a secret'
runs web
is 1 "$(docker exec "$(id_of web)" cat /www/version)" 'version that serves'
