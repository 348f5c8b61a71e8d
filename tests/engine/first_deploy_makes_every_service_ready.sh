#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A first deploy starts everything in order, waits until it is ready, and records a release.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  db:
    image: landfast/fixture:1
    command: ["serve", "5432"]
    volumes: ["data:/data"]
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:5432/health"], interval: 5s }
  migrate:
    image: landfast/fixture:1
    command: ["sh", "-c", "echo migrated >> /data/log"]
    volumes: ["data:/data"]
    restart: "no"
    depends_on: { db: { condition: service_healthy } }
  web:
    image: landfast/fixture:1
    restart: unless-stopped
    depends_on:
      db: { condition: service_healthy }
      migrate: { condition: service_completed_successfully }
volumes:
  data:
YAML

ok deploy
runs db web
is exited "$(of migrate '{{.State.Status}}')" 'state of migrate'
is 0 "$(of migrate '{{.State.ExitCode}}')" 'exit code of migrate'
is "/$stack-web-1" "$(of web '{{.Name}}')" 'name of web'
is unless-stopped "$(of web '{{.HostConfig.RestartPolicy.Name}}')" 'policy of web'
is migrated "$(docker exec "$(id_of db)" cat /data/log)" 'what migrate wrote'
no_leftovers

[[ $(of migrate '{{.State.FinishedAt}}') < $(of web '{{.State.StartedAt}}') ]] ||
  fail 'web started before migrate had ended'

ok status
says db web
ok history
says '\b1\b'
