#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A rollback needs neither the folder nor a registry: image, variables and secrets are those of then,
# though the tag has moved and the files have changed. It becomes a release of its own.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<YAML
services:
  web:
    image: $stack/web:\${TAG:-latest}
    environment: { LEVEL: "\${LEVEL}" }
    secrets: [key]
secrets: { key: { file: key.txt } }
YAML
docker tag landfast/fixture:1 "$stack/web:latest"
docker tag landfast/fixture:3 "$stack/web:next"
echo 'LEVEL=one' > .env
echo 'the-first-key' > key.txt
ok deploy
first=$(docker image inspect --format '{{.Id}}' landfast/fixture:1)
is "$first" "$(docker image inspect --format '{{.Id}}' "landfast/$stack/web:1")" 'the kept image'

docker tag landfast/fixture:2 "$stack/web:latest"
printf 'LEVEL=two\nTAG=latest\n' > .env
echo 'the-second-key' > key.txt
ok deploy
is 2 "$(docker exec "$(id_of web)" cat /www/version)" 'version after the update'
docker image prune -f > /dev/null

rm .env key.txt
echo 'no: [compose' > compose.yaml
ok -p "$stack" rollback
says 'release 2 → 3' 'this is release 1 again' 'release 3 in'
is 1 "$(docker exec "$(id_of web)" cat /www/version)" 'version after the rollback'
is the-first-key "$(docker exec "$(id_of web)" cat /run/secrets/key)" 'the secret after the rollback'
is LEVEL=one "$(docker exec "$(id_of web)" env | grep LEVEL)" 'the variable after the rollback'
is "$first" "$(docker image inspect --format '{{.Id}}' "$stack/web:latest")" 'the tag after the rollback'
no_leftovers
ok -p "$stack" history
says 'release 3 \(= 1\)'

before=$(picture)
ok -p "$stack" rollback 1
says 'nothing to do'
is "$before" "$(picture)" 'the stack after a rollback to what runs'
refused 2 -p "$stack" rollback 9
says 'has no release 9'
! grep -rq 'the-first-key\|LEVEL=one' "$LANDFAST_STATE_DIR/releases" "$LANDFAST_STATE_DIR/journal.db" ||
  fail 'the state shows a value that should be sealed'

ok -p "$stack" rollback 2
is the-second-key "$(docker exec "$(id_of web)" cat /run/secrets/key)" 'the secret of release 2'
before=$(picture)
docker image ls -q "landfast/$stack/web" | sort -u > /dev/null
docker rmi "landfast/$stack/web:1" "landfast/$stack/web:3" > /dev/null
is "$before" "$(picture)" 'the stack without the kept tags'
