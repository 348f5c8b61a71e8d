#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# With nothing changed a second deploy makes no change and starts no container.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  db:
    image: landfast/fixture:1
    command: ["serve", "5432"]
    environment: { MODE: quiet }
    volumes: ["data:/data"]
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:5432/health"], interval: 5s }
  migrate:
    image: landfast/fixture:1
    command: ["true"]
    depends_on: { db: { condition: service_healthy } }
  web:
    image: landfast/fixture:1
    restart: always
    ports: ["127.0.0.1::8080"]
    networks: { front: { aliases: [site] }, back: }
    depends_on: { migrate: { condition: service_completed_successfully } }
    ulimits: { nofile: 1024 }
    cap_drop: [ALL]
    tmpfs: [/run]
networks: { front: , back: { internal: true } }
volumes: { data: }
YAML

ok deploy
before=$(picture)
since=$(now)
ok deploy
is "$before" "$(picture)" 'the stack'
is '' "$(events_since "$since" create start die stop rename update destroy)" 'events of the second deploy'
ok plan
says 'nothing'
is "$before" "$(picture)" 'the stack after plan'
