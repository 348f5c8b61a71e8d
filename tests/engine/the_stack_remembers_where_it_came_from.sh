#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# After a deploy `-p NAME` works from any folder, with the files, env files and profiles of that deploy.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

# shellcheck disable=SC2016
compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:${VERSION:?from more.env}" }
  extra: { image: "landfast/fixture:1", profiles: [more] }
YAML
mv compose.yaml other.yaml
echo VERSION=1 > more.env
ok -f other.yaml --env-file more.env --profile more deploy
runs web extra
before=$(picture)
cd /
ok -p "$stack" status
says web extra
ok -p "$stack" deploy
is "$before" "$(picture)" 'the stack after a deploy from elsewhere'
echo VERSION=2 > "$top/app/more.env"
ok -p "$stack" deploy
is landfast/fixture:2 "$(of web '{{.Config.Image}}')" 'image of web'
runs web extra
