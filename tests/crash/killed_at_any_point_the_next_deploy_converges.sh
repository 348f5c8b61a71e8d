#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGKILL at a sample of the program's own points, of a first deploy, an update, a rollback and an
# undo (all of them with LANDFAST_TEST_ALL=1).
exec python3 "$(dirname "$0")/kill_test.py" "$@"
