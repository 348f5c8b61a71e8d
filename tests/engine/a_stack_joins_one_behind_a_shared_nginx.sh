#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Guide 003: a stack joins one that already runs behind a shared nginx, a container with the published
# port and the certificate. `edge: {behind: NETWORK}`, and `export nginx` put into its files once: then
# the second stack is deployed again under load, fails, and leaves; nothing of the first is touched.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_shared_edge
docker image inspect nginx:1.22 > /dev/null 2>&1 || "$repo/tools/images" --only nginx > /dev/null
docker image inspect redis:7 > /dev/null 2>&1 || "$repo/tools/images" --only redis > /dev/null

port=$((20000 + $$ % 10000))
front=$stack-front
certificate=$top/certs/heartbeat.pem
clients=()
leave_no_front() {
  ((${#clients[@]} == 0)) || kill "${clients[@]}" 2> /dev/null || true
  docker ps -aq --filter "label=lft.front=$front" | xargs -r docker rm -fv > /dev/null 2>&1 || true
  leave_no_edge
  docker network rm "$front" > /dev/null 2>&1 || true
}
trap leave_no_front EXIT

# --- the first stack: it is not Landfast's ------------------------------------------------------

mkdir -p "$top/nginx" "$top/certs"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=heartbeat.test \
  -addext 'subjectAltName=DNS:heartbeat.test,DNS:photos.heartbeat.test' \
  -keyout "$top/certs/heartbeat.key" -out "$certificate" 2> /dev/null
cat > "$top/nginx/heartbeat.conf" << 'NGINX'
server {
    listen 443 ssl;
    ssl_certificate /etc/nginx/certs/heartbeat.pem;
    ssl_certificate_key /etc/nginx/certs/heartbeat.key;
    server_name heartbeat.test;
    location / { proxy_pass http://tools:8080; }
}
NGINX
docker network create "$front" > /dev/null
of_front=(docker run -d --network "$front" --label "lft.front=$front")
"${of_front[@]}" --name "$front-tools" --network-alias tools landfast/fixture:1 > /dev/null
"${of_front[@]}" --name "$front-nginx" -p "127.0.0.1:$port:443" \
  -v "$top/nginx:/etc/nginx/conf.d:ro" -v "$top/certs:/etc/nginx/certs:ro" nginx:1.22 > /dev/null

says_of() { # HOST PATH: what it answers through nginx; "" where it does not
  curl -sS --fail --max-time 10 --cacert "$certificate" --resolve "$1:$port:127.0.0.1" \
    "https://$1:$port$2" 2>> "$top/curl" || true
}
answers() { is "$2" "$(says_of "$1" /version)" "what $1 answers"; } # HOST VERSION
# shellcheck disable=SC2016  # the engine's variables
picture_of_front() {
  docker ps -aq --filter "label=lft.front=$front" | xargs -r docker inspect --format \
    '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.Status}} {{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{end}}' | sort
  digest_of "$top/nginx" "$top/certs"
}
in_front() { # names of the containers in nginx's network
  docker network inspect -f '{{range .Containers}}{{.Name}} {{end}}' "$front" | xargs -n 1 | sort | xargs
}
until [[ $(says_of heartbeat.test /version) == 1 ]]; do
  [[ $(docker inspect -f '{{.State.Status}}' "$front-nginx") == running ]] || fail 'nginx has ended'
done

# --- the second stack -------------------------------------------------------------------------

release() { # VERSION [LINE OF THE SERVER]
  compose_file << YAML
x-landfast: { edge: { behind: heartbeat } }
services:
  server:
    image: landfast/fixture:$1
    restart: always
    stop_grace_period: 2s
    depends_on: { redis: { condition: service_healthy } }
    volumes: ["./cgi-bin:/www/cgi-bin:ro"]
    x-landfast: { route: { host: photos.heartbeat.test, port: 8080 } }
    ${2:-}
  redis:
    image: redis:7
    volumes: ["cache:/data"]
    healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: 1s, retries: 30 }
networks: { heartbeat: { external: true, name: $front } }
volumes: { cache: }
YAML
}

mkdir cgi-bin
printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\nenv\n' > cgi-bin/headers
chmod 755 cgi-bin/headers
seen() { # HEADER: as the app sees it
  says_of photos.heartbeat.test /cgi-bin/headers | sed -n "s/^HTTP_$1=//p"
}

release 1
sed -i 's/external: true, name: .*}/external: true, name: lft-nowhere } }/' compose.yaml
refused 2 deploy
says 'the network lft-nowhere, where your proxy is, does not exist' 'compose.yaml:2'
nothing_of_the_stack

release 1
ok plan
says 'landfast-edge'
ok deploy
is "landfast-edge $front-nginx $front-tools" "$(in_front)" "who is in nginx's network"
ok plan
says 'nothing to do'
alone=$(picture_of_front)

mkdir "$top/plain" # both forms without TLS; the map stands there once
"$landfast" export nginx > "$top/plain/inside.conf" 2> "$out" || fail 'no block'
sed -i 's/edge: { behind: heartbeat }/edge: behind/' compose.yaml
"$landfast" export nginx 2> "$out" | sed '/^map/,/^}/d' > "$top/plain/host.conf" || fail 'no block'
docker run --rm -v "$top/plain:/etc/nginx/conf.d:ro" nginx:1.22 nginx -t > "$out" 2>&1 ||
  fail 'nginx does not take the plain blocks'
sed -i 's/edge: behind/edge: nginx/' compose.yaml
refused 2 deploy
says 'edge: nginx does not say which' 'compose.yaml:2' 'landfast export nginx'
release 1

"$landfast" export nginx /etc/nginx/certs/heartbeat.pem /etc/nginx/certs/heartbeat.key \
  > "$top/nginx/photos.conf" 2> "$out" || fail 'no block'
says 'trusted_proxies' "$front-nginx 1"
docker exec "$front-nginx" nginx -t > "$out" 2>&1 || fail 'nginx does not take the block'
docker exec "$front-nginx" nginx -s reload > "$out" 2>&1 || fail 'nginx does not reload'
until [[ $(says_of photos.heartbeat.test /version) == 1 ]]; do
  ((SECONDS < 120)) || fail "photos.heartbeat.test is not reached: $(tail -n 3 "$top/curl")"
done
answers heartbeat.test 1
is 308 "$(docker exec "$front-tools" sh -c 'printf "GET /a HTTP/1.0\r\nHost: photos.heartbeat.test\r\n\r\n" | nc '"$front-nginx"' 80' | head -n 1 | cut -d' ' -f2)" 'HTTP'
before=$(picture_of_front)

# --- it is deployed again -----------------------------------------------------------------------

load_begins() { # HOST…
  local host
  clients=()
  rm -f "$top"/*.json
  for host; do
    python3 "$repo/tests/engine/clients.py" "$port" "$top/$host.json" "$host" "$certificate" &
    clients+=($!)
  done
}
load_ends() { # WHAT
  local pid
  kill -TERM "${clients[@]}"
  for pid in "${clients[@]}"; do
    wait "$pid" || fail "requests failed during $1: $(cat "$top"/*.json)"
  done
  clients=()
  (cd "$top" && for report in *.json; do echo "$1: ${report%.json} $(cat "$report")"; done)
}

load_begins heartbeat.test photos.heartbeat.test
for version in 2 3 1 2; do
  release "$version"
  ok deploy
  answers photos.heartbeat.test "$version"
done
release 3 'command: ["false"]'
refused 4 deploy --timeout 4s
answers photos.heartbeat.test 2
load_ends '4 replacements and a failed one'
is "$before" "$(picture_of_front)" 'the first stack and its files'

# --- who is believed ----------------------------------------------------------------------------

is http "$(seen X_FORWARDED_PROTO)" 'the scheme that the app sees from a stranger'
nginx_ip=$(docker inspect -f "{{(index .NetworkSettings.Networks \"$front\").IPAddress}}" "$front-nginx")
release 2
sed -i "s/x-landfast: { edge: /x-landfast: { trusted_proxies: [$nginx_ip], edge: /" compose.yaml
ok deploy
is https "$(seen X_FORWARDED_PROTO)" 'the scheme that the app sees'
is photos.heartbeat.test "$(seen HOST | cut -d: -f1)" 'the host that the app sees'
[[ $(seen X_REAL_IP) != "$nginx_ip" ]] || fail 'the app takes nginx for the client'
ok plan
says 'nothing to do'
ok export nginx
says_not 'trusted_proxies'
is "$before" "$(picture_of_front)" 'the first stack and its files'

# --- and it goes ----------------------------------------------------------------------------------

load_begins heartbeat.test
ok leave --yes
is "$front-nginx $front-tools" "$(in_front)" "who is in nginx's network after leave"
ok deploy
answers photos.heartbeat.test 2
ok down
is "$front-nginx $front-tools" "$(in_front)" "who is in nginx's network after down"
nothing_of_the_stack
load_ends 'leave and down'
answers heartbeat.test 1
is "$before" "$(picture_of_front)" 'the first stack and its files'
is "${alone%$'\n'*}" "$(picture_of_front | head -n -1)" 'its containers'
