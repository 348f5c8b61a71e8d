#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Three writers never stop, while a guarded deploy fails in its migration and another one succeeds: a
# user of an app that writes to the database, a worker that finds the database's name only in a file,
# and a program outside that comes by the published port. Whatever was acknowledged is there afterwards.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
for image in postgres:15 imagion/app:v1; do
  docker image inspect "$image" > /dev/null 2>&1 || skip "needs the image $image (tools/images)"
done
port=$((20000 + $$ % 20000))

cat > api.py << 'PY'
import http.server, os, psycopg2

class Api(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            store = psycopg2.connect(host=os.environ["DATABASE_HOST"], user="postgres", connect_timeout=2)
            with store, store.cursor() as cursor:
                cursor.execute("insert into letter (word) values (%s)", [self.path[1:]])
            store.close()
            self.send_response(200)
        except psycopg2.Error:
            self.send_response(503)
        self.end_headers()

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("", 8080), Api).serve_forever()
PY
cat > worker.py << 'PY'
import psycopg2, time

def letters():
    with open("/etc/worker.conf", encoding="utf-8") as file:
        host = file.read().strip()
    while True:
        try:
            store = psycopg2.connect(host=host, user="postgres", connect_timeout=2)
            store.autocommit = True
            with store.cursor() as cursor:
                while True:
                    word = yield
                    cursor.execute("insert into letter (word) values (%s)", [word])
                    print(word, flush=True)
        except psycopg2.Error:
            time.sleep(0.02)  # and connects anew

writer, number = letters(), 0
next(writer)
while True:
    number += 1
    writer.send(f"worker-{number}")
PY
echo store > worker.conf

release() { # GENERATION STATEMENT…
  local generation=$1 statement arguments=
  shift
  for statement; do arguments+=", \"-c\", \"$statement\""; done
  compose_file << YAML
services:
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: engine-test, POSTGRES_HOST_AUTH_METHOD: trust }
    ports: ["127.0.0.1:$port:5432"]
    networks: { default: { aliases: [store] } }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: ["CMD", "pg_isready", "-U", "postgres", "-h", "127.0.0.1"], interval: 1s, retries: 60 }
  migrate:
    image: postgres:15
    entrypoint: ["psql", "-h", "db", "-U", "postgres", "-v", "ON_ERROR_STOP=1"$arguments]
    depends_on: { db: { condition: service_healthy } }
    x-landfast: { migrate: true }
  api:
    image: imagion/app:v1
    init: true
    command: ["python3", "/srv/api.py"]
    environment: { DATABASE_HOST: db, GENERATION: "$generation" }
    ports: ["127.0.0.1:$((port + 1)):8080"]
    volumes: ["./api.py:/srv/api.py:ro"]
    healthcheck: { test: ["CMD", "python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 8080))"], interval: 1s, retries: 60 }
    depends_on: { migrate: { condition: service_completed_successfully } }
  worker:
    image: imagion/app:v1
    init: true
    command: ["python3", "/srv/worker.py"]
    volumes: ["./worker.py:/srv/worker.py:ro", "./worker.conf:/etc/worker.conf:ro"]
volumes: { data: }
YAML
}

user() { # writes through the app until its file is gone
  local number=0
  while [[ -e $top/writing ]]; do
    number=$((number + 1))
    if curl -fsS -m 5 -o /dev/null -X POST "http://127.0.0.1:$((port + 1))/user-$number" 2> /dev/null; then
      echo "user-$number" >> "$top/user"
    fi
  done
}
acknowledged() { # WRITER: what it was told is written
  case $1 in
    user) cat "$top/user" 2> /dev/null || true ;;
    worker) docker logs "$(id_of worker)" 2> /dev/null | grep '^worker-' || true ;;
    outside) docker logs "$stack-outside" 2> /dev/null | grep '^outside-' || true ;;
  esac
}
count() { acknowledged "$1" | wc -l; }
all_go_on() { # WHEN: each writer is told of twenty more
  local writer before i
  for writer in user worker outside; do
    before=$(count "$writer")
    for ((i = 0; i < 300; i++)); do
      (($(count "$writer") < before + 20)) || break
      read -rt 0.1 <> <(:) || true
    done
    (($(count "$writer") >= before + 20)) || fail "$writer is not served $1"
  done
  echo "acknowledged $1: user $(count user), worker $(count worker), outside $(count outside)"
}

release 1 'create table letter (word text)'
ok deploy --yes
worker=$(id_of worker)
touch "$top/writing"
user &
user=$!
# shellcheck disable=SC2016 # the writer's own variables
docker run -d --name "$stack-outside" --network host --label "landfast.stack=$stack" -e PGCONNECT_TIMEOUT=2 \
  --entrypoint bash postgres:15 -c 'n=0; while :; do n=$((n + 1))
    psql -h 127.0.0.1 -p '"$port"' -U postgres -qc "insert into letter values ('"'outside-\$n'"')" 2> /dev/null && echo "outside-$n"
  done' > /dev/null
trap 'rm -f "$top/writing"; wait "$user" || true; leave_nothing' EXIT
all_go_on 'before'

release 2 'alter table letter add column tag int' "update letter set word = 'spoiled'" \
  'create table big as select generate_series(1, 600000) n' 'select 1/0'
refused 4 deploy --yes
says 'division by zero' 'the data is as it was before'
all_go_on 'after a deploy that failed'

release 3 'alter table letter add column tag int' 'create table big as select generate_series(1, 600000) n'
ok deploy --yes
is "$worker" "$(id_of worker)" 'the worker, which has not changed'
all_go_on 'after one that succeeded'

rm "$top/writing"
wait "$user"
docker stop -t 0 "$stack-outside" > /dev/null
docker stop -t 0 "$worker" > /dev/null
docker exec "$(id_of db)" psql -U postgres -Atc 'select word from letter' | sort > "$top/there"
is '' "$(uniq -d "$top/there")" 'words that are there twice'
for writer in user worker outside; do acknowledged "$writer"; done | sort > "$top/wanted"
lost=$(comm -23 "$top/wanted" "$top/there")
echo "acknowledged $(wc -l < "$top/wanted"), lost $(printf %s "$lost" | grep -c . || true), written and not acknowledged $(comm -13 "$top/wanted" "$top/there" | wc -l)"
is '' "$lost" 'acknowledged writes that are lost'
no_leftovers
