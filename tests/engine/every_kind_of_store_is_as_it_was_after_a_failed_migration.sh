#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One migration changes a Redis with its append-only file, a SQLite database and plain files, and then
# fails: every file of the three volumes is as it was, byte for byte, and the old release serves.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect redis:7 > /dev/null 2>&1 || skip 'needs the image redis:7'
python3 -c 'import sqlite3' 2> /dev/null || skip 'needs sqlite3 of Python, to make a database'

release() { # VERSION COMMAND
  compose_file << YAML
services:
  queue:
    image: redis:7
    command: ["redis-server", "--appendonly", "yes"]
    volumes: ["queue:/data"]
    healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: 1s, retries: 30 }
  app:
    image: landfast/fixture:$1
    environment: { QUEUE: "redis://queue:6379" }
    volumes: ["shop:/shop", "uploads:/uploads"]
    depends_on: { migrate: { condition: service_completed_successfully } }
  migrate:
    image: redis:7
    entrypoint: ["bash", "-c", "$2"]
    volumes: ["shop:/shop", "uploads:/uploads"]
    depends_on: { queue: { condition: service_healthy } }
    x-landfast: { migrate: true }
volumes: { queue: , shop: , uploads: }
YAML
}
digest() { digest_of "$(mountpoint queue)" "$(mountpoint shop)" "$(mountpoint uploads)"; }

release 1 'redis-cli -h queue set word old && echo old > /uploads/letter'
ok deploy --yes
python3 - "$(mountpoint shop)/shop.db" << 'PY'
import sqlite3, sys
shop = sqlite3.connect(sys.argv[1])
shop.execute("create table word (text)")
shop.execute("insert into word values ('old')")
shop.commit()
PY
ok volumes
says '_queue +Redis' '_shop +SQLite' '_uploads +files'
ok stop
before=$(digest)

release 2 'redis-cli -h queue set word new && echo new > /uploads/letter && printf x >> /shop/shop.db && exit 7'
ok plan
says 'the data of queue \(Redis' 'SQLite, .*_shop' 'files, .*_uploads'
refused 4 deploy --yes
says 'exit code 7' 'the data is as it was before'
is "$before" "$(digest)" 'every file after the failed migration'
is '' "$(asides)" 'what is set aside'

release 3 'redis-cli -h queue set word new && echo new > /uploads/letter'
ok deploy --yes
is new "$(docker exec "$(id_of queue)" redis-cli get word)" 'the queue after the next migration'
is new "$(cat "$(mountpoint uploads)/letter")" 'the files after it'
ok rollback --data --yes
is old "$(docker exec "$(id_of queue)" redis-cli get word)" 'the queue after the rollback'
is old "$(cat "$(mountpoint uploads)/letter")" 'the files after the rollback'
no_leftovers
