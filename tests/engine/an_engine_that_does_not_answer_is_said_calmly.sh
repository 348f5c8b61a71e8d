#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No engine, a refusing one, a bad DOCKER_HOST: a clear error with the next step, not exit 0.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
YAML
without_engine() { # DOCKER_HOST REGEX…
  export DOCKER_HOST=$1
  shift
  lf deploy --yes
  unset DOCKER_HOST
  ((status == 1 || status == 2)) || fail "ended with $status, not 1 or 2"
  says "$@"
}
without_engine "unix://$top/nowhere.sock" 'nowhere.sock' 'DOCKER_HOST'
without_engine 'tcp://127.0.0.1:1' '127.0.0.1:1'
without_engine 'nonsense' 'nonsense|DOCKER_HOST'
nothing_of_the_stack
