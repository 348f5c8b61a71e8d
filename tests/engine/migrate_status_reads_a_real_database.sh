#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `migrate status` reads the tables of Alembic and golang-migrate in a real PostgreSQL and compares
# them with the files of the app's image, of which a newer one waits; nothing is touched.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect postgres:15 > /dev/null 2>&1 || skip 'needs the image postgres:15'

sql() { docker exec "$(id_of db)" psql -q -v ON_ERROR_STOP=1 -U shop -d "$1" -c "$2"; }

alembic_image 1 a1 b2
alembic_image 2 a1 b2 c3
alembic_release 1
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
alembic_release 2
ok migrate status
says '○ db shop +Alembic, image of app +2 applied, 1 waiting' 'waits: c3'
says_not secret
is "$before" "$(picture)" 'the containers after looking'
is '' "$(docker ps -aq --filter "label=landfast.stack=$stack" --filter label=landfast.role=look)" 'what was made to look'
docker stop "$(id_of db)" > /dev/null
ok migrate status
says 'db does not run'
