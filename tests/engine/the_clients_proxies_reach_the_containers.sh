#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `proxies` of docker's config.json are variables of each container, below the service's own, as with
# Docker Compose: what either made is not changed by the other.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_compose

mkdir "$top/docker"
cat > "$top/docker/config.json" << 'JSON'
{"proxies": {"default": {"httpProxy": "http://proxy.test:3128", "noProxy": "localhost"}}}
JSON
export DOCKER_CONFIG=$top/docker
compose_file << 'YAML'
services:
  web:
    image: landfast/fixture:1
    environment: { NO_PROXY: "own" }
YAML
ok deploy
variables=$(of web '{{join .Config.Env "\n"}}' | grep -i proxy | sort | paste -sd ' ')
is 'HTTP_PROXY=http://proxy.test:3128 NO_PROXY=own http_proxy=http://proxy.test:3128 no_proxy=localhost' \
  "$variables" 'variables of the container'

before=$(picture)
"${compose[@]}" up -d > "$out" 2>&1 || fail 'docker compose up failed'
is "$before" "$(picture)" 'docker compose up after landfast deploy'

"${compose[@]}" up -d --force-recreate > "$out" 2>&1 || fail 'docker compose up failed'
before=$(picture)
ok deploy
is "$before" "$(picture)" 'landfast deploy after docker compose up'
