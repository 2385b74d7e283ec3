#!/usr/bin/env bash
# The threaded native classes under ThreadSanitizer, in a harness of their own: Node itself is not instrumented.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake -S native -B build-tsan -DSANITIZE=thread -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
cmake --build build-tsan --target handshake_harness tick_guard_harness >/dev/null
# The sanitizer's fixed address layout collides with strong address randomisation.
run=()
if command -v setarch >/dev/null; then run=(setarch "$(uname -m)" -R); fi
export TSAN_OPTIONS='halt_on_error=1 exitcode=66'
"${run[@]}" build-tsan/handshake_harness
"${run[@]}" build-tsan/tick_guard_harness
