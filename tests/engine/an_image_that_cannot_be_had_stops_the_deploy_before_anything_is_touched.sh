#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Images come first: one that cannot be pulled fails the deploy while everything still runs.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
ok deploy
before=$(picture)
compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:2" }
  new: { image: "127.0.0.1:1/nobody/none:1" }
YAML
lf deploy --yes
((status == 1 || status == 4)) || fail "ended with $status, not 1 or 4"
says '127.0.0.1:1/nobody/none:1'
is "$before" "$(picture)" 'the stack'
no_leftovers
