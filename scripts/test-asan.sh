#!/usr/bin/env bash
# The integration and hazard tests with the addon under AddressSanitizer and UndefinedBehaviorSanitizer, then the harness
# of the native classes under both and under LeakSanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=$(node -p 'path.dirname(path.dirname(process.execPath))')
[ -f "$prefix/include/node/node_api.h" ] && export npm_config_nodedir="$prefix"
node_modules/.bin/cmake-js build -d native -O build-asan/build -B RelWithDebInfo --CDSANITIZE=address -l error >/dev/null
mkdir -p build-asan/build/Release
cp build-asan/build/RelWithDebInfo/hidden_node.node build-asan/build/Release/ 2>/dev/null || cp build-asan/build/hidden_node.node build-asan/build/Release/

for harness in handshake_harness tick_guard_harness; do
  ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 build-asan/build/$harness
done

# Node is not instrumented, so the runtime has to be loaded before it, and what Node leaves to the system at its end
# would be reported as leaked.
export LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)"
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:handle_segv=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export HIDDEN_NODE_PREBUILD="$PWD/build-asan"
exec node_modules/.bin/vitest run test/integration test/hazard "$@"
