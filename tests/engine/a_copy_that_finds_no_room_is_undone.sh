#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A volume on a small filesystem: a copy that cannot fit is refused with the numbers before anything is
# touched; where the disk fills up after that, in the stop of the service, the copy fails behind the
# fence, and all is as it was.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

[[ $EUID == 0 ]] || skip 'a small filesystem needs root'
small=$top/small
mkdir "$small"
truncate -s 200M "$top/image"
{ mkfs.ext4 -q -m 0 "$top/image" && mount -o loop "$top/image" "$small"; } 2> /dev/null || skip 'nothing can be mounted here'
trap 'umount -l "$small"; leave_nothing' EXIT
mkdir "$small/data"

release() { # VERSION [COMMAND AT THE STOP]
  compose_file << YAML
services:
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "echo $1 >> /data/runs"]
    volumes: ["data:/data"]
    x-landfast: { migrate: true }
  web:
    image: landfast/fixture:$1
    volumes: ["data:/data"]
    depends_on: { migrate: { condition: service_completed_successfully } }
    pre_stop: [{ command: ["sh", "-c", "${2:-true}"] }]
volumes: { data: { driver_opts: { type: none, o: bind, device: $small/data } } }
YAML
}
release 1 'head -c 90000000 /dev/zero > /data/late'
ok deploy --yes
head -c 20M /dev/urandom > "$small/data/held"
before=$(digest_of "$small/data")
as_it_was=$(picture | cut -d' ' -f1,2)

head -c 120M /dev/urandom > "$small/data/much"
full=$(picture)
release 2
refused 2 deploy --yes
says 'the copy of the data that this deploy can change needs 1[34]..* MiB, and .* MiB are free' 'make room'
is "$full" "$(picture)" 'the stack after the refusal'
rm "$small/data/much"

# 20 MB are to be copied and 150 MB free; the stop adds 86 MB, then 106 MB do not fit any more.
release 2
refused 4 deploy --yes
says 'No space left on device' 'make room on that filesystem'
is "$as_it_was" "$(picture | cut -d' ' -f1,2)" 'the stack after the undo'
runs web
is '' "$(asides)" 'what is set aside'
is data "$(cd "$small" && find . -maxdepth 1 -name 'data*' -printf '%f')" 'folders on the small filesystem'
rm "$small/data/late"
is "$before" "$(digest_of "$small/data")" 'every file but what the stop wrote'
no_leftovers
