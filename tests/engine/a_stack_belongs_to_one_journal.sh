#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A volume claims the stack for one journal: another one is refused and told where the owner is. The
# claim survives `docker volume prune` of its kind, Compose does not see it, a vanished one is made
# again, and the last `down` takes it away.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

claim=${stack}_landfast keep=$stack-landfast-keep
release() { # IMAGE
  compose_file <<YAML
services:
  web: { image: "landfast/fixture:$1", volumes: ["data:/data"] }
volumes: { data: }
YAML
}
claim_is_held() {
  docker volume inspect "$claim" > /dev/null 2>&1 || fail 'there is no claim'
  is created "$(docker inspect --format '{{.State.Status}}' "$keep")" 'what holds the claim'
}

# A first deployment that fails leaves no claim.
compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1", command: ["false"] }
  later: { image: "landfast/fixture:1", depends_on: { web: { condition: service_completed_successfully } } }
YAML
refused 4 deploy --yes
docker volume inspect "$claim" > /dev/null 2>&1 && fail 'a failed first deployment left its claim'
nothing_of_the_stack

release 1
ok deploy
claim_is_held
is "$LANDFAST_STATE_DIR" "$(docker volume inspect --format '{{index .Labels "landfast.state"}}' "$claim")" 'its owner'
ok status
says_not landfast-keep
before=$(picture)

release 2
for verb in deploy restart down; do
  LANDFAST_STATE_DIR=$top/other refused 5 "$verb"
  says "belongs to another journal: the one in $LANDFAST_STATE_DIR on $(hostname)"
done
is "$before" "$(picture)" 'the stack after another journal was refused'

release 1
keep_id=$(docker inspect --format '{{.Id}}' "$keep")
ok deploy
says 'nothing to do'
is "$keep_id" "$(docker inspect --format '{{.Id}}' "$keep")" 'what holds the claim after a no-op'

docker rm "$keep" > /dev/null
docker volume rm "$claim" > /dev/null
ok deploy
says 'nothing to do'
claim_is_held

need_compose
"${compose[@]}" ps --all --format json > "$out" 2> /dev/null
says_not landfast-keep
"${compose[@]}" up -d > "$out" 2>&1 || fail 'compose up'
is "$before" "$(picture)" 'the stack after compose up'
"${compose[@]}" down > "$out" 2>&1 || fail 'compose down'
claim_is_held
ok deploy --yes
claim_is_held

# After down the volumes are held; without the data nothing is left, and the claim goes too.
ok down --yes
docker volume rm "${stack}_data" > /dev/null 2>&1 && fail 'the data was held by nobody'
docker rm "$keep" > /dev/null
docker volume rm "${stack}_data" > /dev/null
ok down --yes
docker volume inspect "$claim" > /dev/null 2>&1 && fail 'the claim is still there'
nothing_of_the_stack
