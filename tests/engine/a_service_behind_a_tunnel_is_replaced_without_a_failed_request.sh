#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `tunnel:` on a real engine: the tunnel's client asks http://app:8080, which its edge answers. The app
# is replaced under load, its deploy is undone while the tunnel is not ready, its deployer is killed:
# no request fails. compose recreates nothing, leave gives the name back, down leaves nothing.
# The client is a stand-in (tunnel_client.py): Cloudflare itself cannot be reached here.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_edge
docker image inspect imagion/app:v1 > /dev/null 2>&1 ||
  skip 'there is no image imagion/app:v1 (tools/images --only app)'

client=$top/client
mkdir -p "$client"
cp "$repo/tests/engine/tunnel_client.py" "$client"
chmod -R a+rX "$top"

release() { # VERSION [LINE]
  compose_file << YAML
x-landfast: { tunnel: { kind: cloudflared, service: cloudflared, name: shop.example } }
services:
  app:
    image: landfast/fixture:$1
    restart: always
    stop_grace_period: 2s
    networks: [inside, tunnel]
    expose: ["8080"]
    x-landfast: { route: shop.example }
    ${2:-}
  cloudflared:
    image: imagion/app:v1
    entrypoint: ["python3", "/client/tunnel_client.py", "/client"]
    init: true
    stop_grace_period: 1s
    environment: { TUNNEL_METRICS: "0.0.0.0:2000" }
    volumes: ["$client:/client:ro"]
    networks: [tunnel]
networks: { inside: { internal: true }, tunnel: {} }
YAML
}
of_tunnel() { # PATH: on its metrics port
  local ip
  ip=$(of cloudflared "{{(index .NetworkSettings.Networks \"${stack}_tunnel\").IPAddress}}")
  wget -qO- "http://$ip:2000$1"
}
says_app() { # VERSION: what the tunnel's client gets from http://app:8080
  is "$1" "$(docker exec "$(id_of cloudflared)" python3 -c \
    'import urllib.request as u; print(u.urlopen("http://app:8080/version", timeout=9).read().decode().strip())')" \
    'the version that answers behind the tunnel'
}
names_of() { # CONTAINER: its names in the tunnel's network
  docker inspect -f "{{range (index .NetworkSettings.Networks \"${stack}_tunnel\").Aliases}}{{.}} {{end}}" "$1"
}
load_begins() { of_tunnel /forget > /dev/null; touch "$client/load"; }
load_ends() { # WHAT: nothing failed
  local report
  report=$(of_tunnel /report)
  rm -f "$client/load"
  echo "$1: $report"
  [[ $report == *'"failed": []'* ]] || fail "requests failed during $1: $report"
  [[ $report != *'"answers": {}'* ]] || fail "nobody asked during $1"
}

release 1
ok plan
says 'http://app:8080 in .*_tunnel for shop.example'
ok deploy
says_app 1
edge=$stack-landfast-edge
is '{}' "$(docker inspect -f '{{json .HostConfig.PortBindings}}' "$edge")" 'what the edge publishes'
[[ " $(names_of "$edge") " == *' app '* ]] || fail "the edge does not answer to app: $(names_of "$edge")"
[[ " $(names_of "$(id_of app)") " != *' app '* ]] || fail 'the app answers to app in the network of the tunnel'
ok plan
says 'nothing to do'
ok status
says 'tunnel shop.example through cloudflared: connected'
ok route
says 'http://app:8080 for shop.example'

load_begins
for version in 2 3 1 2; do
  release "$version"
  ok deploy
  says_app "$version"
done
load_ends '4 replacements'

touch "$client/down"
load_begins
release 3
refused 4 deploy --timeout 4s
says '/ready' 'status 503' 'readyConnections'
says_app 2
load_ends 'a tunnel that is not ready'
ok status
says 'through cloudflared: .*503'
rm "$client/down"

load_begins
release 3
LANDFAST_CRASH_AT='switch_to app:8080 after' lf deploy
((status == 137)) || fail "the deploy was not killed behind its switch: $status"
ok recover
says_app 2
load_ends 'a killed deployer'
no_leftovers

release 2
compose_changes_nothing

ok leave --yes
says_app 2
is '' "$(docker ps -aq --filter "name=^$edge$")" 'the edge after leave'
[[ " $(names_of "$(id_of app)") " == *' app '* ]] || fail 'leave did not give the name back'
ok deploy
says 'edge takes its name app'
says_app 2
load_begins
release 1
ok deploy
says_app 1
load_ends 'a replacement after the name was taken over again'
ok down
is '' "$(docker ps -aq --filter "name=^$edge$")" 'the edge after down'
nothing_of_the_stack
