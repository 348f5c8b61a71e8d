#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Deployment numbers are counted per stack: undoing the first deployment of one stack touches neither
# the networks nor the volumes that the first deployment of another made, in use or not.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

neighbour() { # STATE NAME: the neighbour's volume or network
  docker "$1" inspect "$2" > /dev/null 2>&1 || fail "$1 $2 of the other stack is gone"
}
compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:1
    volumes: ["data:/data"]
    networks: [own]
volumes: { data: }
networks: { own: }
YAML
ok deploy
docker exec "$(id_of web)" sh -c 'echo precious > /data/file'
ok stop

mkdir ../second
cat > ../second/compose.yaml <<YAML
name: $stack-second
services:
  web: { image: "landfast/fixture:1", command: ["sh", "-c", "exit 1"], volumes: ["data:/data"] }
  job: { image: "landfast/fixture:1", command: ["false"], restart: "no" }
  late: { image: "landfast/fixture:1", depends_on: { job: { condition: service_completed_successfully } } }
volumes: { data: }
YAML
lf -f ../second/compose.yaml deploy --yes --timeout 3s
((status == 4)) || fail "the second stack's deploy ended with $status, not 4"
neighbour network "${stack}_own"
neighbour volume "${stack}_data"
says_not "${stack}_own" "${stack}_data"

ok down --yes
lf -f ../second/compose.yaml deploy --yes --timeout 3s
((status == 4)) || fail "the second stack's deploy ended with $status, not 4"
neighbour volume "${stack}_data"
ok deploy
is precious "$(docker exec "$(id_of web)" cat /data/file)" 'the data of the first stack'
