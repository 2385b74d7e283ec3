#!/usr/bin/env bash
# Types, style and format of everything: TypeScript, JSON, C++.
set -euo pipefail
cd "$(dirname "$0")/.."

node_modules/.bin/tsc --noEmit
node_modules/.bin/biome check --error-on-warnings .
clang-format --dry-run -Werror native/*.cc native/*.h native/test/*.cc bench/peers/*.[ch] bench/codec/native/*.cc

# clang-tidy takes its time, so it runs again only when something that it reads has changed.
stamp=build/.stamps/tidy
seen=$(cat native/*.cc native/*.h .clang-tidy | cksum)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$seen" ]; then
  ei=$(node scripts/find-ei.mjs)
  api=$(node -p 'require("node-addon-api").include_dir')
  headers="$(node -p 'path.dirname(path.dirname(process.execPath))')/include/node"
  [ -d "$headers" ] || headers=$(find "${npm_config_devdir:-$HOME/.cache/node-gyp}" -path "*$(node -p process.versions.node)/include/node" | head -n 1)
  # What is included as a system header is not ours to mend.
  printf '%s\n' native/*.cc | xargs -P "$(nproc)" -n 2 sh -c '
    out=$(clang-tidy --quiet "$@" -- -std=c++17 -D_REENTRANT -DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS \
      -isystem "'"$ei"'/include" -isystem "'"$PWD/$api"'" -isystem "'"$headers"'" 2>&1) || { printf "%s\n" "$out"; exit 255; }' tidy
  mkdir -p build/.stamps
  printf '%s' "$seen" >"$stamp"
fi
