#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does at the first start what the official image does: the system tables, a temporary server that
# listens on the unix socket only, its users and database, the scripts of /docker-entrypoint-initdb.d,
# stop; then the real server as this process.
set -euo pipefail

readonly data=/var/lib/mysql
readonly socket=/run/mysqld/mysqld.sock

fail() { printf >&2 'error: %s\n' "$*"; exit 1; }

from_file() { # NAME: MARIADB_NAME, MYSQL_NAME, or the content of the file that one of them with _FILE names
  local name variable file value=
  for name in "MARIADB_$1" "MYSQL_$1"; do
    variable=${name}_FILE
    file=${!variable:-}
    [[ -z ${!name:-} || -z $file ]] || fail "both $name and $variable are set"
    if [[ -z $value ]]; then value=${!name:-}; fi
    if [[ -z $value && -n $file ]]; then value=$(< "$file"); fi
    unset "$variable"
  done
  export "MARIADB_$1=$value"
}

read_settings() {
  local name
  for name in ROOT_PASSWORD ROOT_HOST DATABASE USER PASSWORD ALLOW_EMPTY_ROOT_PASSWORD; do from_file "$name"; done
  : "${MARIADB_ROOT_HOST:=%}"
}

require_password() {
  [[ -n $MARIADB_ROOT_PASSWORD || -n $MARIADB_ALLOW_EMPTY_ROOT_PASSWORD ]] || fail \
    'Database is uninitialized and password option is not specified: set MARIADB_ROOT_PASSWORD.'
}

own_directories() {
  mkdir -p "$data" /run/mysqld
  if [[ $EUID == 0 ]]; then
    find "$data" /run/mysqld \! -user mysql -exec chown mysql:mysql '{}' +
  fi
}

quoted() { # TEXT: as a string of SQL
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\'\'}"
}

# shellcheck disable=SC2016  # the backquotes are SQL
name_of() { printf '`%s`' "${1//\`/\`\`}"; }

make_system_tables() {
  mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
    --skip-log-bin --default-time-zone=SYSTEM > /dev/null
}

temporary_server_start() { # COMMAND…
  "$@" --skip-networking --default-time-zone=SYSTEM --socket="$socket" --loose-innodb_buffer_pool_load_at_startup=0 &
  server=$!
  local left
  for ((left = 300; left > 0; left--)); do
    if mariadb-admin --no-defaults --socket="$socket" --silent ping > /dev/null 2>&1; then return; fi
    kill -0 "$server" 2> /dev/null || fail 'the temporary server ended'
    sleep 0.1
  done
  fail 'the temporary server does not answer'
}

temporary_server_stop() {
  kill "$server"
  wait "$server"
}

sql() { # ARGUMENT…: as root
  MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --no-defaults --protocol=socket --socket="$socket" -uroot "$@"
}

make_users() {
  local root app=
  root=$(quoted "$MARIADB_ROOT_PASSWORD")
  if [[ -n $MARIADB_DATABASE ]]; then app+="CREATE DATABASE IF NOT EXISTS $(name_of "$MARIADB_DATABASE");"; fi
  if [[ -n $MARIADB_USER && -n $MARIADB_PASSWORD ]]; then
    app+="CREATE USER $(quoted "$MARIADB_USER")@'%' IDENTIFIED BY $(quoted "$MARIADB_PASSWORD");"
    if [[ -n $MARIADB_DATABASE ]]; then
      app+="GRANT ALL ON $(name_of "$MARIADB_DATABASE").* TO $(quoted "$MARIADB_USER")@'%';"
    fi
  fi
  # The password of root is set last: until then the socket needs none.
  MARIADB_ROOT_PASSWORD='' sql mysql <<< "$app
    DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1', 'root'@$(quoted "$(uname -n)");
    CREATE USER 'root'@$(quoted "$MARIADB_ROOT_HOST") IDENTIFIED BY $root;
    GRANT ALL ON *.* TO 'root'@$(quoted "$MARIADB_ROOT_HOST") WITH GRANT OPTION;
    SET PASSWORD FOR 'root'@'localhost' = PASSWORD($root);"
}

run_init_scripts() {
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh)
        echo "running $script"
        # shellcheck source=/dev/null
        if [[ -x $script ]]; then "$script"; else . "$script"; fi ;;
      *.sql) echo "running $script"; sql ${MARIADB_DATABASE:+"$MARIADB_DATABASE"} < "$script" ;;
      *.sql.gz) echo "running $script"; gunzip -c "$script" | sql ${MARIADB_DATABASE:+"$MARIADB_DATABASE"} ;;
      */'*') ;;
      *) echo "ignoring $script" ;;
    esac
  done
}

first_start() { # COMMAND…
  require_password
  make_system_tables
  temporary_server_start "$@"
  make_users
  run_init_scripts
  temporary_server_stop
  printf '\nMariaDB init process done. Ready for start up.\n\n'
}

main() {
  if [[ ${1:0:1} == - ]]; then set -- mariadbd "$@"; fi
  [[ ${1:-} == mariadbd || ${1:-} == mysqld ]] || exec "$@"
  own_directories
  if [[ $EUID == 0 ]]; then
    exec setpriv --reuid=mysql --regid=mysql --init-groups "${BASH_SOURCE[0]}" "$@"
  fi
  read_settings
  if [[ ! -d $data/mysql ]]; then first_start "$@"; fi
  exec "$@"
}

main "$@"
