#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `network_mode: service:web`: a new web means a new guest, else it would live in a dead namespace.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:1
  guest:
    image: landfast/fixture:3
    command: ["serve", "9090"]
    network_mode: "service:web"
  bystander:
    image: landfast/fixture:1
YAML
ok deploy
guest=$(id_of guest)
bystander=$(picture | grep -- -bystander-)
sed -i '0,/fixture:1/s//fixture:2/' compose.yaml
ok deploy
[[ $(id_of guest) != "$guest" ]] || fail 'the guest still shares the old namespace'
is "container:$(id_of web)" "$(of guest '{{.HostConfig.NetworkMode}}')" 'namespace of the guest'
is "$bystander" "$(picture | grep -- -bystander-)" 'the bystander'
is 2 "$(docker exec "$(id_of guest)" wget -qO- http://127.0.0.1:8080/version)" 'web, seen by its guest'
no_leftovers
