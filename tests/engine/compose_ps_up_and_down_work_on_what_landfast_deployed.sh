#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Docker Compose sees the stack as its own: ps lists it, up -d recreates nothing, down removes it.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_compose

printf 'from the file\n' > settings.conf
compose_file <<'YAML'
services:
  db:
    image: landfast/fixture:1
    command: ["serve", "5432"]
    volumes: ["data:/data"]
    stop_grace_period: 5s
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:5432/health"], interval: 1s, start_period: 2s }
  web:
    image: landfast/fixture:1
    restart: unless-stopped
    environment: { MODE: quiet, EMPTY: "" }
    ports: ["127.0.0.1::8080"]
    volumes: ["./settings.conf:/etc/settings.conf:ro", "/scratch"]
    networks: { front: { aliases: [site] }, back: }
    labels: { team: "a" }
    depends_on: { db: { condition: service_healthy } }
    deploy: { resources: { limits: { memory: 64M } } }
  side:
    image: landfast/fixture:1
    command: ["sleep", "100000"]
    init: true
    network_mode: "service:web"
networks: { front: , back: { internal: true } }
volumes: { data: }
YAML
sed -i 's/^  db:$/&\n    networks: [back]/' compose.yaml

ok deploy
before=$(picture)
"${compose[@]}" ps --format '{{.Service}}' > "$out" 2>&1 || fail 'compose ps failed'
says db web side
"${compose[@]}" up -d > "$out" 2>&1 || fail 'compose up -d failed'
is "$before" "$(picture)" 'the stack after compose up -d'
ok deploy
is "$before" "$(picture)" 'the stack after a deploy on top'
"${compose[@]}" exec -T web cat /etc/settings.conf > "$out" 2>&1 || fail 'compose exec failed'
says 'from the file'
"${compose[@]}" down > "$out" 2>&1 || fail 'compose down failed'
nothing_of_the_stack
ok deploy
runs db web side
