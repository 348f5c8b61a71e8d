#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `tls: {cert, key}`: files that were renewed are served after `cert reload`, without a deploy; a pair
# that cannot serve is refused with the reason, and the one before serves on. status and cert warn.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"
need_shared_edge
for program in openssl curl; do command -v "$program" > /dev/null || skip "needs $program"; done

host=$stack.example.com
renew() { # DAYS
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$1" -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host" -out "$top/app/web.crt" -keyout "$top/app/web.key" 2> /dev/null
}
answers_with() { # CERTIFICATE: only who trusts this one gets an answer
  is 1 "$(curl -sS --max-time 10 --noproxy '*' --cacert "$1" --resolve "$host:443:127.0.0.1" "https://$host/version")" \
    'the answer over TLS'
}

renew 90
compose_file << YAML
services:
  web:
    image: landfast/fixture:1
    expose: ["8080"]
    x-landfast: { route: $host, tls: { cert: ./web.crt, key: ./web.key } }
YAML
ok deploy
answers_with web.crt
ok cert reload
says "$host .*unchanged"
ok status
says_not 'note:'

cp web.crt first.crt
renew 90
answers_with first.crt
ok cert
says 'on disk: newer' 'newer than what is served: landfast cert reload'
ok status
says 'newer than what is served'
before=$(picture)
ok cert reload
says "$host .*taken"
answers_with web.crt
is "$before" "$(picture)" 'the stack'

cp web.crt second.crt
openssl ecparam -name prime256v1 -genkey -noout -out web.key
refused 1 cert reload
says 'is not the key of' 'serves on'
answers_with second.crt
ok --json cert
says '"on_disk":"unfit"'
refused 1 --json cert reload
says '"outcome":"refused"'
answers_with second.crt

renew 10
ok cert reload
ok status
says 'its certificate is until .*renew it'
ok down
