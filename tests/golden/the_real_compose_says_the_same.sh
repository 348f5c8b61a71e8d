#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The real Docker Compose (2.40.3) beside ours, now: every golden case and every example is accepted
# by both with the same bytes, or rejected by both. Exit 77: skipped.
#   usage: tests/golden/the_real_compose_says_the_same.sh [CASE…]
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
landfast=${LANDFAST_BIN:-$repo/build/dev/landfast}
finder=${LANDFAST_SHARED:-$repo/../shared}/tools/peer-compose
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { echo "skipped: $*"; exit 77; }
[[ -x $landfast ]] || skip "no program at $landfast"
[[ -x $finder ]] || skip 'the real Docker Compose is not here (../shared/tools/peer-compose)'
peer=$("$finder") || skip 'the real Docker Compose cannot be had'

cases=0 equal=0 rejected=0 differ=0

says() { # PROGRAM OUTPUT WORD…: in $folder with $variables; true where it accepts
  local program=$1 output=$2
  shift 2
  (cd "$folder" && env -i PATH=/usr/bin:/bin HOME=/root PWD="$folder" "${variables[@]}" \
    "$program" "$@") > "$output" 2> "$output.err" < /dev/null
}

compare() { # NAME WORD…
  local name=$1 ours=yes theirs=yes
  shift
  cases=$((cases + 1))
  says "$landfast" "$work/ours" "$@" || ours=no
  says "$peer" "$work/theirs" "$@" || theirs=no
  if [[ $ours != "$theirs" ]]; then
    differ=$((differ + 1))
    echo "$name: accepted by landfast: $ours, by Compose: $theirs"
    head -n 3 "$work/ours.err" "$work/theirs.err"
  elif [[ $ours == no ]]; then
    rejected=$((rejected + 1))
  elif cmp -s "$work/ours" "$work/theirs"; then
    equal=$((equal + 1))
  else
    differ=$((differ + 1))
    echo "$name: the output differs"
    diff "$work/theirs" "$work/ours" | head -n 10
  fi
}

golden() { # CASE
  local words=()
  folder=$repo/tests/golden/compose/$1 variables=()
  if [[ -f $folder/arguments ]]; then mapfile -t words < "$folder/arguments"; fi
  if [[ -f $folder/variables ]]; then mapfile -t variables < "$folder/variables"; fi
  compare "$1" "${words[@]}" config --format json
}

if (($# == 0)); then
  mapfile -t names < <(find "$repo/tests/golden/compose" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
  set -- "${names[@]}"
  variables=()
  for file in "$repo"/examples/*/compose.yaml; do
    folder=$(dirname "$file")
    for form in '--format json' '--format yaml' --services '--hash *'; do
      read -ra words <<< "$form"
      compare "examples/$(basename "$folder") $form" config "${words[@]}"
    done
  done
fi
for name in "$@"; do golden "$name"; done
echo "$cases cases: $equal equal, $rejected rejected by both, $differ differ"
((differ == 0))
