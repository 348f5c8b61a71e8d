#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A tag that names another image now is a cause, for the services that use it and no other.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker tag landfast/fixture:1 "$stack/web:latest"
compose_file <<YAML
services:
  web:
    image: $stack/web
    depends_on: [api]
  api:
    image: landfast/fixture:1
YAML

ok deploy
api=$(picture | grep -- -api-)
old=$(id_of web)
docker tag landfast/fixture:2 "$stack/web:latest"
ok plan
says 'web.*image'
ok deploy
is "$api" "$(picture | grep -- -api-)" 'api'
[[ $(id_of web) != "$old" ]] || fail 'web is still the old container'
is 2 "$(docker exec "$(id_of web)" cat /www/version)" 'version that web serves'
is "/$stack-web-1" "$(of web '{{.Name}}')" 'name of web'
no_leftovers
