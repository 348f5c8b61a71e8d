#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `edge: {nginx: CONTAINER, folder: FOLDER}`: a nginx of the user is driven by a file that it includes.
# Under load: replaced, failed at its gate, its deployer killed. Requests that break are counted and
# printed; `leave` and `down` leave no file, no network and the site that was there before.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
docker image inspect nginx:1.22 > /dev/null 2>&1 || "$repo/tools/images" --only nginx > /dev/null

port=$((20000 + $$ % 10000))
proxy=$stack-proxy
folder=$top/landfast.d
readonly most=25 # failed requests per switch: a bound, no promise
clients=
leave_no_proxy() {
  [[ -z $clients ]] || kill "$clients" 2> /dev/null || true
  docker rm -fv "$proxy" > /dev/null 2>&1 || true
  leave_nothing
}
trap leave_no_proxy EXIT

mkdir -p "$folder" "$top/nginx"
cat > "$top/nginx/own.conf" << 'NGINX'
server { listen 80 default_server; server_name own.test; location / { return 200 "own\n"; } }
include /etc/nginx/landfast.d/*.conf;
NGINX
docker run -d --name "$proxy" -p "127.0.0.1:$port:80" -v "$top/nginx:/etc/nginx/conf.d:ro" \
  -v "$folder:/etc/nginx/landfast.d:ro" nginx:1.22 > /dev/null

asked() { # HOST PATH
  curl -sS --fail --max-time 10 -H "Host: $1" "http://127.0.0.1:$port$2" 2>> "$top/curl" || true
}
status_of() { curl -s -o /dev/null -w '%{http_code}' --max-time 10 -H "Host: $1" "http://127.0.0.1:$port$2" || true; }
answers() { is "$1" "$(asked shop.test /version)" 'the version that answers'; } # VERSION
networks() { docker inspect -f '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{end}}' "$proxy" | xargs; }
release() { # VERSION [LINE]
  compose_file << YAML
x-landfast: { edge: { nginx: $proxy, folder: $folder } }
services:
  web:
    image: landfast/fixture:$1
    restart: always
    stop_grace_period: 2s
    x-landfast: { route: { host: shop.test, port: 8080 }, drain: 5s }
    ${2:-}
YAML
}
load_begins() { python3 "$repo/tests/engine/clients.py" "$port" "$top/load.json" shop.test & clients=$!; }
load_ends() { # SWITCHES WHAT: how many requests broke
  local failed
  kill -TERM "$clients"
  wait "$clients" || true
  clients=
  failed=$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["failed"]))' "$top/load.json")
  echo "$2: $failed failed: $(cut -c 1-600 "$top/load.json")"
  ((failed <= $1 * most)) || fail "$failed requests failed during $2"
}
until [[ $(asked own.test /) == own ]]; do
  [[ $(docker inspect -f '{{.State.Status}}' "$proxy") == running ]] || fail 'nginx has ended'
done
alone=$(networks)

for golden in "$repo"/tests/golden/edge/nginx-*.conf; do
  mkdir "$top/golden"
  cp "$golden" "$top/golden/"
  docker run --rm -v "$top/golden:/etc/nginx/conf.d:ro" nginx:1.22 nginx -t > "$out" 2>&1 ||
    fail "nginx does not take $golden"
  rm -r "$top/golden"
done

# --- what is refused changes nothing --------------------------------------------------------------

release 1
sed -i 's/edge: {.*} }/edge: nginx }/' compose.yaml
refused 2 deploy
says 'does not say which nginx' 'compose.yaml:2' 'edge: .nginx: CONTAINER, folder: FOLDER.'
release 1
sed -i "s/nginx: $proxy/nginx: lft-nobody/" compose.yaml
refused 2 deploy
says 'no container lft-nobody' 'compose.yaml:2'
release 1
sed -i 's/drain: 5s/tls: internal/' compose.yaml
refused 2 deploy
says "TLS is your nginx's own"
release 1
sed -i "s|folder: $folder|folder: $top/nowhere|" compose.yaml
refused 4 deploy
says "the folder $top/nowhere of edge.nginx does not exist"
mkdir "$top/elsewhere"
release 1
sed -i "s|folder: $folder|folder: $top/elsewhere|" compose.yaml
refused 4 deploy
says 'nginx does not serve what' 'include the \*.conf of that folder'
is '' "$(ls "$top/elsewhere")" 'a folder that nginx does not include'
printf 'server { listen 80; server_name shop.test; }\n' > "$top/nginx/zz.conf"
release 1
refused 4 deploy
says 'your nginx serves shop.test by another server block'
printf 'nonsense;\n' > "$top/nginx/zz.conf"
refused 4 deploy
says 'nginx refuses its files' 'unknown directive "nonsense"'
rm "$top/nginx/zz.conf"
is '' "$(ls "$folder")" "nginx's folder"
is "$alone" "$(networks)" 'the networks of nginx'
nothing_of_the_stack

# --- it serves ----------------------------------------------------------------------------------

release 1
ok plan
says 'degraded way' 'not held but answered with 503'
ok deploy
answers 1
is own "$(asked own.test /)" 'the own site'
ok plan
says 'nothing to do'
ok route
says 'nginx' 'shop.test'

load_begins
for version in 2 3 1 2; do
  release "$version"
  ok deploy
  answers "$version"
done
load_ends 4 '4 replacements'
runs web

load_begins
release 3 'command: ["false"]'
refused 4 deploy --timeout 4s
answers 2
load_ends 0 'a failed gate'

load_begins
release 3
LANDFAST_CRASH_AT='switch_to web:8080 after' lf deploy
((status == 137)) || fail "the deploy was not killed behind its switch: $status"
ok recover
answers 2
load_ends 2 'a killed deployer'
no_leftovers

docker restart -t 2 "$proxy" > /dev/null # it reads the same again
until [[ $(asked own.test /) == own ]]; do :; done
answers 2
release 2
ok plan
says 'nothing to do'

# --- one writer: stopped first, and answered with 503 meanwhile -----------------------------------

release 3 'volumes: ["data:/data"]'
echo 'volumes: { data: }' >> compose.yaml
ok deploy --yes
answers 3
is 200 "$(status_of shop.test /version)" 'the status'

# --- and it goes --------------------------------------------------------------------------------

release 2
ok deploy --yes
ok leave --yes
is '' "$(ls "$folder")" "nginx's folder after leave"
is "$alone" "$(networks)" 'the networks of nginx after leave'
runs web
is own "$(asked own.test /)" 'the own site'
is own "$(asked shop.test /)" 'the host that is served no more'
ok deploy
answers 2
ok down
is '' "$(ls "$folder")" "nginx's folder after down"
is "$alone" "$(networks)" 'the networks of nginx after down'
is own "$(asked own.test /)" 'the own site'
nothing_of_the_stack
