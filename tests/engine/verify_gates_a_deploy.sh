#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The checks of x-landfast.verify: asked before the commit, from outside and from inside the stack's
# networks (an internal one too), over HTTP, TCP, and as commands in a service and on the host. One that
# does not pass undoes the deploy and shows the last answer. `verify` asks them of what runs.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

cat > landfast.yaml <<'YAML'
x-landfast:
  verify:
    - { http: "http://web:8080/", header: { Content-type: text/html } }
    - { http: "http://localhost:8080/answer.json", in: back, json: { status: ok } }
    - { http: "http://web:8080/nowhere", status: 404 }
    - { tcp: "back:8080", in: web }
    - { run: "grep -q fixture /www/index.html", in: web }
    - { run: [test, -e, here] }
YAML
touch here
release() { # IMAGE ANSWER
  compose_file <<YAML
services:
  web: { image: "landfast/fixture:$1", networks: [default, inner] }
  back:
    image: landfast/fixture:$1
    networks: [inner]
    command: ["sh", "-c", 'echo "\$\$ANSWER" > /www/answer.json; exec serve']
    environment: { ANSWER: '$2', API_TOKEN: very-hidden }
networks: { inner: { internal: true } }
YAML
}

release 1 '{"status": "ok", "more": [1]}'
"${landfast}" config -q || fail 'the files are not valid'
ok deploy
"$landfast" verify > "$out" || fail 'verify does not pass after a deploy that did'
says '✓ http://web:8080/' '✓ tcp back:8080 in web' '✓ test -e here'
before=$(picture | cut -d' ' -f1,2)

release 2 '{"status": "very-hidden is wrong"}'
began=$(date +%s%N)
refused 4 deploy --yes --timeout 2s
echo "a failed check: the old release serves again after $((($(date +%s%N) - began) / 1000000)) ms, 2000 of them the check's limit"
says 'http://localhost:8080/answer.json in back did not pass within 2' 'the answer does not hold' '•••'
says_not 'very-hidden'
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after the undo'
runs web back
no_leftovers

release 1 '{"status": "ok", "more": [1]}'
ok deploy
says 'nothing to do'
rm here
refused 3 verify --timeout 200ms
says '✗ test -e here' 'exit code 1' '✓ http://web:8080/'
refused 3 --json verify --timeout 200ms
says '"check":"test -e here","passed":false' '"passed":true'
