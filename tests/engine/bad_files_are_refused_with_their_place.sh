#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every bad input: exit 2, a message that says what and where, and nothing on the engine is touched.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
ok deploy
before=$(picture)

bad() { # NAME REGEX…: the compose file of stdin
  local name=$1
  shift
  compose_file
  check "$name" "$@"
}
check() { # NAME REGEX…
  local name=$1 began=$SECONDS
  shift
  refused 2 deploy --yes
  says "$@"
  ((SECONDS - began < 10)) || fail "$name: took $((SECONDS - began)) s"
  is "$before" "$(picture)" "$name: the stack"
  echo "--- $name"; head -n 12 "$out" | cut -c 1-200
}

bad 'broken YAML' 'compose.yaml:4:13' 'quote that begins here is never closed' <<'YAML'
services:
  web:
   - image: "landfast/fixture:1
YAML
bad 'unknown key' 'compose.yaml:5:5' 'comand' 'command' <<'YAML'
services:
  web:
    image: landfast/fixture:1
    comand: ["serve"]
YAML
# shellcheck disable=SC2016
bad 'missing variable' 'compose.yaml:4' 'API_KEY' 'ask the ops team' <<'YAML'
services:
  web:
    image: landfast/fixture:${API_KEY:?ask the ops team}
YAML
bad 'dependency cycle' 'one → two → one' <<'YAML'
services:
  one: { image: "landfast/fixture:1", depends_on: [two] }
  two: { image: "landfast/fixture:1", depends_on: [one] }
YAML
bad 'env file that is not there' 'nowhere.env' <<'YAML'
services:
  web: { image: "landfast/fixture:1", env_file: [nowhere.env] }
YAML
mkdir folder.env
bad 'env file that cannot be read' 'folder.env' <<'YAML'
services:
  web: { image: "landfast/fixture:1", env_file: [folder.env] }
YAML
bad 'service without image' 'web' 'image' <<'YAML'
services:
  web: { command: ["serve"] }
YAML
bad 'alias bomb' 'alias' <<'YAML'
x-a: &a [x, x, x, x, x, x, x, x, x]
x-b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
x-c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
x-d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
x-e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
x-f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
x-g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]
x-h: &h [*g, *g, *g, *g, *g, *g, *g, *g, *g]
services:
  web: { image: "landfast/fixture:1" }
YAML
{ echo "services: { web: { image: 'landfast/fixture:1' } }"; head -c 10485760 /dev/zero | tr '\0' '#'; } |
  bad '10 MB' 'compose.yaml' 'M'
rm compose.yaml
mkdir compose.yaml
check 'a folder' 'compose.yaml'
rmdir compose.yaml
check 'no file at all' 'compose.yaml'
