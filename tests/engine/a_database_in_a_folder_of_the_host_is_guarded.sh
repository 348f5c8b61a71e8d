#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL on a bind mount: a failed migration leaves every file of the folder as it was, killed in
# its undo or not, one that succeeds sets the original aside, and `rollback --data` brings it back.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect postgres:15 > /dev/null 2>&1 || skip 'needs the image postgres:15'

release() { # SQL
  compose_file << YAML
services:
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: secret }
    volumes: ["./db:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD", "pg_isready", "-h", "127.0.0.1"], interval: 1s, retries: 30 }
  migrate:
    image: postgres:15
    entrypoint: ["psql", "-h", "db", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-c", "$1"]
    environment: { PGPASSWORD: secret }
    depends_on: { db: { condition: service_healthy } }
    x-landfast: { migrate: true }
YAML
}
sql() { docker exec "$(id_of db)" psql -U postgres -At -c "$1"; }
digest() { digest_of db; }

# What an uncommitted first deployment wrote into an empty folder would poison the next try.
release 'select 1/0'
refused 4 deploy --yes
says 'emptied .*/app/db'
is '' "$(ls -A db)" 'the folder after a first deployment that failed'

release 'create table kept (n int)'
ok deploy --yes
sql 'insert into kept values (1)' > /dev/null
ok stop
before=$(digest)
release 'drop table kept; select 1/0'
ok plan
says 'the data of db .*/app/db.* is fenced and migrated on a copy'
refused 4 deploy --yes
says 'division by zero' 'the data is as it was before'
is "$before" "$(digest)" 'every file after the failed migration'
is '' "$(asides)" 'what is set aside after it'
is db "$(find . -maxdepth 1 -name 'db*' -printf '%f')" 'folders after it'

# Killed in its undo, when the copy is about to go: the next look finds the original in its place.
ok start
status=0
LANDFAST_WATCHER=off LANDFAST_CRASH_AT='remove_folder db.lf-4 before' \
  "$landfast" deploy --yes < /dev/null > "$out" 2>&1 || status=$?
is 137 "$status" 'exit code of the deploy that is killed in its undo'
ok recover
runs db
is 1 "$(sql 'select count(*) from kept')" 'rows after the recovery'
is db "$(find . -maxdepth 1 -name 'db*' -printf '%f')" 'folders after the recovery'

release 'insert into kept values (2)'
ok deploy --yes
is 2 "$(sql 'select count(*) from kept')" 'rows after the migration'
is "${stack}_bind-$(printf %s "$top/app/db" | sha256sum | cut -c1-8).lf-5" "$(asides)" 'what is set aside'
is 'db db.lf-5' "$(find . -maxdepth 1 -name 'db*' -printf '%f\n' | sort | xargs)" 'folders'
ok volumes
says 'set aside'
ok rollback --data --yes
is 1 "$(sql 'select count(*) from kept')" 'rows after the rollback'
is 'db db.lf-6' "$(find . -maxdepth 1 -name 'db*' -printf '%f\n' | sort | xargs)" 'folders after the rollback'

# Somebody else who writes there stops the deploy before anything is touched.
other=$(docker run -d -v "$top/app:/all" landfast/fixture:1 serve)
trap 'docker rm -f "$other" > /dev/null; leave_nothing' EXIT
release 'insert into kept values (3)'
picture=$(picture)
refused 2 deploy --yes
says 'of another stack uses it too'
is "$picture" "$(picture)" 'the stack after the refusal'
