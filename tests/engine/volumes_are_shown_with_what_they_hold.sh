#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `volumes` knows real PostgreSQL and Redis by what is in their volumes; `volumes rm` removes one by
# name, never one that a container has, never without a yes, and the newest copy only for a person.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker image inspect postgres:15 redis:7 > /dev/null 2>&1 || skip 'needs the images postgres:15 and redis:7'
compose_file <<'YAML'
services:
  # Neither names, nor aliases, nor targets say what these are.
  one:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: secret, PGDATA: /store/here/db }
    volumes: ["first:/store"]
  two:
    image: redis:7
    command: ["redis-server", "--appendonly", "yes"]
    volumes: ["second:/data"]
  three:
    image: redis:7
    command: ["redis-server", "--save", "", "--maxmemory-policy", "allkeys-lru"]
  four:
    image: landfast/fixture:1
    volumes: ["fourth:/data", "./conf:/conf:ro"]
volumes: { first: , second: , fourth: }
YAML
mkdir conf
ok deploy
docker exec "$(id_of four)" sh -c 'echo holiday > /data/picture'

kind_of() { # VOLUME: kind and version
  lf volumes --json
  python3 -c 'import json, sys
for v in json.loads(sys.stdin.readline())["volumes"]:
    if v["name"] == sys.argv[1]: print(v["kind"], v["version"], ",".join(v["used_by"]), v["bytes"] > 0)' "$1" < "$out"
}
is 'PostgreSQL 15 one True' "$(kind_of "${stack}_first")" 'the first volume'
is 'Redis  two True' "$(kind_of "${stack}_second")" 'the second volume'
is 'files  four True' "$(kind_of "${stack}_fourth")" 'the fourth volume'
ok volumes
says "${stack}_first +PostgreSQL 15" "${stack}_second +Redis" 'Redis \(cache\)|used by three'
says_not "${stack}_landfast"

before=$(picture)
refused 2 volumes rm "${stack}_first" --yes
says 'in use by' "$stack-one-1"
refused 2 volumes rm "${stack}_frist" --yes
says "${stack}_first"
is "$before" "$(picture)" 'the containers after refusals'

# What Landfast set aside, as a guarded deploy makes it.
for n in 1 2; do
  docker volume create --label landfast.role=aside --label "landfast.stack=$stack" --label "landfast.of=${stack}_first" \
    --label "landfast.why=before release $n migrated it" "${stack}_first.lf-$n" > /dev/null
done
ok volumes
says "${stack}_first.lf-1 .*before release 1 migrated it" 'set aside: 2'
refused 2 volumes rm "${stack}_first.lf-1"
says 'nobody to ask' '--yes'

ok down --yes
refused 2 volumes rm "${stack}_fourth"
docker volume inspect "${stack}_fourth" > /dev/null || fail 'removed without a yes'
ok volumes rm "${stack}_fourth" --yes
says "${stack}_fourth is removed" "new-volume ${stack}_fourth"
docker volume inspect "${stack}_fourth" > /dev/null 2>&1 && fail 'the volume is still there'
docker volume inspect "${stack}_first" "${stack}_second" > /dev/null || fail 'another volume is gone'
