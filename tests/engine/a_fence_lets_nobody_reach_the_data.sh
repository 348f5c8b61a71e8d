#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# While a migration runs on the copy nothing else reaches the store: not its published port, not a
# service that knows its name; whoever mounts its volume is stopped. After the commit all is as it
# was, networks, aliases and addresses included, and the next deploy has nothing to do.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
docker image inspect postgres:15 > /dev/null 2>&1 || skip 'there is no image postgres:15 (tools/images)'
port=$((20000 + $$ % 20000))
subnet=10.$((100 + $$ % 100)).$((RANDOM % 250)).0

release() { # VERSION SECONDS
  compose_file << YAML
services:
  db:
    image: postgres:15
    restart: unless-stopped
    environment: { POSTGRES_PASSWORD: engine-test }
    volumes: ["data:/var/lib/postgresql/data"]
    ports: ["127.0.0.1:$port:5432"]
    networks: { inner: { aliases: [store], ipv4_address: ${subnet%.0}.77 }, default: {} }
    healthcheck: { test: ["CMD-SHELL", "pg_isready -U postgres"], interval: 5s, retries: 20 }
  migrate:
    image: landfast/fixture:$1
    command: ["sh", "-c", "nc -w 2 store 5432 < /dev/null && touch /tmp/in && sleep $2"]
    networks: [inner]
    depends_on: { db: { condition: service_healthy } }
    x-landfast: { migrate: true }
  bystander: { image: "landfast/fixture:1", networks: [inner] }
  app:
    image: landfast/fixture:1
    networks: [inner]
    environment: { DATABASE_HOST: db }
    depends_on: { migrate: { condition: service_completed_successfully } }
networks: { inner: { ipam: { config: [{ subnet: "$subnet/24" }] } } }
volumes: { data: }
YAML
}
reaches() { (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; }
# shellcheck disable=SC2016 # the template's own variables
networks_of_db() { # without the fence, which stays attached after a commit
  of db '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{json $e.IPAMConfig}}{{"\n"}}{{end}}' | grep -v landfast-fence
}

release 1 0
ok deploy
reaches || fail 'the published port does not answer before'
before=$(networks_of_db)
app=$(id_of app)
release 2 4
"$landfast" deploy --yes < /dev/null > "$out" 2>&1 &
deploy=$!
for ((i = 0; i < 300; i++)); do
  migrate=$(docker ps -q --filter "label=com.docker.compose.project=$stack" --filter label=com.docker.compose.service=migrate)
  [[ -n $migrate ]] && docker exec "$migrate" test -e /tmp/in 2> /dev/null && break
  read -rt 0.1 <> <(:) || true
done
[[ -n $migrate ]] || { wait "$deploy"; fail 'the migration never ran'; }
! reaches || fail 'the published port answers while the migration runs'
is exited "$(docker inspect -f '{{.State.Status}}' "$app")" 'state of app while the migration runs'
! docker exec "$(id_of bystander)" sh -c 'nc -w 1 store 5432 < /dev/null' 2> /dev/null || fail 'a bystander reaches the store'
status=0
wait "$deploy" || status=$?
is 0 "$status" 'exit code of the deploy'
is "$before" "$(networks_of_db)" 'the networks of the store after the commit'
is "$app" "$(id_of app)" 'the app, which has not changed'
runs db app bystander
reaches || fail 'the published port does not answer afterwards'
docker exec "$app" sh -c 'nc -w 2 store 5432 < /dev/null' || fail 'the app does not reach the store'
is unless-stopped "$(of db '{{.HostConfig.RestartPolicy.Name}}')" 'restart policy of db'
picture_before=$(picture)
ok deploy
says 'nothing to do'
is "$picture_before" "$(picture)" 'the stack after a deploy with nothing to do'

# Somebody else who has the volume is named, and nothing is touched.
docker run -d --name "$stack-thief" --label "landfast.stack=$stack" -v "${stack}_data:/d" landfast/fixture:1 > /dev/null
release 3 0
refused 2 deploy --yes
says "$stack-thief"
is "$picture_before" "$(picture)" 'the stack after the refusal'

# Connections that serve run over the fence of the release: one that comes and goes leaves it alone.
fences() { docker network ls --format '{{.Name}}' --filter "label=landfast.stack=$stack" | sort | xargs; }
inside() { docker network inspect -f '{{range .Containers}}{{.Name}} {{end}}' "$1" | xargs -n 1 | sort | xargs; }
is "${stack}_landfast-fence.lf-2" "$(fences)" 'fences of the release'
kept=$(inside "${stack}_landfast-fence.lf-2")
docker rm -f "$stack-thief" > /dev/null
release 3 0
status=0
LANDFAST_WATCHER=off LANDFAST_CRASH_AT="remove_container $stack-landfast-keep before" \
  "$landfast" deploy --yes < /dev/null > "$out" 2>&1 || status=$?
is 137 "$status" 'exit code of the deploy that is killed'
ok recover
is "${stack}_landfast-fence.lf-2" "$(fences)" 'fences after the recovery'
is "$kept" "$(inside "${stack}_landfast-fence.lf-2")" 'who is in the fence of the release'
ok deploy --yes
is "${stack}_landfast-fence.lf-4" "$(fences)" 'fences after the next release'
