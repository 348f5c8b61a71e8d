#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `static` on a real engine: the files of an image beside an API on one port. Releases replace each
# other under load without a failed request; a failed one leaves the old files; a rollback brings them
# back; the folder of the edge holds no more than two of them, and goes with the stack.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_edge_and_people

image_of() { # VERSION: the fixture, which serves nothing of this, and an SPA
  local files=$top/image/srv/app
  rm -rf "$top/image"
  mkdir -p "$files/assets"
  echo "$1" > "$files/version"
  echo "index $1" > "$files/index.html"
  echo "script $1" > "$files/assets/app-0a1b2c3$1.js"
  echo hidden > "$files/.env"
  printf 'FROM landfast/fixture:1\nCOPY srv /srv\n' > "$top/image/Dockerfile"
  docker build -q -t "$stack/spa:$1" "$top/image" > /dev/null
}
for version in 1 2 3 4; do image_of "$version"; done

release() { # VERSION [LINE]
  compose_file << YAML
services:
  web:
    image: $stack/spa:$1
    stop_grace_period: 2s
    x-landfast: { route: { host: ":$port", static: ${3:-/srv/app}, spa: true } }
    ${2:-}
  api:
    image: landfast/fixture:2
    stop_grace_period: 2s
    x-landfast: { route: { host: ":$port", path: /api, strip: true } }
YAML
}
get() { wget -qO- "http://127.0.0.1:$port$1"; }
answers() { # VERSION
  is "$1" "$(get /version)" 'a file'
  is "index $1" "$(get /orders/7)" 'a path that only the app knows'
  is "script $1" "$(get "/assets/app-0a1b2c3$1.js")" 'a file named by its digest'
  is 2 "$(get /api/version)" 'the API'
}
sites() { find "$LANDFAST_STATE_DIR/edge" -path '*/data/site/*' -prune -print | wc -l; }

release 1
ok deploy
answers 1
! get /.env > "$out" 2>&1 || fail 'a hidden file is served'
ok plan
says 'nothing to do'
ok route
says 'web:files'

load_begins
for version in 2 3 4 2; do
  release "$version"
  ok deploy
  answers "$version"
done
load_ends '4 replacements'
is 2 "$(sites)" 'the sites that are kept'

load_begins
release 3 'command: ["false"]'
refused 4 deploy --timeout 4s
answers 2
release 3 '' /srv/none
refused 4 deploy
says 'the image of web has no folder /srv/none'
answers 2
load_ends 'two failed deploys'

load_begins
release 3
LANDFAST_CRASH_AT='switch_to web:0 after' lf deploy
((status == 137)) || fail "the deploy was not killed behind its switch: $status"
ok recover
answers 2
release 1
LANDFAST_CRASH_AT='add_site own before' lf deploy
((status == 137)) || fail "the deploy was not killed before its copy: $status"
ok recover
answers 2
release 3
ok deploy
answers 3
ok rollback
answers 2
load_ends 'two killed deploys and a rollback'
no_leftovers

release 2
compose_changes_nothing

ok down --yes
is 0 "$(sites)" 'the sites after down'
is '' "$(docker ps -aq --filter "name=^$stack-landfast-edge$")" 'the edge after down'
nothing_of_the_stack
