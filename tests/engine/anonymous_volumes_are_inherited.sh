#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A recreated container gets the anonymous volumes of the one that it replaces, with their data.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:1
    volumes: ["/keep"]
YAML
ok deploy --yes
docker exec "$(id_of web)" sh -c 'echo precious > /keep/file'
volume=$(of web '{{range .Mounts}}{{.Name}}{{end}}')
sed -i 's/fixture:1/fixture:2/' compose.yaml
ok deploy --yes
is "$volume" "$(of web '{{range .Mounts}}{{.Name}}{{end}}')" 'the anonymous volume'
is precious "$(docker exec "$(id_of web)" cat /keep/file)" 'what was in it'
ok down --yes
docker volume inspect "$volume" > /dev/null || fail 'down removed the anonymous volume'
docker volume rm "$volume" > /dev/null
