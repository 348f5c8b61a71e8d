#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A guarded migration of a real PostgreSQL behind two routed services, under load: one gets a new
# image, the other only has to stop. Requests wait and none fails; also where the migration fails, and
# where its deployer is killed. A service with only one writer is waited for alike.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
docker image inspect postgres:15 > /dev/null 2>&1 || skip 'there is no image postgres:15 (tools/images)'
need_edge

port=$((20000 + $$ % 10000))
clients=()
leave_no_clients() {
  ((${#clients[@]} == 0)) || kill "${clients[@]}" 2> /dev/null || true
  leave_no_edge
}
trap leave_no_clients EXIT

release() { # VERSION MIGRATION
  compose_file << YAML
services:
  db:
    image: postgres:15
    restart: unless-stopped
    environment: { POSTGRES_PASSWORD: engine-test }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD-SHELL", "pg_isready -U postgres"], interval: 1s, retries: 60 }
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "$2"]
    depends_on: { db: { condition: service_healthy } }
    x-landfast: { migrate: true }
  app:
    image: landfast/fixture:$1
    environment: { DATABASE_HOST: db }
    stop_grace_period: 2s
    depends_on: { migrate: { condition: service_completed_successfully } }
    x-landfast: { route: ":$port" }
  admin:
    image: landfast/fixture:1
    environment: { DATABASE_HOST: db }
    stop_grace_period: 2s
    depends_on: { db: { condition: service_healthy } }
    x-landfast: { route: ":$((port + 1))" }
volumes: { data: }
YAML
}
answers() { # VERSION
  is "$1" "$(wget -qO- "http://127.0.0.1:$port/version")" 'the version of app that answers'
  is 1 "$(wget -qO- "http://127.0.0.1:$((port + 1))/version")" 'the version of admin that answers'
}
load_begins() {
  python3 "$repo/tests/engine/clients.py" "$port" "$top/app.json" 9>&- & clients=($!)
  python3 "$repo/tests/engine/clients.py" $((port + 1)) "$top/admin.json" 9>&- & clients+=($!)
}
load_ends() { # WHAT: nothing failed
  local id all=0
  kill -TERM "${clients[@]}"
  for id in "${clients[@]}"; do wait "$id" || all=1; done
  clients=()
  echo "$1: app $(cut -c1-300 "$top/app.json"), admin $(cut -c1-300 "$top/admin.json")"
  ((all == 0)) || fail "requests failed during $1"
}

release 1 true
ok deploy
answers 1

load_begins
release 2 'sleep 5'
ok deploy --yes
answers 2
load_ends 'a migration of 5 seconds'
no_leftovers
ok deploy
says 'nothing to do'

load_begins
release 3 'sleep 2; false'
refused 4 deploy --yes
answers 2
load_ends 'a failed migration'

load_begins
LANDFAST_CRASH_AT='switch_to app:8080 after' lf deploy --yes
is 137 "$status" 'exit code of the deployer that was killed behind its hold'
ok recover
answers 2
load_ends 'a killed deployer'
no_leftovers

# Only one may write to its volume, so the old one stops first; what it depends on restarts admin.
load_begins
compose_file << YAML
services:
  db:
    image: postgres:15
    restart: unless-stopped
    environment: { POSTGRES_PASSWORD: engine-test }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD-SHELL", "pg_isready -U postgres"], interval: 1s, retries: 60 }
  app:
    image: landfast/fixture:3
    environment: { DATABASE_HOST: db }
    stop_grace_period: 2s
    volumes: ["uploads:/uploads"]
    x-landfast: { route: ":$port", migrate: none }
  admin:
    image: landfast/fixture:1
    environment: { DATABASE_HOST: db }
    stop_grace_period: 2s
    depends_on: { db: { condition: service_healthy }, app: { condition: service_started, restart: true } }
    x-landfast: { route: ":$((port + 1))" }
volumes: { data: , uploads: }
YAML
ok deploy --yes
answers 3
load_ends 'a service that stops first, and one that restarts with it'
