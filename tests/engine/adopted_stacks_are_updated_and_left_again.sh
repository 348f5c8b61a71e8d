#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Six stacks of Docker Compose are adopted as they run, by name; one is updated; all are left again;
# afterwards `docker compose up -d` recreates nothing.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_compose
family=$stack
members=(one two three four five six)
for image in postgres:15 redis:7; do
  docker image inspect "$image" > /dev/null 2>&1 || "$repo/tools/images" --only "${image%%:*}" > /dev/null
done

# shellcheck disable=SC2317  # a trap calls it
leave_none() {
  local member
  for member in "${members[@]}"; do stack=$family-$member leave_nothing; done
}
trap leave_none EXIT

member_file() { # NAME FILE: a compose file of one of the stacks, from standard input
  mkdir -p "$top/app/$1"
  { echo "name: $family-$1"; cat; } > "$top/app/$1/$2"
}
member_file one compose.yaml <<'YAML'
services:
  db:
    image: postgres:15
    restart: always
    environment: { POSTGRES_PASSWORD: for-the-test }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD-SHELL", "pg_isready -U postgres"], interval: 1s, retries: 60 }
  web:
    image: landfast/fixture:1
    restart: unless-stopped
    ports: ["127.0.0.1::8080"]
    depends_on: { db: { condition: service_healthy } }
volumes: { data: }
YAML
member_file two compose.yaml <<'YAML'
services:
  cache:
    image: redis:7
    volumes: ["cache:/data"]
  app:
    image: landfast/fixture:1
    restart: always
    configs: [settings]
    secrets: [token]
configs: { settings: { file: ./settings.conf } }
secrets: { token: { file: ./token } }
volumes: { cache: }
YAML
echo blue > "$top/app/two/settings.conf"
echo hush > "$top/app/two/token"
member_file three compose.yaml <<'YAML'
services:
  web: { image: "landfast/fixture:1", restart: on-failure, networks: [front, back] }
  guest: { image: "landfast/fixture:1", command: ["sleep", "100000"], network_mode: "service:web" }
networks: { front: , back: { internal: true } }
YAML
member_file four compose.yaml <<'YAML'
services:
  prepare: { image: "landfast/fixture:1", command: ["true"] }
  app:
    image: landfast/fixture:1
    depends_on: { prepare: { condition: service_completed_successfully } }
YAML
# shellcheck disable=SC2016
member_file five compose.yaml <<'YAML'
services:
  worker:
    image: "landfast/fixture:${VERSION:?from more.env}"
    deploy: { replicas: 2, resources: { limits: { memory: 64M } } }
  tools: { image: "landfast/fixture:1", profiles: [tools] }
YAML
echo VERSION=1 > "$top/app/five/more.env"
member_file six first.yaml <<'YAML'
services:
  web: { image: "landfast/fixture:1", volumes: ["/scratch"], environment: { MODE: quiet } }
YAML
member_file six second.yaml <<'YAML'
services:
  web: { environment: { MODE: loud }, cap_drop: [ALL], init: true }
YAML

up() { # MEMBER: by Docker Compose
  local flags=()
  [[ $1 == five ]] && flags=(--env-file more.env)
  [[ $1 == six ]] && flags=(-f first.yaml -f second.yaml)
  (cd "$top/app/$1" && "${compose[@]}" "${flags[@]}" up -d > "$out" 2>&1) || fail "compose up -d of $1 failed"
}
album() { for member in "${members[@]}"; do stack=$family-$member picture; done; }
whos() { album | cut -d' ' -f1,2; }

for member in "${members[@]}"; do up "$member"; done
before=$(album)
names=()
for member in "${members[@]}"; do names+=("$family-$member"); done

cd /
ok adopt "${names[@]}"
for name in "${names[@]}"; do says "^$name  adopted as release 1; nothing was touched"; done
is 6 "$(grep -c 'it runs as its file says' "$out")" 'stacks that are as their files say'
is "$before" "$(album)" 'the six stacks after their adoption'
ok adopt "${names[0]}"
says 'is release 1'

cd "$top/app/two"
sed -i 's/fixture:1/fixture:2/' compose.yaml
ok adopt
says 'app  replaced: image landfast/fixture:1 → landfast/fixture:2'
ok deploy
stack=$family-two
is landfast/fixture:2 "$(of app '{{.Config.Image}}')" 'image of app'
mounts='{{range .Mounts}}{{if eq .Type "bind"}}{{println .Source}}{{end}}{{end}}'
[[ $(of app "$mounts") == *"$LANDFAST_STATE_DIR/mounted/"* ]] || fail 'no copy is mounted'
cache=$(id_of cache)

cd /
for name in "${names[@]}"; do
  ok -p "$name" leave
  says 'is plain Compose again'
done
ok status
for name in "${names[@]}"; do says "$name .*not ours"; done
[[ $(of app "$mounts") != *"$LANDFAST_STATE_DIR"* ]] || fail 'a copy is still mounted'
is blue "$(docker exec "$(id_of app)" cat /settings)" 'the config'
is "$cache" "$(id_of cache)" 'cache, which mounts nothing of ours'
is '' "$(ls "$LANDFAST_STATE_DIR/mounted")" 'copies of configs and secrets'

is '' "$(docker volume ls -q | grep -- "^$family-.*_landfast$" || true)" 'claims'
left=$(whos)
for member in "${members[@]}"; do up "$member"; done
is "$left" "$(whos)" 'the six stacks after compose up -d'
