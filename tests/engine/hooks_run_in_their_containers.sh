#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# post_start runs after each start, pre_stop before each stop: of a deploy, of the verbs, and of an
# undo. A hook that fails fails the deploy, and the old container serves again.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

write_file() { # RELEASE POST_START
  compose_file << YAML
services:
  web:
    image: landfast/fixture:1
    environment: { RELEASE: "$1" }
    volumes: ["notes:/notes"]
    post_start:
      - command: ["sh", "-c", "echo \$\$WORD $1 >> /notes/hooks; $2"]
        environment: { WORD: started }
    pre_stop:
      - command: ["sh", "-c", "echo stopping $1 >> /notes/hooks"]
volumes: { notes: {} }
YAML
}
notes() { docker exec "$(id_of web)" cat /notes/hooks | paste -sd ';'; }

write_file one true
ok deploy
is 'started one' "$(notes)" 'what the hooks wrote'

before=$(picture)
ok deploy
is "$before" "$(picture)" 'a second deploy'

ok restart web
is 'started one;stopping one;started one' "$(notes)" 'what the hooks wrote'

write_file two 'echo no room >&2; exit 7'
refused 4 deploy
says 'post_start of web ended with exit code 7' 'no room'
runs web
is 'started one;stopping one;started one;stopping one;started two;stopping two;started one' "$(notes)" 'what the hooks wrote'
no_leftovers

write_file three true
ok deploy
ok stop web
ok start web
notes | grep -q 'stopping one;started three;stopping three;started three$' || fail "the hooks wrote: $(notes)"
