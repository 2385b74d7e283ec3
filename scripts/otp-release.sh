#!/usr/bin/env bash
# Other Erlang/OTP releases for the tests. Each lives in a folder of its own with the small Debian system that carries it, and
# its `erl` and `elixir` are run through chroot; see test/helpers/releases.ts. Does only what is missing, so that running it
# again costs nothing. Needs root, about 30 s and 300 MB for each suite.
#   otp-release.sh [SUITE...]           makes what is missing, then prints a line for each: SUITE FOLDER
#   otp-release.sh --find [SUITE...]    makes nothing; the line of what is missing is: SUITE
# Without a suite: all that the tests want, which is every release of Debian in use but this system's own.
# The folders are in $HIDDEN_NODE_CACHE, or $XDG_CACHE_HOME/hidden-node, or /var/cache/hidden-node. Remove the folder of a suite
# that has moved on (sid does) to have it made anew. $HIDDEN_NODE_MIRROR names another Debian mirror than the one that apt uses.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

packages=erlang-base,elixir
cache=${HIDDEN_NODE_CACHE:-${XDG_CACHE_HOME:-/var/cache}/hidden-node}/otp

say() { printf 'otp-release: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# The name tells what is inside: other packages make another folder, and those in use are left alone.
folder() { printf '%s/%s,%s' "$cache" "$1" "$packages"; }

codename() { [ ! -f /etc/os-release ] || (. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}"); }

find=
if [ "${1:-}" = --find ]; then find=1 && shift; fi
if [ $# = 0 ]; then
  for suite in bullseye bookworm trixie sid; do [ "$suite" = "$(codename)" ] || set -- "$@" "$suite"; done
fi
missing=()
for suite in "$@"; do [ -d "$(folder "$suite")" ] || missing+=("$suite"); done

# --- What making them needs ---------------------------------------------------------------------------------------------
need_tools() {
  [ "$(id -u)" = 0 ] || stop "not root, which making and entering these needs: ${missing[*]}. Run: sudo bash scripts/otp-release.sh ${missing[*]}"
  [ "$(uname -s)" = Linux ] || stop "these need Linux: ${missing[*]}"
  command -v apt-get >/dev/null || stop "these are made from Debian packages, and there is no apt-get here: ${missing[*]}"
  if ! command -v debootstrap >/dev/null || [ ! -f /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    say 'installing debootstrap and debian-archive-keyring'
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 debootstrap debian-archive-keyring; } >/dev/null ||
      stop 'debootstrap and debian-archive-keyring could not be installed'
  fi
}

# The archives that apt uses for the release of this very system, and apt's way there.
find_mirrors() {
  local own
  own=$(codename)
  mirrors=${HIDDEN_NODE_MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | awk -v own="$own" '$2 == own { print $1 }' | uniq)}
  [ -n "$mirrors" ] || stop 'apt knows no Debian mirror here: put the address of one into HIDDEN_NODE_MIRROR'
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  export http_proxy=${http_proxy:-} https_proxy=${https_proxy:-}
}

# --- One suite ----------------------------------------------------------------------------------------------------------
# What a build left behind that did not come to its end. debootstrap mounts /proc and /sys while it works.
clear_away() {
  awk -v under="$1/" 'index($2, under) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mount; do umount "$mount"; done
  rm -rf --one-file-system "$1"
}

# The first of the mirrors that has the suite; others may be archives of something else than Debian.
mirror_of() {
  local mirror
  for mirror in $mirrors; do
    if /usr/lib/apt/apt-helper download-file "${mirror%/}/dists/$1/Release" "$2" >/dev/null 2>&1 && grep -q '^Origin: Debian$' "$2"; then
      printf '%s' "${mirror%/}"
      return
    fi
  done
  stop "$1: cannot be reached, or not there: ${mirrors//$'\n'/ }. HIDDEN_NODE_MIRROR names another mirror"
}

# Runs in a subshell, holding the suite's lock, so that two builds of one suite come one after the other.
make() {
  suite=$1
  start=$SECONDS
  exec 9>"$cache/.$suite.lock"
  flock 9
  [ ! -d "$(folder "$suite")" ] || return 0
  for left in "$cache/.building-$suite".*; do [ ! -e "$left" ] || clear_away "$left"; done
  building=$cache/.building-$suite.$BASHPID
  log=$building.log
  trap 'clear_away "$building"; rm -f "$log"' EXIT
  mirror=$(mirror_of "$suite" "$log")
  # The suites of Debian differ in nothing that matters here, so a debootstrap that is older than the suite will do.
  script=()
  [ -e "/usr/share/debootstrap/scripts/$suite" ] || script=(/usr/share/debootstrap/scripts/sid)
  say "making $suite from $mirror"
  if ! debootstrap --variant=minbase --include="$packages" "$suite" "$building" "$mirror" "${script[@]}" >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    stop "$suite: debootstrap failed"
  fi
  rm -rf "$building"/var/cache/apt/archives/*.deb
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$building/etc/hosts"
  mv -T "$building" "$(folder "$suite")"
  say "made $suite in $((SECONDS - start)) s"
}

failed=
if [ -z "$find" ] && [ ${#missing[@]} -gt 0 ]; then
  need_tools
  find_mirrors
  mkdir -p "$cache"
  builds=()
  for suite in "${missing[@]}"; do
    (make "$suite") &
    builds+=($!)
  done
  for build in "${builds[@]}"; do wait "$build" || failed=1; done
fi
for suite in "$@"; do
  if [ -d "$(folder "$suite")" ]; then printf '%s %s\n' "$suite" "$(folder "$suite")"; else printf '%s\n' "$suite"; fi
done
[ -z "$failed" ]
