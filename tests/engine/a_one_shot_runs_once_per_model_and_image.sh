#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A one-shot that has succeeded runs again only when its model or its image changed.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

docker tag landfast/fixture:1 "$stack/job:latest"
compose_file <<YAML
services:
  job:
    image: $stack/job
    command: ["sh", "-c", "echo run >> /data/log"]
    volumes: ["data:/data"]
    restart: "no"
  web:
    image: landfast/fixture:1
    volumes: ["data:/data"]
    depends_on: { job: { condition: service_completed_successfully } }
volumes: { data: }
YAML
count() { docker exec "$(id_of web)" sh -c 'wc -l < /data/log'; }
ok deploy --yes
is 1 "$(count)" 'runs after the first deploy'
ok deploy --yes
is 1 "$(count)" 'runs after a deploy without a change'
sed -i 's|image: landfast/fixture:1|image: landfast/fixture:2|' compose.yaml
ok deploy --yes
is 1 "$(count)" 'runs after another service changed'
docker tag landfast/fixture:3 "$stack/job:latest"
ok deploy --yes
is 2 "$(count)" 'runs after its image changed'
sed -i 's|echo run|echo again|' compose.yaml
ok deploy --yes
is 3 "$(count)" 'runs after its command changed'
no_leftovers
