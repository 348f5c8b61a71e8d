#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `edge upgrade` under load: the edge is made anew from the newest image and serves as before; a deploy
# only says that there is one. An image that does not serve, or whose Caddy is too old, changes nothing.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_edge

port=$((20000 + $$ % 10000))
edge=$stack-landfast-edge
load=$top/load.json
clients=
leave_no_clients() {
  [[ -z $clients ]] || kill "$clients" 2> /dev/null || true
  docker rm -f "$edge.lf-was" "$edge.lf-new" > /dev/null 2>&1 || true
  leave_no_edge
}
trap leave_no_clients EXIT

variant() { # TAG CHANGE…: the edge's image with these changes
  local tag=$1 container change changes=()
  shift
  for change; do changes+=(-c "$change"); done
  container=$(docker create "${base:-landfast/edge:2.11.4}")
  [[ -z ${root:-} ]] || tar -C "$root" -c . | docker cp - "$container:/"
  docker commit "${changes[@]}" "$container" "$stack/edge:$tag" > /dev/null
  docker rm "$container" > /dev/null
}
image_of_edge() { docker inspect --format '{{.Image}}' "$edge"; }
answers() { is "$1" "$(wget -qO- "http://127.0.0.1:$port/version")" 'the version that answers'; }
load_begins() {
  rm -f "$load"
  python3 "$repo/tests/engine/clients.py" "$port" "$load" &
  clients=$!
  until [[ -e $load ]]; do read -rt 0.05 <> <(:) || true; done
}
load_ends() { # WHAT: prints for how long requests failed
  kill -TERM "$clients"
  wait "$clients" || true
  clients=
  python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
times = sorted(float(line.split()[0]) for line in report["failed"])
span = round(1000 * (times[-1] - times[0])) if times else 0
kinds = sorted({line.split(" ", 1)[1].split("(")[0] for line in report["failed"]})
print(f"{sys.argv[2]}: {len(times)} failed within {span} ms of {sum(report['"'answers'"'].values())} answers {kinds}")' \
    "$load" "$1"
}

# An edge keeps its image when a deploy makes it anew: so this one begins with another image.
variant old 'LABEL generation=old'
docker create --name "$edge" --label "landfast.edge=$edge" "$stack/edge:old" > /dev/null
compose_file << YAML
services:
  web:
    image: landfast/fixture:1
    ports: ["127.0.0.1:$port:8080"]
    x-landfast: { route: ":$port" }
YAML
ok deploy
answers 1
old=$(docker image inspect --format '{{.Id}}' "$stack/edge:old")
newest=$(docker image inspect --format '{{.Id}}' landfast/edge:2.11.4)
is "$old" "$(image_of_edge)" 'the image of the edge'
ok deploy
says 'landfast edge upgrade'
is "$old" "$(image_of_edge)" 'the image after a deploy'
ok status
says 'landfast edge upgrade'
before=$(picture)

refused 2 edge upgrade "$edge"
says 'add --yes' '1.5 s'
refused 2 edge upgrade none --yes
is "$old" "$(image_of_edge)" 'the image after a refusal'

load_begins
ok edge upgrade "$edge" --yes
says "$edge answers again after"
load_ends 'upgrade'
grep -o 'answers again.*' "$out"
is "$newest" "$(image_of_edge)" 'the image after the upgrade'
answers 1
is "$before" "$(picture)" 'the stack'
ok edge upgrade "$edge" --yes
says 'runs the newest image'
ok plan
says 'nothing to do'
says_not 'edge upgrade'

# What ends at once, and what is too old to switch by files.
mkdir -p root/usr/bin
printf '#!/bin/sh\nexit 3\n' > root/usr/bin/caddy
chmod -R 755 root
base=landfast/fixture:1 root=root variant broken 'ENV CADDY_VERSION=v2.11.9'
variant ancient 'ENV CADDY_VERSION=v2.7.6'
load_begins
export LANDFAST_EDGE_IMAGE=$stack/edge:broken
refused 1 edge upgrade "$edge" --yes
says 'does not serve' 'its program ended' 'the old one serves again'
load_ends 'a broken image'
is "$newest" "$(image_of_edge)" 'the image after a broken one'
is always "$(docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' "$edge")" 'the restart policy'
answers 1
LANDFAST_EDGE_IMAGE=$stack/edge:ancient refused 1 edge upgrade "$edge" --yes
says '2.7.6: an edge needs 2.8 or newer'
answers 1

# Killed in the middle: the next recovery, or the next deploy, finds the old one and ends well.
for verb in recover deploy; do
  docker update --restart no "$edge" > /dev/null
  docker stop "$edge" > /dev/null
  docker rename "$edge" "$edge.lf-was"
  docker create --name "$edge.lf-new" --label "landfast.edge=$edge" "$stack/edge:broken" > /dev/null
  ok "$verb"
  answers 1
  is '' "$(docker ps -aq --filter "name=$edge.lf-")" "containers of the upgrade that was cut off, after $verb"
done
is "$newest" "$(image_of_edge)" 'the image after a deploy'
ok down
is '' "$(docker ps -aq --filter "label=landfast.edge=$edge")" 'the edge after down'
nothing_of_the_stack
