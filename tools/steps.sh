# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this repository: time taken, output shown only when something fails, and the
# facts about this machine that more than one of them needs.

now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s\n' $((t / 1000)); }

seconds_since() { # MILLISECONDS
  local ms=$(($(now_ms) - $1))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# Runs a command silently. If it fails, shows the end of what it said, and returns its status.
loud_on_failure() { # WHAT COMMAND…
  local what=$1 said status=0
  shift
  said=$(mktemp)
  "$@" > "$said" 2>&1 || status=$?
  if ((status)); then
    printf '\n%s failed:\n' "$what" >&2
    tail -n 60 "$said" >&2
  fi
  rm -f "$said"
  return "$status"
}

wait_until() { # SECONDS COMMAND…: true as soon as the command is
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    (($(now_ms) < deadline)) || return 1
    read -rt 0.05 <> <(:) || true
  done
}

debian_mirror() { # this machine's own mirror, where its apt sources name one
  grep -rhoE '(URIs: *|deb +(\[[^]]*\] +)?)[a-z+]+://[^ ]+/debian/?( |$)' \
    /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -oE 'https?://[^ ]+' | grep -v snapshot | head -n 1 || true
}

# Makes a Debian tree as a tarball.
debootstrap_tarball() { # SUITE TARBALL OPTION…
  local debian=$1 tarball=$2 mirror
  shift 2
  mirror=$(debian_mirror)
  [[ $EUID == 0 ]] || { echo 'making a Debian tree needs root' >&2; return 1; }
  loud_on_failure "mmdebstrap $debian" mmdebstrap --quiet --format=tar --variant=minbase \
    --aptopt='Acquire::Check-Valid-Until "false"' "$@" "$debian" "$tarball.new" \
    ${mirror:+"deb $mirror $debian main"} &&
    mv "$tarball.new" "$tarball"
}
