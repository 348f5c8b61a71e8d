#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ten deploys of an app whose Alembic has nothing to do: its image changes each time, and nothing is
# fenced or copied. The first one that brings a new revision is guarded, and so is one whose `pending`
# command says so.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect postgres:15 > /dev/null 2>&1 || skip 'needs the image postgres:15'

sql() { docker exec "$(id_of db)" psql -q -v ON_ERROR_STOP=1 -U shop -d shop -c "$1"; }
alembic_image 0 a1 b2
alembic_release 0
ok deploy
# shellcheck disable=SC2016  # dollars of SQL
sql 'CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ($$b2$$)'
store=$(of db '{{.Id}} {{.State.StartedAt}}')
for n in {1..10}; do
  alembic_image "$n" a1 b2
  alembic_release "$n"
  ok deploy
  says 'app migrates nothing: Alembic in db'
done
is "$store" "$(of db '{{.Id}} {{.State.StartedAt}}')" 'the database, which nobody stopped'
is '' "$(asides)" 'what was set aside'
is '' "$(docker network ls -q --filter "label=landfast.stack=$stack")" 'fences'
is "$stack/app:10" "$(of app '{{.Config.Image}}')" 'image of app'

alembic_image 11 a1 b2 c3
alembic_release 11
ok plan
says 'what app migrates: Alembic in db: 1 of the image is not applied yet' 'fenced and migrated on a copy'

# The app's own word counts before its tables.
alembic_release 11 'pending: ["test", "-e", "/srv/app/release"]'
ok plan
says 'app migrates nothing: test -e /srv/app/release ended with 0'
says_not 'fenced'
alembic_release 11 'pending: ["sh", "-c", "echo two wait; exit 3"]'
ok plan
says 'what app migrates: sh -c echo two wait; exit 3 ended with 3: two wait' 'fenced and migrated on a copy'
is '' "$(docker ps -aq --filter "label=landfast.stack=$stack" --filter label=landfast.role=look)" 'what was made to look'
ok deploy --yes
is "${stack}_data.lf-12" "$(asides)" 'what was set aside'
