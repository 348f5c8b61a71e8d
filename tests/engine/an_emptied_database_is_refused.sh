#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A volume that somebody removed and made again under its name would start as a new, empty database: the
# deploy stops before anything is touched, and goes on only where that is wanted.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
docker image inspect postgres:15 > /dev/null 2>&1 || skip 'needs the image postgres:15 (tools/images)'

compose_file <<'YAML'
services:
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: one }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD", "pg_isready", "-U", "postgres", "-h", "127.0.0.1"], interval: 1s }
  client: { image: "postgres:15", entrypoint: ["sleep", "infinity"], init: true } # has an empty volume of its image's
volumes: { data: }
YAML
ok deploy --yes
ok deploy --yes
says 'nothing to do'
docker rm -f "$(id_of db)" > /dev/null
docker run --rm -v "${stack}_data:/d" landfast/fixture:1 sh -c 'rm -rf /d/* /d/.[!.]*'
before=$(picture)
for words in plan 'deploy --yes'; do
  # shellcheck disable=SC2086  # two words
  refused 2 $words
  says "${stack}_data, where db keeps the PostgreSQL data of release 1, is empty" "--new-volume ${stack}_data"
done
is "$before" "$(picture)" 'the stack after what was refused'

# The same for a volume that was made anew.
docker ps -aq --filter "volume=${stack}_data" | xargs -r docker rm -f > /dev/null
docker volume rm "${stack}_data" > /dev/null
docker volume create --label "com.docker.compose.project=$stack" --label com.docker.compose.volume=data "${stack}_data" > /dev/null
refused 2 deploy --yes
says "${stack}_data, where db keeps" 'compose.yaml:'
ok deploy --yes --new-volume "${stack}_data"
docker exec "$(id_of db)" pg_isready -q -U postgres -h 127.0.0.1 || fail 'the new database does not answer'
ok deploy --yes
says 'nothing to do'
