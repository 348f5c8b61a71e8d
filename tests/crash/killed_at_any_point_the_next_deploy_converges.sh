#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGKILL at a sample of the program's own points, of a first deploy, an update, a rollback and an
# undo (all of them with LANDFAST_TEST_ALL=1, two stacks side by side: a run mostly waits).
kill_test=$(dirname "$0")/kill_test.py
if [[ ${LANDFAST_TEST_ALL:-} != 1 || $# != 0 ]]; then exec python3 "$kill_test" "$@"; fi
failed=0
python3 "$kill_test" --only update undo --name landfast-kill-2 &
python3 "$kill_test" --only first rollback || failed=$?
wait $! || failed=$?
exit "$failed"
