#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A service that is gone from the file is an orphan: shown, kept, removed with --remove-orphans.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
  old: { image: "landfast/fixture:1" }
YAML
ok deploy
compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
before=$(picture)
ok deploy
says 'old'
is "$before" "$(picture)" 'the stack with its orphan'
refused 2 deploy --remove-orphans   # it removes something: on a pipe it needs a yes
is "$before" "$(picture)" 'the stack after the question'
ok deploy --remove-orphans --yes
is '' "$(ids_of old)" 'the orphan'
runs web
