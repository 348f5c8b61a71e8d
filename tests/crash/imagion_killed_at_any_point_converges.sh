#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGKILL at a seeded 24 points of examples/imagion: six of each run of the kill matrix.
[[ ${LANDFAST_TEST_ALL:-} == 1 ]] || { echo 'skipped: long; ./test --all runs it'; exit 77; }
exec python3 "$(dirname "$0")/kill_test.py" --stack imagion "$@"
