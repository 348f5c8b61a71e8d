#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A service that this call's profiles leave out is known: neither an orphan nor touched.
# shellcheck source=tests/engine/common.sh
. "$(dirname "$0")/common.sh"

compose_file <<'YAML'
services:
  web: { image: "landfast/fixture:1" }
  extra: { image: "landfast/fixture:1", profiles: [more] }
YAML
ok deploy
is '' "$(ids_of extra)" 'extra without its profile'
ok deploy --profile more
runs web extra
extra=$(picture | grep -- -extra-)
sed -i 's/"landfast.fixture:1" }/"landfast\/fixture:2" }/' compose.yaml
ok deploy --profile none-of-these --remove-orphans --yes
is "$extra" "$(picture | grep -- -extra-)" 'extra, left out by the profiles'
is landfast/fixture:2 "$(of web '{{.Config.Image}}')" 'image of web'
