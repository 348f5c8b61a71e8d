#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Data that a later release has migrated may not suit an earlier one: the rollback stops before
# anything is touched, and goes on only on the word of a person. One-shots of then are not run again.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

noted_release 1
ok deploy --yes
noted_release 2
ok deploy --yes
before=$(picture)

refused 2 rollback
says 'migration migrate \(release 2\) ran since release 1' '--keep-data' 'nothing was touched'
refused 2 rollback --yes
is "$before" "$(picture)" 'the stack after the refusals'
refused 2 rollback --data # it asks, and nobody is there
says 'goes back to .*_data\.lf-2' 'nobody to ask'
refused 2 rollback --data --keep-data
says 'exclude each other'
is "$before" "$(picture)" 'the stack after all refusals'

ok rollback --keep-data
says "today's data stays"
is 1 "$(docker exec "$(id_of web)" cat /www/version)" 'version after the rollback'
is '1 2' "$(notes)" 'what the migrations did, each once'
no_leftovers
