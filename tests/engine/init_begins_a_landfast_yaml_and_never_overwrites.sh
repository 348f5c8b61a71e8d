#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# init shows what the compose file holds and writes comments only: the next plan is the same.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:1
    ports: ["127.0.0.1:0:80"]
    volumes: ["data:/data"]
volumes: { data: }
YAML
lf config
cp "$out" before
ok init
says 'web: volume data at /data' 'published ports' 'written: .*landfast.yaml'
grep -qv '^#' landfast.yaml && fail 'landfast.yaml holds more than comments'
lf config
cmp before "$out" || fail 'landfast.yaml changed the project'
echo '# mine' > landfast.yaml
refused 2 init
says 'is there already; it was left as it is'
is '# mine' "$(cat landfast.yaml)" 'the file of the user'
