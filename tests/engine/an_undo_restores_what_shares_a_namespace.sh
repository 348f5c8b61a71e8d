#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A failed update of an owner and its guest: the undo starts the owner first, then the guest in its
# namespace; what says depends_on.restart is started again too.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file << 'YAML'
services:
  web: { image: "landfast/fixture:1", stop_grace_period: 2s }
  guest:
    image: landfast/fixture:3
    command: ["serve", "9090"]
    network_mode: "service:web"
    stop_grace_period: 2s
  panel:
    image: landfast/fixture:1
    stop_grace_period: 2s
    depends_on: { web: { condition: service_started, restart: true } }
  late: { image: "landfast/fixture:1", depends_on: [panel] }
YAML
ok deploy
web=$(id_of web) guest=$(id_of guest) panel=$(id_of panel)
sed -i '/^  web:/s/fixture:1/fixture:2/; /^  late:/s/fixture:1"/fixture:2", command: ["false"]/' compose.yaml
refused 4 deploy
is "$web" "$(id_of web)" 'container of web'
is "$guest" "$(id_of guest)" 'container of guest'
is "$panel" "$(id_of panel)" 'container of panel'
runs web guest panel late
is 1 "$(docker exec "$guest" wget -qO- http://127.0.0.1:8080/version)" 'web, seen by its guest'
[[ $(of panel '{{.State.StartedAt}}') > $(of web '{{.State.StartedAt}}') ]] ||
  fail 'panel was not started again after web'
no_leftovers
