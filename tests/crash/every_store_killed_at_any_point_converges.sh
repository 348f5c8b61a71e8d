#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGKILL at a seeded 24 points of each stack whose data is migrated behind a fence in every release:
# MariaDB, Redis with its append-only file, SQLite, a database beside files, PostgreSQL in a folder of
# the host; and at every moment around what an edge is asked for, while people use PostgreSQL behind it who must not
# notice. Two stacks side by side: a run mostly waits.
[[ ${LANDFAST_TEST_ALL:-} == 1 ]] || { echo 'skipped: long; ./test --all runs it'; exit 77; }
kill_test=$(dirname "$0")/kill_test.py

run() { # KIND…: one after the other; ends with the worst of their exit codes
  local kind status calls worst=0
  for kind; do
    status=0 calls=()
    if [[ $kind == routed ]]; then calls=(--calls apply set_address switch_to); fi
    python3 "$kill_test" --stack "$kind" "${calls[@]}" || status=$?
    ((status <= worst)) || worst=$status
  done
  return "$worst"
}

failed=0
run mariadb sqlite files redis &
run folder routed || failed=$?
wait $! || failed=$?
exit "$failed"
