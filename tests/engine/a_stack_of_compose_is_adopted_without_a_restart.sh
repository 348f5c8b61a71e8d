#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What Docker Compose deployed is taken over as it is: no container is recreated or started again.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_compose

compose_file <<'YAML'
services:
  db:
    image: landfast/fixture:1
    command: ["serve", "5432"]
    volumes: ["data:/data"]
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:5432/health"], interval: 1s }
  web:
    image: landfast/fixture:1
    restart: unless-stopped
    ports: ["127.0.0.1::8080"]
    tmpfs: [/run]
    extra_hosts: ["elsewhere:192.0.2.1"]
    depends_on: { db: { condition: service_healthy } }
  side:
    image: landfast/fixture:1
    command: ["sleep", "100000"]
    network_mode: "service:web"
volumes: { data: }
YAML

"${compose[@]}" up -d > "$out" 2>&1 || fail 'compose up -d failed'
before=$(picture)
since=$(now)
ok deploy
is "$before" "$(picture)" 'the stack'
is '' "$(events_since "$since" create start die stop rename destroy)" 'events of the adoption'
ok history
says '\b1\b'
sed -i 's/elsewhere:192.0.2.1/elsewhere:192.0.2.2/' compose.yaml
ok deploy
is "$(grep -- -db- <<< "$before")" "$(picture | grep -- -db-)" 'db, which did not change'
