#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exec and run give the command's own exit code and output; logs shows what the service said.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web:
    image: landfast/fixture:1
    command: ["sh", "-c", "echo hello from web; exec serve"]
    volumes: ["/own"]
YAML
ok deploy
before=$(picture)
ok exec web cat /www/version
says '^1$'
lf exec web sh -c 'echo told; exit 7'
is 7 "$status" 'exit code of exec'
says 'told'
head -c 60000000 /dev/zero |
  "$landfast" run web sh -c 'sha256sum; sha256sum /bin/*; echo after the input' > "$out" 2>&1 ||
  fail 'run with an input that ends'
says '^1dd28892ddb49efc547c120b882f8e44e99ed2eaac24959108808d5a34e954aa'
says 'after the input'
volumes=$(docker volume ls -q | sort)
lf run web sh -c 'echo ran; exit 5'
is 5 "$status" 'exit code of run'
says 'ran'
is "$before" "$(picture)" 'the stack after run'
is '' "$(comm -13 <(echo "$volumes") <(docker volume ls -q --filter "label=com.docker.compose.project=$stack" | sort))" \
  'volumes that run left'
ok logs web
says 'hello from web'
