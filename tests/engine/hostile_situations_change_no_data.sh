#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fifteen more situations in which data is at stake and something is wrong, beside those of
# data_that_cannot_be_guarded_is_refused: each is refused with its reason before anything is touched, or
# undone; every byte, mode and owner of the data is as it was (docs/hostile-situations.md).
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
docker image inspect redis:7 > /dev/null 2>&1 || skip 'needs the image redis:7 (tools/images)'

place=data volumes='{ data: }'
release() { # VERSION [LINES OF web]
  compose_file << YAML
services:
  web:
    image: landfast/fixture:$1
    user: "${user:-0}"
    volumes: ["$place:/data"]
    depends_on: { migrate: { condition: service_completed_successfully } }
    ${2:-}
  migrate:
    image: landfast/fixture:$1
    user: "${user:-0}"
    command: ["sh", "-c", "echo $1 >> /data/runs && chmod 640 /data/runs"]
    volumes: ["$place:/data"]
    x-landfast: { migrate: true }
  page: { image: "landfast/fixture:1" }
volumes: $volumes
YAML
}
digest() { # FOLDER: every entry with its type, mode, owner and content
  (cd "$1" && find . -printf '%y %m %U %G %p\n' | LC_ALL=C sort && find . -type f -exec sha256sum {} + | LC_ALL=C sort) | sha256sum
}
asides() { docker volume ls -q --filter label=landfast.of --filter "label=landfast.stack=$stack"; }
number=0
situation() { # TEXT
  number=$((number + 1))
  what=$1
}
stays() { # EXIT_CODE REASON…: a deploy ends so, and nothing of the stack, the data, or what is set aside has changed
  local before kept bytes code=$1
  shift
  before=$(picture) kept=$(asides) bytes=$(digest "$data")
  refused "$code" deploy --yes
  says "$@"
  told "$1"
  is "$bytes" "$(digest "$data")" "the data after: $what"
  is "$kept" "$(asides)" "what is set aside after: $what"
  if ((code == 2)); then is "$before" "$(picture)" "the stack after: $what"; fi
  no_leftovers
}
told() { # REGEX: prints what the user saw
  printf '%2d. %s: exit %s: %s\n' "$number" "$what" "$status" "$(grep -m 1 -E -- "$1" "$out" | sed 's/^ *//')"
}
others=() loops=()
tidy() {
  local loop
  if ((${#others[@]})); then docker rm -f "${others[@]}" > /dev/null 2>&1 || true; fi
  umount "$PWD/disk/redis" "$top/small" 2> /dev/null || true
  leave_nothing
  for loop in "${loops[@]}"; do losetup -d "$loop"; done
}
trap tidy EXIT
anew() { # the stack is gone, with its data and what was known of it
  ok down
  docker ps -aq --filter "label=landfast.stack=$stack" | xargs -r docker rm -fv > /dev/null
  docker volume ls -q --filter "name=^${stack}_" | xargs -r docker volume rm > /dev/null
  rm -rf "$LANDFAST_STATE_DIR"
}

release 1
ok deploy --yes
data=$(docker volume inspect -f '{{.Mountpoint}}' "${stack}_data")

situation 'a container has the folder of the volume mounted by its path'
others+=("$(docker run -d --name "$stack-path" -v "$data:/d" landfast/fixture:1 serve)")
release 2
stays 2 "$stack-path.* uses it too"
docker rm -f "$stack-path" > /dev/null

situation 'the owner of the data has been changed: the migration may not write'
user=1001
release 2
chown 999:999 "$data"
chmod 755 "$data"
stays 4 'exit code 1' 'the data is as it was before'
user=0

situation 'the service was killed and is down: its files may be half-written'
release 2
docker kill "$(id_of web)" > /dev/null
bytes=$(digest "$data")
ok deploy --yes # plain files and SQLite are whole after any end
is '1 2' "$(xargs < "$data/runs")" 'the data after a deploy on what was killed'
ok rollback --data --yes
is 1 "$(xargs < "$data/runs")" 'the data that came back'
told 'comes back|rolled back|release'

situation 'what was set aside has been removed by hand'
docker rm -f "$stack-landfast-keep" > /dev/null
docker volume rm "$(asides)" > /dev/null
refused 2 rollback --data --yes 2
says 'is not set aside any longer'
told 'is not set aside any longer'

situation 'the volume was removed by hand'
docker rm -f "$(ids_of web)" "$(ids_of migrate)" > /dev/null
docker rm -f "$stack-landfast-keep" > /dev/null 2>&1 || true
docker volume rm "${stack}_data" > /dev/null
release 2
before=$(picture)
refused 2 deploy --yes
says "the volume ${stack}_data, which this stack has used, is gone" '--new-volume'
told "${stack}_data, which"
is "$before" "$(picture)" "the stack after: $what"
ok deploy --yes --new-volume "${stack}_data"
is 2 "$(xargs < "$data/runs")" 'the data in the new volume'

situation 'the volume is a filesystem that the engine mounts (driver_opts)'
anew
truncate -s 16M disk.img
mkfs.ext4 -q disk.img
loop=$(losetup -f --show disk.img)
loops+=("$loop")
volumes="{ data: { driver_opts: { type: ext4, device: \"$loop\" } } }"
release 1
ok deploy --yes
release 2
data=$(docker volume inspect -f '{{.Mountpoint}}' "${stack}_data")
stays 2 'it was made with options of its driver'

situation 'the same, while no container runs: its data cannot be seen'
ok stop
stays 2 'it was made with options of its driver'
ok start
is 1 "$(xargs < "$data/runs")" 'the data on the filesystem'
volumes='{ data: }'

# Folders of the host hold a database here: those of plain files are the user's own.
anew
mkdir -p disk/redis
volumes='{}'
queue() { # VERSION [LINES OF queue]
  compose_file << YAML
services:
  queue:
    image: redis:7
    volumes: ["./disk/redis:/data"]
    command: ["redis-server", "--appendonly", "yes"]
    healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: 1s, retries: 30 }
    ${2:-}
  migrate:
    image: redis:7
    entrypoint: ["redis-cli", "-e", "-h", "queue", "rpush", "runs", "$1"]
    depends_on: { queue: { condition: service_healthy } }
    x-landfast: { migrate: true }
  page: { image: "landfast/fixture:1" }
YAML
}
ask() { docker exec "$(id_of queue)" redis-cli "$@" | xargs; }
queue 1
ok deploy --yes
data=$PWD/disk/redis

situation 'the place beside the folder, where its copy has to be, is taken'
queue 2
mkdir disk/redis.lf-2
echo mine > disk/redis.lf-2/letter
refused 4 deploy --yes
says 'redis.lf-2 is there already and is not landfast.s' 'the release before serves'
told 'is there already'
is mine "$(cat disk/redis.lf-2/letter)" 'what somebody keeps where the copy has to be'
is 1 "$(ask lrange runs 0 -1)" 'the data after it'
rm -r disk/redis.lf-2

situation 'the store was killed: it did not end cleanly'
docker update --restart no "$(id_of queue)" > /dev/null
docker kill "$(id_of queue)" > /dev/null
stays 4 'did not stop cleanly: it ended with exit code 137'
ok start

situation 'the store ignores its stop signal until it is killed'
queue 1 'stop_signal: SIGKILL'
ok deploy --yes
queue 2 'stop_signal: SIGKILL'
bytes=$(ask lrange runs 0 -1)
refused 4 deploy --yes
says 'did not stop cleanly'
told 'did not stop cleanly'
is "$bytes" "$(ask lrange runs 0 -1)" "the data after: $what"
queue 1
ok deploy --yes

situation 'the store is paused'
queue 2
before=$(ask lrange runs 0 -1)
docker pause "$(id_of queue)" > /dev/null
ok deploy --yes # it goes on, ends, and is copied as any other
told 'release [0-9]+ → [0-9]+ '
is "$before 2" "$(ask lrange runs 0 -1)" "the data after: $what"

situation 'another directory has the name of the data when a killed deploy is recovered'
queue 3
status=0
LANDFAST_WATCHER=off LANDFAST_CRASH_AT='exchange redis after' "$landfast" deploy --yes < /dev/null > "$out" 2>&1 || status=$?
is 137 "$status" 'exit code of the deploy that is killed'
cp -a disk/redis disk/another
mv disk/redis disk/mine
mv disk/another disk/redis
bytes=$(digest disk)
refused 6 recover
says 'are not those that were recorded' 'nothing was exchanged'
told 'are not those'
is "$bytes" "$(digest disk)" "the data after: $what"
mv disk/redis disk/another
mv disk/mine disk/redis
ok recover
is "$before 2" "$(ask lrange runs 0 -1)" 'the data once the directory is back'

situation 'the folder is reached over a symbolic link'
ok stop
mv disk/redis disk/real
ln -s real disk/redis
data=$PWD/disk/real
stays 2 'has to be guarded and cannot be'
rm disk/redis
mv disk/real disk/redis

situation 'the folder is a mount point'
mount --bind disk/redis disk/redis
data=$PWD/disk/redis
stays 2 'is a mount point'
umount disk/redis

situation 'there is too little room for the copy'
ok start
mkdir -p "$top/small"
mount -t tmpfs -o size=4m small "$top/small"
ok stop
cp -a disk/redis "$top/small/redis"
head -c 3000000 /dev/urandom > "$top/small/redis/ballast"
sed -i "s|./disk/redis:|$top/small/redis:|" compose.yaml
data=$top/small/redis
stays 2 'needs 2.9 MiB, and .* free'
umount "$top/small"
