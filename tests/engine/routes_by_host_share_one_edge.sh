#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Routes by host on ports 80 and 443: the edge signs certificates for development names, a client that
# trusts its root reaches https://NAME, plain HTTP is led there, paths go to their services. A second
# stack joins the same edge without touching it; a clash is refused; each leaves without the other.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_shared_edge
for port in 80 443 8480; do
  ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || skip "port $port is in use here"
done
need_command() { command -v "$1" > /dev/null || skip "there is no $1"; }
need_command curl

shop=$stack.localhost
other=other-$stack.localhost
mkdir -p "$top/second"

shop() { # VERSION
  compose_file << YAML
services:
  web: { image: "landfast/fixture:$1", stop_grace_period: 2s, x-landfast: { route: $shop } }
  api: { image: "landfast/fixture:2", stop_grace_period: 2s, x-landfast: { route: { host: $shop, path: /api, strip: true } } }
YAML
}
second() { # HOST
  cat > "$top/second/compose.yaml" << YAML
name: $stack-2
services:
  web: { image: "landfast/fixture:3", stop_grace_period: 2s, x-landfast: { route: $1 } }
YAML
}
in_second() { cd "$top/second"; "$@"; cd "$top/app"; }
leave_both() {
  docker ps -aq --filter "label=com.docker.compose.project=$stack-2" | xargs -r docker rm -fv > /dev/null 2>&1 || true
  docker network ls -q --filter "label=com.docker.compose.project=$stack-2" | xargs -r docker network rm > /dev/null 2>&1 || true
  leave_no_edge
  docker network ls -q --filter "label=landfast.stack=$stack-2" | xargs -r docker network rm > /dev/null 2>&1 || true
}
trap leave_both EXIT

root=$top/root.pem
get() { # URL…: as somebody does who trusts the edge's own authority
  local host=${1#https://}
  host=${host%%/*}
  curl --silent --show-error --max-time 20 --cacert "$root" --resolve "$host:443:127.0.0.1" "$@"
}
edge_is() { is "$edge" "$(docker inspect -f '{{.Id}} {{.State.StartedAt}}' landfast-edge)" 'the edge'; }

shop 1
ok deploy
ok cert trust --json
python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["certificate"], end="")' < "$out" > "$root"
is 1 "$(get "https://$shop/version")" 'the frontend'
is 2 "$(get "https://$shop/api/version")" 'the backend below /api'
is "308 https://$shop/version?a=b" \
  "$(curl -so /dev/null -w '%{http_code} %{redirect_url}' --resolve "$shop:80:127.0.0.1" "http://$shop/version?a=b")" \
  'plain HTTP'
! get "https://unknown.localhost/" > "$out" 2>&1 || fail 'a name that nobody routes gets an answer'
ok route
says "https://$shop " "https://$shop/api"
ok cert
says "$shop"
edge=$(docker inspect -f '{{.Id}} {{.State.StartedAt}}' landfast-edge)
is '[]' "$(docker inspect -f '{{json .HostConfig.Binds}}' landfast-edge | grep -o 'docker.sock' || echo '[]')" 'engine sockets in the edge'

shop 3
ok deploy
is 3 "$(get "https://$shop/version")" 'the frontend that was replaced'
edge_is

second "$shop"
cd "$top/second"
refused 2 deploy
says "$shop" "$stack"
cd "$top/app"
edge_is
second "$other"
in_second ok deploy
is 3 "$(get "https://$other/version")" 'the second stack'
is 3 "$(get "https://$shop/version")" 'the first stack'
edge_is
in_second ok route
says "$other"
says_not "https://$shop"

in_second ok down --yes
edge_is
is 3 "$(get "https://$shop/version")" 'the first stack after the second is gone'
! get "https://$other/" > "$out" 2>&1 || fail 'the second stack still answers'
ok down --yes
is '' "$(docker ps -aq --filter 'name=^landfast-edge$')" 'the edge after the last stack'
nothing_of_the_stack
