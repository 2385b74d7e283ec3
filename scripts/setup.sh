#!/usr/bin/env bash
# Makes this checkout ready: system packages, npm packages, the addon, the compiled TypeScript. Does only what is missing or
# out of date, so that running it again costs next to nothing. `npm run demo` and `npm test` call it first.
#   setup.sh            what running and building needs
#   setup.sh --bench    and the benchmark suite
#   setup.sh --develop  and what the tests and checking the native code need
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- Node.js -----------------------------------------------------------------------------------------------------------
command -v node >/dev/null || stop 'Node.js 20 or later is needed: https://nodejs.org'
node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' || stop "Node.js 20 or later is needed, this is $(node --version)"
case "$(uname -s)" in
  Linux | Darwin) ;;
  *) stop "hidden-node runs on Linux and macOS, not on $(uname -s): use WSL or a container" ;;
esac

# --- What comes from the system: command, and the Debian package that has it --------------------------------------------
missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need erl erlang-nox
need erlc erlang-nox
need epmd erlang-nox
need make make
need g++ g++
need python3 python3
if [ "${1:-}" = --develop ]; then
  need clang-format clang-format
  need clang-tidy clang-tidy
  need cmake cmake
  need elixir elixir
  # It knows no recent macOS; what needs it is skipped there.
  if [ "$(uname -s)" = Linux ]; then need valgrind valgrind; fi
fi
[ ${#missing[@]} -gt 0 ] || node scripts/find-ei.mjs >/dev/null 2>&1 || missing+=(erlang-dev)
case " ${missing[*]:-} " in *' erlang-nox '*) missing+=(erlang-dev) ;; esac

if [ ${#missing[@]} -gt 0 ]; then
  packages=$(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')
  install="apt-get update && apt-get install -y --no-install-recommends ${packages% }"
  command -v apt-get >/dev/null || stop "missing: ${packages}- install them with your system's package manager, then run this again"
  if [ "$(id -u)" != 0 ]; then
    stop "missing: ${packages% }. Run this, then try again:
  sudo sh -c '$install'"
  fi
  say "installing ${packages% }"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi

# --- Steps that are repeated only when what they are made of has changed ------------------------------------------------
# Each step has a stamp with the fingerprint of its inputs: files and folders, and the Node.js that made it.
fingerprint() {
  { node --version && uname -m && find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 cat; } | cksum | tr ' ' '-'
}
up_to_date() {
  stamp="build/.stamps/$1" && shift
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "$@")" ]
}
done_with() {
  stamp="build/.stamps/$1" && shift
  mkdir -p build/.stamps
  fingerprint "$@" >"$stamp"
}

if [ ! -x node_modules/.bin/tsc ] || ! up_to_date npm package-lock.json; then
  say 'installing npm packages'
  # Not `npm ci`: it refuses a lock file without the binaries of every platform, and a registry may not have them all.
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
  done_with npm package-lock.json
fi

native='native binding.gyp scripts/find-ei.mjs scripts/find-node-addon-api.mjs scripts/build-native.sh'
# shellcheck disable=SC2086
if [ ! -f build/Release/hidden_node.node ] || ! up_to_date native $native; then
  say 'building the addon'
  log=$(mktemp)
  # Not a rebuild, which would empty build/ and with it what the other steps have made.
  if ! bash scripts/build-native.sh configure build >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    stop 'the addon could not be built'
  fi
  rm -f "$log"
  done_with native $native
fi

typescript='lib tsconfig.json tsconfig.build.json'
# shellcheck disable=SC2086
if [ ! -f dist/index.js ] || ! up_to_date typescript $typescript; then
  say 'compiling TypeScript'
  rm -rf dist
  node_modules/.bin/tsc -p tsconfig.build.json
  done_with typescript $typescript
fi

demo='demo dist/index.d.ts tsconfig.json tsconfig.demo.json'
# shellcheck disable=SC2086
if [ ! -f build/demo/main.js ] || ! up_to_date demo $demo; then
  rm -rf build/demo
  node_modules/.bin/tsc -p tsconfig.demo.json
  done_with demo $demo
fi

if [ -n "${1:-}" ]; then
  bench='bench test/helpers dist/index.d.ts tsconfig.json tsconfig.bench.json'
  # Others build into bench/ as well.
  # shellcheck disable=SC2086
  bench_sources=$(find $bench -type f -not -path '*/node_modules/*' -not -path '*/build/*')
  # shellcheck disable=SC2086
  if [ ! -f build/bench/bench/main.js ] || ! up_to_date bench $bench_sources; then
    rm -rf build/bench
    node_modules/.bin/tsc -p tsconfig.bench.json
    # shellcheck disable=SC2086
    done_with bench $bench_sources
  fi
fi
