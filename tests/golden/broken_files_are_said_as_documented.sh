#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/compose-errors.md is what both programs say today. Exit 77: skipped.
set -euo pipefail
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
skip() { echo "skipped: $*"; exit 77; }
[[ -x ${LANDFAST_BIN:-$repo/build/dev/landfast} ]] || skip 'the program is not built'
[[ -x ${LANDFAST_SHARED:-$repo/../shared}/tools/peer-compose ]] ||
  skip 'the real Docker Compose is not here (../shared/tools/peer-compose)'
now=$(mktemp)
trap 'rm -f "$now"' EXIT
"$repo/tests/golden/errors/write" "$now"
diff "$repo/docs/compose-errors.md" "$now" || { echo 'tests/golden/errors/write writes it anew'; exit 1; }
