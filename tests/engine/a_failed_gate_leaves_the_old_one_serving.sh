#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An update that fails at its gate, at each kind of service: the old release serves again, and where
# old and new may overlap it never stopped.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

good() {
  compose_file << 'YAML'
services:
  first: { image: "landfast/fixture:1", restart: always, stop_grace_period: 2s }
  beside: { image: "landfast/fixture:1", restart: always, x-landfast: { overlap: true } }
  job: { image: "landfast/fixture:1", command: ["true"] }
  after:
    image: landfast/fixture:1
    stop_grace_period: 2s
    depends_on: { job: { condition: service_completed_successfully } }
YAML
}
serves() { # SERVICE…: version 1 answers in the container that served before, under its policy
  local service
  for service in first beside after; do
    is 1 "$(docker exec "$(id_of "$service")" wget -qO- http://127.0.0.1:8080/version)" "version of $service"
  done
  is "$ids" "$(picture | cut -d' ' -f1,2)" 'the containers'
  is always "$(of first '{{.HostConfig.RestartPolicy.Name}}')" 'restart policy of first'
  no_leftovers
}
good
ok deploy
ids=$(picture | cut -d' ' -f1,2)
started=$(of beside '{{.State.StartedAt}}')

sed -i '/^  first:/s/fixture:1"/fixture:2", command: ["false"]/' compose.yaml
refused 4 deploy --timeout 4s
says 'first'
serves

good
sed -i '/^  beside:/s/fixture:1"/fixture:2", command: ["false"]/' compose.yaml
ok plan
says_not 'a gap from'
refused 4 deploy --timeout 4s
serves
is "$started" "$(of beside '{{.State.StartedAt}}')" 'the start of beside'

good
sed -i 's/command: \["true"\]/command: ["false"]/' compose.yaml
refused 4 deploy --timeout 4s
serves

good # first is replaced well, then a later gate fails
sed -i '/^  first:/s/fixture:1/fixture:2/; s/image: landfast\/fixture:1/image: landfast\/fixture:2\n    command: ["false"]/' compose.yaml
sed -i 's/^    depends_on: {/    depends_on: { first: { condition: service_started },/' compose.yaml
refused 4 deploy --timeout 4s
serves

rm -rf flag && mkdir flag && touch flag/up
sick() { # IMAGE_NUMBER MORE
  compose_file << YAML
services:
  first:
    image: "landfast/fixture:$1"
    volumes: [./flag:/flag:ro]
    stop_grace_period: 2s
    healthcheck: { test: [CMD, test, -e, /flag/up], interval: 1s }
    $2
YAML
}
sick 1 ''
ok deploy --remove-orphans --yes
rm flag/up # what the old release needs has gone meanwhile: it runs again, and landfast says what it sees
sick 2 'command: ["false"]'
refused 4 deploy --timeout 2s
says 'first runs again, but is not ready: first was not ready within 2'
says 'is back, not all of it is ready'
says_not 'serves as it did'
