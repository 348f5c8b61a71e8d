#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples/imagion on real PostgreSQL: v3's migration changes every title and fails half-way, v4
# migrates when it starts and fails its gate. Each time v2 serves again, on data as it was: every file
# of a store that had been stopped before, and every row that was acknowledged of one that served.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
for image in postgres:15 redis:7 imagion/app:v1 imagion/app:v4; do
  docker image inspect "$image" > /dev/null 2>&1 || skip "there is no image $image (tools/images)"
done

cp -r "$repo/examples/imagion/"{compose.yaml,landfast.yaml,models} .
sed -i "s/^name: imagion/name: $stack/" compose.yaml
port=$((20000 + $$ % 20000))
version() { # TAG
  cat > .env << ENV
IMAGE_TAG=$1
POSTGRES_PASSWORD=engine-test
REDIS_PASSWORD=engine-test
JWT_SECRET=engine-test-engine-test-engine-test
APP_PORT=$port
ENV
}
sql() { docker exec "$(id_of postgres)" psql -U imagion -At -c "$1" imagion; }
rows() { sql "select count(*) from mark" && sql "select md5(string_agg(t::text, ',' order by t::text)) from images t"; }
data() { digest_of "$(mountpoint postgres_data)" "$(mountpoint uploads)"; }
fenced() { # services without a network of their own
  local service
  for service in app postgres redis; do
    # shellcheck disable=SC2016 # the template's own variables
    of "$service" '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' | grep -q "${stack}_internal" || echo "$service"
  done
}
serves() { # TAG
  is "imagion/app:$1" "$(of app '{{.Config.Image}}')" 'image of app'
  curl -fsS -m 5 --retry 20 --retry-all-errors --retry-delay 1 -o /dev/null "http://127.0.0.1:$port/api/health" || fail 'the app does not answer'
  is '' "$(fenced)" 'who is still fenced'
  no_leftovers
}

version v1
ok deploy
is '' "$(asides)" 'what a first deploy set aside'
version v2
refused 2 deploy # it fences: nobody is there to be asked
says 'fenced and migrated on a copy' 'nobody to ask'
ok deploy --yes
serves v2
kept=$(asides)
[[ $kept == *"${stack}_postgres_data.lf-2"* ]] || fail "v1's data was not set aside: $kept"
sql 'create table mark (word text)' > /dev/null

# A user writes all the time, from the stack's network; whatever was acknowledged must be there afterwards.
# shellcheck disable=SC2016 # the writer's own variables
writer=$(docker run -d --network "${stack}_internal" -e PGPASSWORD=engine-test -e PGCONNECT_TIMEOUT=2 --entrypoint bash \
  postgres:15 -c 'n=0; while :; do
    psql -h postgres -U imagion -qc "insert into mark values ('"'w\$n'"')" imagion 2> /dev/null && echo "w$n"
    n=$((n + 1))
  done')
trap 'docker rm -f "$writer" > /dev/null; leave_nothing' EXIT
titles=$(sql "select md5(string_agg(t::text, ',' order by t::text)) from images t")
version v3
refused 4 deploy --yes
says 'the data is as it was before'
docker stop -t 0 "$writer" > /dev/null
serves v2
is "$kept" "$(asides)" 'what is set aside after the failed migration'
is "$titles" "$(sql "select md5(string_agg(t::text, ',' order by t::text)) from images t")" 'the images'
sql 'select word from mark' | sort > "$top/there"
docker logs "$writer" | sort > "$top/wanted"
[[ -s $top/wanted ]] || fail 'the writer never wrote'
is '' "$(comm -23 "$top/wanted" "$top/there")" 'acknowledged rows that are lost'

# Byte for byte: nobody has started the store since it was stopped.
ok stop
before=$(data)
refused 4 deploy --yes
is "$before" "$(data)" 'every file after the failed migration'
sed -i 's|"curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:3000/api/health"|"false"|' compose.yaml
version v4
refused 4 deploy --yes --timeout 6s
is "$before" "$(data)" 'every file after the failed gate'
is "$kept" "$(asides)" 'what is set aside in the end'
sed -i 's|\["CMD", "false"\]|["CMD", "curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:3000/api/health"]|' compose.yaml
version v2
ok deploy --yes
serves v2
