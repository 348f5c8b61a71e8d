#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A one-shot that exits non-zero stops the deploy before what depends on it; its last lines are shown.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  migrate:
    image: landfast/fixture:1
    command: ["sh", "-c", "echo step 1; echo column already exists >&2; exit 3"]
    restart: "no"
  web:
    image: landfast/fixture:1
    depends_on: { migrate: { condition: service_completed_successfully } }
YAML
lf deploy
((status == 1 || status == 4)) || fail "ended with $status, not 1 or 4"
says 'migrate' '\b3\b' 'column already exists'
is '' "$(ids_of web)" 'web, whose one-shot failed'
no_leftovers
