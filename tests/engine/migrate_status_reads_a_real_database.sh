#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `migrate status` reads the tables of Alembic and golang-migrate in a real PostgreSQL and compares
# them with the files of the app's image, of which a newer one waits; nothing is touched.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect postgres:15 > /dev/null 2>&1 || skip 'needs the image postgres:15'

app_image() { # TAG REVISION…: an image with these Alembic scripts, each after the one before, in /srv/app
  local tag=$1 before=None revision container
  shift
  rm -rf root
  mkdir -p root/srv/app/alembic/versions root/srv/app/migrations
  for revision; do
    printf 'revision = "%s"\ndown_revision = %s\n' "$revision" "$before" > "root/srv/app/alembic/versions/$revision.py"
    before="'$revision'"
  done
  : > root/srv/app/migrations/000001_first.up.sql
  container=$(docker create landfast/fixture:1)
  tar -C root -c . | docker cp - "$container:/"
  docker commit -c 'WORKDIR /srv/app' "$container" "$stack/app:$tag" > /dev/null
  docker rm "$container" > /dev/null
}
describe() { # TAG
  compose_file << YAML
services:
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: secret, POSTGRES_USER: shop }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD", "pg_isready", "-U", "shop", "-h", "127.0.0.1"], interval: 1s, retries: 30 }
  app:
    image: $stack/app:$1
    depends_on: { db: { condition: service_healthy } }
volumes: { data: }
YAML
}
sql() { docker exec "$(id_of db)" psql -q -v ON_ERROR_STOP=1 -U shop -d "$1" -c "$2"; }

app_image 1 a1 b2
app_image 2 a1 b2 c3
describe 1
ok deploy
ok migrate status
says 'no table of Alembic'
# shellcheck disable=SC2016  # dollars of SQL
sql shop 'CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ($$b2$$)'
sql postgres 'CREATE DATABASE other'
sql other 'CREATE SCHEMA "Odd"; CREATE TABLE "Odd".schema_migrations (version bigint, dirty boolean);
  INSERT INTO "Odd".schema_migrations VALUES (1, true)'
ok migrate status
says '✓ db shop +Alembic, image of app +2 applied, 0 waiting'
says '○ db other\.Odd +golang-migrate, image of app .*version 1 has failed half-way'

before=$(picture)
describe 2
ok migrate status
says '○ db shop +Alembic, image of app +2 applied, 1 waiting' 'waits: c3'
says_not secret
is "$before" "$(picture)" 'the containers after looking'
is '' "$(docker ps -aq --filter "label=landfast.stack=$stack" --filter label=landfast.role=look)" 'what was made to look'
docker stop "$(id_of db)" > /dev/null
ok migrate status
says 'db does not run'
