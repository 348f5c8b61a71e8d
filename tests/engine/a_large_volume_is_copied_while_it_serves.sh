#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A volume above 256 MB is copied before anything is stopped, under a service that writes to it, and
# what changed meanwhile behind the fence: the migration finds every write. If it fails, every byte is
# as the service left it; a deployer killed in the middle of a copy leaves no copy.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

[[ $EUID == 0 ]] || skip 'looking into a volume needs root'

release() { # VERSION MIGRATION
  compose_file << YAML
services:
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "$2"]
    volumes: ["data:/data"]
    x-landfast: { migrate: true }
  web:
    image: landfast/fixture:$1
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do echo \$\$(date +%s%N) >> /data/log; sleep 0.05; done"]
    volumes: ["data:/data"]
    depends_on: { migrate: { condition: service_completed_successfully } }
volumes: { data: }
YAML
}
writes() { grep -c . "$(mountpoint data)/log"; }
line_of() { grep -nE -m1 -- "$1" "$out" | cut -d: -f1; }

release 1 'true'
ok deploy --yes
data=$(mountpoint data)
for n in {1..27}; do head -c 10M /dev/urandom > "$data/large.$n"; done
[[ $(stat -f -c %T "$data") == ext* ]] || skip 'the filesystem of the engine shares blocks: nothing is copied twice'

release 2 'wc -l < /data/log > /data/migrated; exit 1'
ok plan
says 'MiB of .*_data are copied while it serves' 'first copy'
before=$(writes)
refused 4 deploy --yes
(($(writes) > before)) || fail 'nothing was written while it was copied'
(($(line_of 'copied, while it served') < $(line_of 'stopped cleanly'))) || fail 'the first copy was not before the stop'
is '' "$(asides)" 'what is set aside after the failed migration'
[[ ! -e $data/migrated ]] || fail 'what the migration wrote is there'

large=$(cat "$data"/large.* | sha256sum)
for point in 'copy_in_use after' 'finish_copy after'; do
  LANDFAST_CRASH_AT="${point/ / ${stack}_data }" lf deploy --yes
  ((status == 137)) || fail "the deploy was not killed at $point: $status"
  ok recover
  is '' "$(asides)" "what is set aside after a kill at $point"
  is "$large" "$(cat "$data"/large.* | sha256sum)" "the data after a kill at $point"
  runs web
done

release 2 'wc -l < /data/log > /data/migrated'
ok deploy --yes
is "${stack}_data.lf-5" "$(asides)" 'what is set aside'
is "$large" "$(cat "$(mountpoint data)"/large.* | sha256sum)" 'the data after the deploy'
is "$(wc -l < "$(mountpoint data.lf-5)/log")" "$(cat "$(mountpoint data)/migrated")" 'the writes that the migration found'
no_leftovers
