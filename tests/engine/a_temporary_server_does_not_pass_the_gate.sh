#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A database that runs a temporary server while it initialises passes its health check too early; what
# depends on it must start only when the real server accepts.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  db:
    image: landfast/fixture:1
    command: ["tempdb"]
    environment: { INIT_SECONDS: "2", GAP_SECONDS: "1" }
    expose: ["5432"]
    volumes: ["data:/data"]
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:5432/health"], interval: 1s }
  app:
    image: landfast/fixture:1
    command: ["sh", "-c", "wget -qO- http://db:5432/health && exec serve"]
    restart: "no"
    depends_on: { db: { condition: service_healthy } }
volumes: { data: }
YAML
ok deploy
runs db app
docker logs -t "$(id_of db)" 2>&1 | awk '/ready to accept/ {print $1}' > "$top/ready"
[[ $(cat "$top/ready") < $(of app '{{.State.StartedAt}}') ]] ||
  fail "app started at $(of app '{{.State.StartedAt}}'), the real server was ready at $(cat "$top/ready")"
is 0 "$(of app '{{.RestartCount}}')" 'restarts of app'
