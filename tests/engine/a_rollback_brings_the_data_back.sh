#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `rollback --data` brings back the data that the earlier release left, sets today's aside, and can
# itself be rolled back. What the data no longer knows is migrated again.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

noted_release 1
ok deploy --yes
noted_release 2
ok deploy --yes
docker exec "$(id_of web)" sh -c 'echo late >> /data/runs'
is '1 2 late' "$(notes)" 'the data of release 2'

ok rollback --data --yes
is landfast/fixture:1 "$(of web '{{.Config.Image}}')" 'the image after the rollback'
is 1 "$(notes)" 'the data after the rollback'
is "${stack}_data.lf-3" "$(asides)" 'what is set aside'
ok history
says 'its data as before deployment 2'

ok rollback --data --yes 2
is '1 2 late' "$(notes)" 'the data once the rollback was rolled back'
ok rollback --data --yes 1
is 1 "$(notes)" 'the data of release 1 again'

noted_release 2
ok deploy --yes
is '1 2' "$(notes)" 'the data after the migration has run again'
refused 2 rollback --data --yes 2
says 'does not suit it'
no_leftovers
