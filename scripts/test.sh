#!/usr/bin/env bash
# Everything that this machine can run. Expects setup.sh to have run.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/lint.sh
node_modules/.bin/vitest run "$@"
