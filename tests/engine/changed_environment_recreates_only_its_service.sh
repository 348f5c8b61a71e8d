#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A changed variable in .env recreates the service that gets it; the plan names the variable, not its value.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

# shellcheck disable=SC2016
compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:1
    environment: { API_TOKEN: "${API_TOKEN:?set it in .env}" }
  other:
    image: landfast/fixture:1
YAML

echo 'API_TOKEN=first-secret' > .env
ok deploy
other=$(picture | grep -- -other-)
echo 'API_TOKEN=second-secret' > .env
ok plan
says 'API_TOKEN'
says_not 'first-secret' 'second-secret'
ok deploy
says_not 'first-secret' 'second-secret'
is "$other" "$(picture | grep -- -other-)" 'other'
is second-secret "$(docker exec "$(id_of web)" sh -c 'echo "$API_TOKEN"')" 'the variable in web'
! grep -rqa 'second-secret' "$LANDFAST_STATE_DIR" || fail 'the value stands in the state folder'
