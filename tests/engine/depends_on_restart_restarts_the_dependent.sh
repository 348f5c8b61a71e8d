#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `depends_on: {db: {restart: true}}`: a new db restarts the service, which keeps its container.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  db: { image: "landfast/fixture:1" }
  web:
    image: landfast/fixture:3
    depends_on: { db: { condition: service_started, restart: true } }
  other:
    image: landfast/fixture:3
    depends_on: [db]
YAML
ok deploy
web=$(id_of web) started=$(of web '{{.State.StartedAt}}')
other=$(picture | grep -- -other-)
sed -i 's/db: { image: "landfast.fixture:1"/db: { image: "landfast\/fixture:2"/' compose.yaml
ok deploy
is "$web" "$(id_of web)" 'container of web'
[[ $(of web '{{.State.StartedAt}}') != "$started" ]] || fail 'web was not restarted'
is "$other" "$(picture | grep -- -other-)" 'other, which did not ask for it'
