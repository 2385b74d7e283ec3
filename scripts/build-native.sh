#!/usr/bin/env bash
# Builds the addon into build/Release with node-gyp. Arguments go to node-gyp in place of `rebuild`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Node's own headers, where they lie beside the node that runs, so that nothing needs to be fetched.
prefix=$(node -p 'path.dirname(path.dirname(process.execPath))')
if [ -f "$prefix/include/node/node_api.h" ]; then export npm_config_nodedir="$prefix"; fi
[ $# -gt 0 ] || set -- rebuild
exec node_modules/.bin/node-gyp "$@"
