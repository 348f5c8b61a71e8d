#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ten deploys of an app whose Alembic has nothing to do: its image changes each time, and nothing is
# fenced or copied. The first one that brings a new revision is guarded, and so is one whose `pending`
# command says so.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect postgres:15 > /dev/null 2>&1 || skip 'needs the image postgres:15'

app_image() { # TAG REVISION…: an image with these Alembic scripts, each after the one before, in /srv/app
  local tag=$1 before=None revision container
  shift
  rm -rf root
  mkdir -p root/srv/app/alembic/versions
  echo "$tag" > root/srv/app/release
  for revision; do
    printf 'revision = "%s"\ndown_revision = %s\n' "$revision" "$before" > "root/srv/app/alembic/versions/$revision.py"
    before="'$revision'"
  done
  container=$(docker create landfast/fixture:1)
  tar -C root -c . | docker cp - "$container:/"
  docker commit -c 'WORKDIR /srv/app' "$container" "$stack/app:$tag" > /dev/null
  docker rm "$container" > /dev/null
}
describe() { # TAG [EXTENSION]
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
    x-landfast: { ${2:-} }
volumes: { data: }
YAML
}
sql() { docker exec "$(id_of db)" psql -q -v ON_ERROR_STOP=1 -U shop -d shop -c "$1"; }
asides() { docker volume ls -q --filter label=landfast.of --filter "label=landfast.stack=$stack"; }

app_image 0 a1 b2
describe 0
ok deploy
# shellcheck disable=SC2016  # dollars of SQL
sql 'CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ($$b2$$)'
store=$(of db '{{.Id}} {{.State.StartedAt}}')
for n in {1..10}; do
  app_image "$n" a1 b2
  describe "$n"
  ok deploy
  says 'app migrates nothing: Alembic in db'
done
is "$store" "$(of db '{{.Id}} {{.State.StartedAt}}')" 'the database, which nobody stopped'
is '' "$(asides)" 'what was set aside'
is '' "$(docker network ls -q --filter "label=landfast.stack=$stack")" 'fences'
is "$stack/app:10" "$(of app '{{.Config.Image}}')" 'image of app'

app_image 11 a1 b2 c3
describe 11
ok plan
says 'what app migrates: Alembic in db: 1 of the image is not applied yet' 'fenced and migrated on a copy'

# The app's own word counts before its tables.
describe 11 'pending: ["test", "-e", "/srv/app/release"]'
ok plan
says 'app migrates nothing: test -e /srv/app/release ended with 0'
says_not 'fenced'
describe 11 'pending: ["sh", "-c", "echo two wait; exit 3"]'
ok plan
says 'what app migrates: sh -c echo two wait; exit 3 ended with 3: two wait' 'fenced and migrated on a copy'
is '' "$(docker ps -aq --filter "label=landfast.stack=$stack" --filter label=landfast.role=look)" 'what was made to look'
ok deploy --yes
is "${stack}_data.lf-12" "$(asides)" 'what was set aside'
