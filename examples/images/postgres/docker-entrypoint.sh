#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does at the first start what the official image does: initdb, a temporary server that listens on the
# unix socket only, the scripts of /docker-entrypoint-initdb.d, stop; then the real server as this process.
set -euo pipefail

fail() { printf >&2 'error: %s\n' "$*"; exit 1; }

from_file() { # NAME [DEFAULT]: NAME, or the content of the file that NAME_FILE names
  local value=${!1:-} file_name=$1_FILE
  local file=${!file_name:-}
  [[ -z $value || -z $file ]] || fail "both $1 and $file_name are set"
  if [[ -n $file ]]; then value=$(< "$file"); fi
  export "$1"="${value:-${2:-}}"
  unset "$file_name"
}

read_settings() {
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
}

require_password() {
  [[ -n $POSTGRES_PASSWORD || $POSTGRES_HOST_AUTH_METHOD == trust ]] || fail \
    'Database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD.'
}

own_directories() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 0700 "$PGDATA" || true
  chmod 3775 /var/run/postgresql || true
  if [[ $EUID == 0 ]]; then
    find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
  fi
}

initialise_cluster() {
  # The password comes by a file descriptor: no argv, no file.
  local arguments=()
  read -ra arguments <<< "$POSTGRES_INITDB_ARGS"
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    ${arguments[@]+"${arguments[@]}"}
  local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}
  printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

temporary_server_start() {
  NOTIFY_SOCKET='' PGUSER=$POSTGRES_USER \
    pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
}

temporary_server_stop() { PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop; }

sql() { # DATABASE ARGUMENT…
  local database=$1
  shift
  PGHOST='' PGHOSTADDR='' PGPASSWORD=$POSTGRES_PASSWORD \
    psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" --dbname "$database" "$@"
}

create_database() {
  [[ $POSTGRES_DB != postgres ]] || return 0
  sql postgres --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db";'
}

run_init_scripts() {
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh)
        echo "running $script"
        # shellcheck source=/dev/null
        if [[ -x $script ]]; then "$script"; else . "$script"; fi ;;
      *.sql) echo "running $script"; sql "$POSTGRES_DB" -f "$script" ;;
      *.sql.gz) echo "running $script"; gunzip -c "$script" | sql "$POSTGRES_DB" ;;
      */'*') ;;
      *) echo "ignoring $script" ;;
    esac
  done
}

first_start() {
  require_password
  initialise_cluster
  temporary_server_start
  create_database
  run_init_scripts
  temporary_server_stop
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

main() {
  if [[ ${1:0:1} == - ]]; then set -- postgres "$@"; fi
  [[ ${1:-} == postgres ]] || exec "$@"
  own_directories
  if [[ $EUID == 0 ]]; then
    exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
  fi
  read_settings
  if [[ ! -s $PGDATA/PG_VERSION ]]; then first_start; fi
  unset POSTGRES_PASSWORD
  exec "$@"
}

main "$@"
