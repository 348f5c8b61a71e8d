# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the engine tests share: a stack of their own on the engine that answers, a state folder of
# their own, and questions about what is there. A test sources this file, writes a compose file with
# `compose_file`, and runs the real binary with `ok`, `refused` or `lf`. Exit 77: skipped.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
landfast=${LANDFAST_BIN:-$repo/build/dev/landfast}
stack=lft-$(basename "$0" .sh | cksum | cut -d' ' -f1)-$$
top=$(mktemp -d "${TMPDIR:-/tmp}/landfast-test.XXXXXX")
out=$top/out
status=0
export LANDFAST_STATE_DIR=$top/state NO_COLOR=1
unset COMPOSE_PROJECT_NAME COMPOSE_FILE COMPOSE_PROFILES COMPOSE_ENV_FILES

skip() { echo "skipped: $*"; exit 77; }

fail() {
  echo "FAILED: $*"
  echo "--- containers"; docker ps -a --filter "label=com.docker.compose.project=$stack" || true
  if [[ -s $out ]]; then echo "--- last output (status $status)"; cat "$out"; fi
  exit 1
}

leave_nothing() {
  local label="label=com.docker.compose.project=$stack"
  { docker ps -aq --filter "$label"; docker ps -aq --filter "label=landfast.stack=$stack"; } |
    xargs -r docker rm -fv > /dev/null 2>&1 || true
  { docker volume ls -q --filter "$label"; docker volume ls -q --filter "name=^${stack}_"; } |
    sort -u | xargs -r docker volume rm > /dev/null 2>&1 || true
  { docker network ls -q --filter "$label"; docker network ls -q --filter "label=landfast.stack=$stack"; } | xargs -r docker network rm > /dev/null 2>&1 || true
  { docker image ls --format '{{.Repository}}:{{.Tag}}' "$stack/*"
    docker image ls --format '{{.Repository}}:{{.Tag}}' "landfast/$stack*/*"; } | xargs -r docker rmi > /dev/null 2>&1 || true
  rm -rf "$top"
}
trap leave_nothing EXIT

[[ -x $landfast ]] || skip "no program at $landfast"
docker version > /dev/null 2>&1 || skip 'no Docker engine answers'
docker image inspect landfast/fixture:3 > /dev/null 2>&1 || "$repo/tools/images" --only fixture > /dev/null
mkdir -p "$top/app"
cd "$top/app" || exit 1

# --- acting -----------------------------------------------------------------------------------

compose_file() { { echo "name: $stack"; cat; } > compose.yaml; }

lf() { # ARGUMENT…: runs landfast; its exit code is in $status, what it said in $out
  status=0
  "$landfast" "$@" < /dev/null > "$out" 2>&1 9>&- || status=$?
}
ok() { lf "$@"; ((status == 0)) || fail "landfast $* ended with $status, not 0"; }
refused() { # STATUS ARGUMENT…
  local wanted=$1
  shift
  lf "$@"
  ((status == wanted)) || fail "landfast $* ended with $status, not $wanted"
}
says() { # REGEX…: each is in the last output
  local regex
  for regex in "$@"; do grep -qE -- "$regex" "$out" || fail "the output does not say: $regex"; done
}
says_not() {
  local regex
  for regex in "$@"; do ! grep -qE -- "$regex" "$out" || fail "the output says: $regex"; done
}

# --- edges ------------------------------------------------------------------------------------

need_edge() {
  docker image inspect landfast/edge:2.11.4 > /dev/null 2>&1 ||
    skip 'there is no image landfast/edge:2.11.4 (tools/images --only edge)'
  trap leave_no_edge EXIT
}
# The edge of routes by host, and its ports, are one for the engine: one test at a time has it. The
# lock is descriptor 9, which no program that outlives the test may inherit.
need_shared_edge() {
  need_edge
  exec 9> "${TMPDIR:-/tmp}/landfast-shared-edge.lock"
  flock 9
  [[ -z $(docker ps -aq --filter 'name=^landfast-edge$') ]] || skip 'landfast-edge is in use here'
  shared_edge_is_ours=yes
}
leave_no_edge() {
  local edge
  for edge in "$stack-landfast-edge" ${shared_edge_is_ours:+landfast-edge}; do
    docker rm -f "$edge" > /dev/null 2>&1 || true
    docker network ls -q --filter "label=landfast.edge=$edge" | xargs -r docker network rm > /dev/null 2>&1 || true
  done
  leave_nothing
}

# People who ask the edge of this test's stack all the time, at the port it publishes.
# shellcheck disable=SC2034  # the tests use it
need_edge_and_people() { # sets port
  need_edge
  port=$((20000 + $$ % 10000)) people=
  trap leave_no_people EXIT
}
leave_no_people() {
  [[ -z $people ]] || kill "$people" 2> /dev/null || true
  leave_no_edge
}
load_begins() { python3 "$repo/tests/engine/clients.py" "$port" "$top/load.json" & people=$!; }
load_ends() { # WHAT: nothing failed
  kill -TERM "$people"
  wait "$people" || fail "requests failed during $1: $(cat "$top/load.json")"
  people=
  echo "$1: $(cat "$top/load.json")"
}

