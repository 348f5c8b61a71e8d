#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dockerd killed, the host restarted, the disk full, at a seeded sample of a deploy's points.
[[ ${LANDFAST_TEST_ALL:-} == 1 ]] || { echo 'skipped: long; ./test --all runs it'; exit 77; }
exec python3 "$(dirname "$0")/outage_test.py" "$@"
