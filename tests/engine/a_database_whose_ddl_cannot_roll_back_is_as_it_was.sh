#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# MariaDB commits each statement of a schema change at once. A migration that fails half-way leaves
# every row and every file as it was, and the old release serves; one that succeeds is taken back by
# `rollback --data`. What is set aside was stopped cleanly: a server starts on it without recovery.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect mariadb:10 > /dev/null 2>&1 || skip 'needs the image mariadb:10 (tools/images)'

release() { # VERSION SQL
  compose_file << YAML
services:
  db:
    image: mariadb:10
    environment: { MARIADB_ROOT_PASSWORD: engine-test, MARIADB_DATABASE: shop }
    volumes: ["data:/var/lib/mysql"]
    # Over the socket: the temporary server of a first start passes it too.
    healthcheck: { test: ["CMD", "mariadb-admin", "--silent", "ping"], interval: 1s, retries: 60 }
  app:
    image: landfast/fixture:$1
    command: ["serve"]
    environment: { DATABASE_HOST: db }
    depends_on: { migrate: { condition: service_completed_successfully } }
  migrate:
    image: mariadb:10
    entrypoint: ["mariadb", "-h", "db", "-u", "root", "shop", "-e", "$2"]
    environment: { MYSQL_PWD: engine-test }
    depends_on: { db: { condition: service_healthy } }
    x-landfast: { migrate: true }
volumes: { data: }
YAML
}
sql() { docker exec -e MYSQL_PWD=engine-test "$(id_of db)" mariadb -u root -NB shop -e "$1"; }
schema() { sql 'show create table letter; show tables; select * from letter order by n'; }
folder() { docker volume inspect -f '{{.Mountpoint}}' "${stack}_$1"; }
digest() { (cd "$(folder data)" && find . -type f -printf '%m %U %G ' -exec sha256sum {} \; | LC_ALL=C sort | sha256sum); }
asides() { docker volume ls -q --filter label=landfast.of --filter "label=landfast.stack=$stack"; }
serves() { # VERSION
  is "landfast/fixture:$1" "$(of app '{{.Config.Image}}')" 'image of app'
  runs db app
  no_leftovers
}

release 1 'create table letter (n int primary key, word varchar(9)) engine=innodb'
ok deploy --yes
sql "insert into letter values (1, 'old'), (2, 'old'), (3, 'old')"
ok volumes
says '_data +MariaDB 10'
before=$(schema)

readonly half="alter table letter add column tag int, add index (word); update letter set word = 'new'; \
drop table if exists absent; create table paper (n int); alter table letter add unique (word)"
release 2 "$half"
ok plan
says 'the data of db \(MariaDB, .*_data'
refused 4 deploy --yes
says 'Duplicate entry' 'the data is as it was before'
serves 1
is "$before" "$(schema)" 'the rows and tables after the failed migration'
is '' "$(asides)" 'what is set aside after it'

# Byte for byte: nobody has started the store since it was stopped.
ok stop
bytes=$(digest)
refused 4 deploy --yes
says 'Duplicate entry'
is "$bytes" "$(digest)" 'every file after the failed migration'

release 3 "alter table letter add column tag int; update letter set word = 'new'"
ok deploy --yes
serves 3
is 'new new new' "$(sql 'select word from letter' | xargs)" 'the rows after the migration'
kept=$(asides)
[[ $kept == "${stack}_data.lf-"* ]] || fail "the original was not set aside: $kept"
clean=$(docker volume create --label "com.docker.compose.project=$stack" "${stack}_clean")
cp -a "$(docker volume inspect -f '{{.Mountpoint}}' "$kept")/." "$(folder clean)"
docker run -d --name "$stack-clean" --network none --label "landfast.stack=$stack" -v "$clean:/var/lib/mysql" mariadb:10 > /dev/null
for ((i = 0; i < 300; i++)); do
  docker logs "$stack-clean" > "$top/clean.log" 2>&1
  grep -q 'ready for connections' "$top/clean.log" && break
  read -rt 0.1 <> <(:) || true
done
grep -q 'ready for connections' "$top/clean.log" || fail "no server starts on what is set aside: $(tail "$top/clean.log")"
! grep -qiE 'crash recovery|was not shut ?down|recovering' "$top/clean.log" || fail 'what is set aside was not stopped cleanly'
docker rm -f "$stack-clean" > /dev/null

ok rollback --data --yes
serves 1
is "$before" "$(schema)" 'the rows and tables after the rollback'