# --- asking -----------------------------------------------------------------------------------

ids_of() { # SERVICE: all its containers
  docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$stack" \
    --filter "label=com.docker.compose.service=$1"
}
id_of() { # SERVICE: its only container
  local ids
  ids=$(ids_of "$1")
  [[ -n $ids && $ids != *$'\n'* ]] || fail "service $1 has not exactly one container: ${ids:-none}"
  echo "$ids"
}
of() { # SERVICE FORMAT: a fact of its only container
  local id
  id=$(id_of "$1") || { echo "$id"; exit 1; }
  docker inspect --format "$2" "$id"
}
is() { # WANTED GOT WHAT
  [[ $1 == "$2" ]] || fail "$3: wanted $1, is $2"
}
runs() { # SERVICE…
  local service
  for service in "$@"; do is running "$(of "$service" '{{.State.Status}}')" "state of $service"; done
}
picture() { # every container of the stack: name, id, start; equal pictures mean nothing was touched
  docker ps -aq --filter "label=com.docker.compose.project=$stack" |
    xargs -r docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.Status}}' | sort
}
nothing_of_the_stack() {
  is '' "$(picture)" 'containers of the stack'
  is '' "$(docker network ls -q --filter "label=com.docker.compose.project=$stack")" 'networks'
}
compose_changes_nothing() { # where there is a compose to ask
  local before reason
  if ! reason=$(need_compose 2>&1); then
    echo "not compared with compose: $reason"
    return
  fi
  need_compose
  before=$(picture)
  "${compose[@]}" up -d > "$out" 2>&1 || fail 'compose up failed'
  is "$before" "$(picture)" 'the stack after docker compose up -d'
}
no_leftovers() {
  local names
  names=$(picture | cut -d' ' -f1)
  [[ $names != *.lf-* ]] || fail "left over: $names"
}
now() { date +%s.%N; }
events_since() { # TIME ACTION…: container events of the stack, one a line
  local since=$1 action filters=()
  shift
  for action; do filters+=(--filter "event=$action"); done
  docker events --since "$since" --until "$(now)" --filter type=container \
    --filter "label=com.docker.compose.project=$stack" "${filters[@]}" \
    --format '{{.Action}} {{.Actor.Attributes.name}}'
}

# --- data -------------------------------------------------------------------------------------

mountpoint() { docker volume inspect -f '{{.Mountpoint}}' "${stack}_$1"; } # VOLUME
digest_of() { # FOLDER…: of every file, with its mode and owner
  local folder
  for folder; do
    (cd "$folder" && find . -type f -printf '%m %U %G ' -exec sha256sum {} \; | LC_ALL=C sort)
  done | sha256sum
}
asides() { docker volume ls -q --filter label=landfast.of --filter "label=landfast.stack=$stack" | sort; }

noted_release() { # VERSION: of a stack whose migration notes its version in the data
  compose_file << YAML
services:
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "echo $1 >> /data/runs"]
    volumes: ["data:/data"]
    x-landfast: { migrate: true }
  web:
    image: landfast/fixture:$1
    volumes: ["data:/data"]
    depends_on: { migrate: { condition: service_completed_successfully } }
volumes: { data: }
YAML
}
notes() { docker exec "$(id_of web)" cat /data/runs | xargs; }

alembic_image() { # TAG REVISION…: an image with these Alembic scripts, each after the one before, in /srv/app
  local tag=$1 before=None revision container
  shift
  rm -rf root
  mkdir -p root/srv/app/alembic/versions root/srv/app/migrations
  echo "$tag" > root/srv/app/release
  for revision; do
    printf 'revision = "%s"\ndown_revision = %s\n' "$revision" "$before" > "root/srv/app/alembic/versions/$revision.py"
    before="'$revision'"
  done
  : > root/srv/app/migrations/000001_first.up.sql
  container=$(docker create landfast/fixture:1)
  tar -C root -c . | docker cp - "$container:/"
  docker commit -c 'WORKDIR /srv/app' "$container" "$stack/app:$tag" > /dev/null
  docker rm "$container" > /dev/null
}
alembic_release() { # TAG [EXTENSION]: PostgreSQL, and the app of an `alembic_image`
  compose_file << YAML
services:
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: secret, POSTGRES_USER: shop }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD", "pg_isready", "-U", "shop", "-h", "127.0.0.1"], interval: 1s, retries: 30 }
  app:
    image: $stack/app:$1
    depends_on: { db: { condition: service_healthy } }
    x-landfast: { ${2:-} }
volumes: { data: }
YAML
}

# shellcheck disable=SC2034  # the tests use it
need_compose() { # sets compose: the peer, Docker Compose v2
  local fetch=$repo/../shared/tools/peer-compose
  if docker compose version > /dev/null 2>&1; then
    compose=(docker compose)
  elif [[ -x $fetch ]] && bin=$("$fetch" 2> /dev/null); then
    compose=("$bin")
  else
    skip 'Docker Compose v2 cannot be had here'
  fi
}
