#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `down` removes containers and networks; volumes, named and anonymous, stay with their data.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  db:
    image: landfast/fixture:1
    volumes: ["data:/data"]
    networks: [back]
volumes: { data: }
networks: { back: }
YAML
ok deploy
docker exec "$(id_of db)" sh -c 'echo precious > /data/file'
ok down --yes
says "${stack}_data"
nothing_of_the_stack
docker volume inspect "${stack}_data" > /dev/null || fail 'down removed the volume'
ok deploy
is precious "$(docker exec "$(id_of db)" cat /data/file)" 'the data after down and deploy'
