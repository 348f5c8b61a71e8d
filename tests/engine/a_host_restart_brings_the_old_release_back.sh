#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A restart of the host in the middle of a deploy, played on an engine of its own: the deployer, its
# watcher, dockerd and every container are killed; the engine comes back and starts what its policies
# say; then the boot unit's command runs. At no time can two generations of a service run.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

[[ $EUID == 0 ]] || skip 'an engine of its own needs root'
private=$(mktemp -d /tmp/lf-boot.XXXXXX)
stop_engine() {
  unset DOCKER_HOST
  "$repo/tools/engine" stop --root "$private" > /dev/null 2>&1 || true
  rm -rf "$private"
}
trap 'leave_nothing; stop_engine' EXIT
docker save landfast/fixture:1 landfast/fixture:2 -o "$top/images.tar"
DOCKER_HOST=$("$repo/tools/engine" start --root "$private" 2> "$top/engine") || skip "no engine of its own: $(tail -n 1 "$top/engine")"
export DOCKER_HOST
docker load -q -i "$top/images.tar" > /dev/null

unit=$repo/packaging/systemd/landfast-recover.service
boot=$(sed -n 's|^ExecStart=/usr/bin/landfast ||p' "$unit")
grep -q '^After=docker.service' "$unit" || fail 'the unit does not wait for the engine'

release() { # IMAGE [LINE]
  compose_file <<YAML
services:
  db: { image: "landfast/fixture:1", restart: always, volumes: ["data:/data"] }
  web:
    image: landfast/fixture:$1
    restart: always
    depends_on: [db]
    ${2:-}
volumes: { data: }
YAML
}
release 1
ok deploy
before=$(picture | cut -d' ' -f1,2)

release 2 'healthcheck: { test: ["CMD", "false"], interval: 1s, retries: 100 }'
"$landfast" deploy --yes < /dev/null > "$out" 2>&1 &
deployer=$!
until docker ps --format '{{.Image}}' | grep -q fixture:2; do
  kill -0 "$deployer" || fail 'the deploy ended before the restart'
done

# All at once, as when the power goes: ours, then the engine, then what it had started.
watcher=$(pgrep -f "^[^ ]*landfast watcher -p $stack\$") || fail 'there is no watcher'
engine=$(cat "$private/docker.pid")
shims=$(pgrep -f "containerd-shim.* $private/|containerd-shim.*-address $private/" || true)
[[ -n $shims ]] || fail 'no container of the engine was found'
kill -KILL "$deployer" "$watcher"
kill -KILL "$engine"
for shim in $shims; do
  for process in $(pgrep -P "$shim"); do kill -KILL "$process" 2> /dev/null || true; done
  kill -KILL "$shim" 2> /dev/null || true
done
wait "$deployer" || true
timeout 20 tail --pid="$engine" -f /dev/null || fail 'dockerd still runs'

"$repo/tools/engine" start --root "$private" > /dev/null 2> "$top/engine" || fail "the engine did not come back: $(cat "$top/engine")"
one_generation() {
  local service can
  for service in db web; do
    can=$(ids_of "$service" | xargs docker inspect --format \
      '{{if or .State.Running (eq .HostConfig.RestartPolicy.Name "always")}}{{.Name}}{{end}}' | grep -c . || true)
    ((can <= 1)) || fail "$can generations of $service can run"
  done
}
one_generation
began=$(date +%s%N)
# shellcheck disable=SC2086  # the words of the unit
ok $boot
echo "recovered in $((($(date +%s%N) - began) / 1000000)) ms"
one_generation
is "$before" "$(picture | cut -d' ' -f1,2)" 'the stack after the boot unit'
runs db web
is always "$(of web '{{.HostConfig.RestartPolicy.Name}}')" 'restart policy'
no_leftovers
release 1
ok deploy
says 'nothing to do'
